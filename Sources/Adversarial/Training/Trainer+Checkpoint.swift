internal import Codecs
internal import Datasets
package import Networks
package import Torch

extension Trainer {
    /// Writes everything that the steps to come depend on, each file durably.
    ///
    /// - Parameter folder: an empty folder; the manifest is left to the caller, who writes it last.
    /// - Returns: the manifest, to be written as `manifest.json` into the same folder.
    /// - Throws: `EngineError`, and what writing throws.
    package func writeCheckpoint(to folder: String) throws -> CheckpointManifest {
        let random = try context.latents.state()
        let state =
            try game.players.flatMap { try $0.optimiser.state.under($0.optimiserName) }
            + [NamedTensor(Self.randomName, Tensor(bytes: random, shape: [random.count], dtype: .uint8))]
            + game.state.map { NamedTensor($0.name, try Tensor($0.values)) }
        return CheckpointManifest(
            step: step, samplesSeen: samplesSeen, spec: spec, dataset: dataset.handedOn,
            files: try attachmentFile(in: folder) + [
                try Self.write(namedTensors, to: folder, as: CheckpointManifest.weightsName),
                try Self.write(state, to: folder, as: CheckpointManifest.trainingStateName),
            ],
            engine: Engine.version)
    }

    /// Writes what the kind keeps beside the weights.
    private func attachmentFile(in folder: String) throws -> [CheckpointManifest.File] {
        guard let attachment else { return [] }
        let name = type(of: attachment).fileName
        let path = "\(folder)/\(name)"
        try DurableFile.write(attachment.json.bytes, to: path)
        return [CheckpointManifest.File(name: name, sha256: try SHA256.hex(ofFile: path))]
    }

    /// Weights and statistics of all players and of their averages, under their names in a checkpoint.
    package var namedTensors: [NamedTensor] {
        game.players.flatMap { $0.network.namedTensors.under($0.name) }
            + game.players.flatMap { player in player.average?.namedTensors.under(player.averageName) ?? [] }
    }

    /// Starts from given weights and statistics instead of random ones; averages start at their players'.
    ///
    /// - Parameter weights: of each player, by its name.
    /// - Throws: `StateError` where one is missing or has another shape.
    package func restoreWeights(_ weights: [String: [String: Tensor]]) throws {
        for player in game.players {
            let weights = weights[player.name] ?? [:]
            try player.network.restore(weights)
            try player.average?.restore(weights)
        }
    }

    /// Takes over a checkpoint's weights, optimisers, random state and counters.
    ///
    /// - Parameter folder: the checkpoint, with its manifest.
    /// - Throws: `CheckpointError` where the checkpoint is another spec's or damaged, `EngineError`, and what reading
    ///   throws.
    package func restore(from folder: String) throws {
        let manifest = try CheckpointManifest.read(from: folder)
        guard manifest.spec.fits(spec), manifest.dataset.schema.handedOn.isSame(as: dataset.schema.handedOn),
            manifest.dataset.trainingCount == dataset.trainingCount
        else {
            throw CheckpointError(detail: "the checkpoint belongs to another spec or dataset")
        }
        let weights = try readSafetensors("\(folder)/\(CheckpointManifest.weightsName)")
        let state = try readSafetensors("\(folder)/\(CheckpointManifest.trainingStateName)")
        for player in game.players {
            try player.network.restore(weights.under(player.name))
            try player.average?.restore(weights.under(player.averageName))
            try player.optimiser.restore(state.under(player.optimiserName))
        }
        guard let random = state[Self.randomName] else {
            throw CheckpointError(detail: "the checkpoint holds no state of the random generator")
        }
        try context.latents.restore(random.bytes())
        try game.restore { try Self.numbers(state[$0]) }
        step = manifest.step
        context.samplesSeen = manifest.samplesSeen
    }

    /// The three numbers of a rule that adapts.
    private static func numbers(_ tensor: Tensor?) throws -> [Double]? {
        guard let tensor else { return nil }
        let values = try tensor.doubles()
        guard values.count == 3, values.allSatisfy({ $0.isFinite && abs($0) < 1e9 }) else {
            throw CheckpointError(detail: "the checkpoint's state of a rule that adapts isn't three numbers")
        }
        return values
    }

    private static func write(
        _ tensors: [NamedTensor], to folder: String, as name: String
    ) throws -> CheckpointManifest.File {
        let digest = try writeSafetensors(tensors.map { ($0.name, $0.tensor) }, to: "\(folder)/\(name)")
        return CheckpointManifest.File(name: name, sha256: digest)
    }

    /// The name of the random generator's state in a checkpoint.
    private static let randomName = "random.latents"
}

extension [NamedTensor] {
    /// The same tensors with longer names.
    fileprivate func under(_ prefix: String) -> [NamedTensor] {
        map { NamedTensor(prefix.path($0.name), $0.tensor) }
    }
}

extension [String: Tensor] {
    /// The tensors whose names begin with a prefix, without it.
    fileprivate func under(_ prefix: String) -> [String: Tensor] {
        let start = prefix + "."
        return Dictionary(
            uniqueKeysWithValues: filter { $0.key.hasPrefix(start) }.map {
                (String($0.key.dropFirst(start.count)), $0.value)
            })
    }
}
