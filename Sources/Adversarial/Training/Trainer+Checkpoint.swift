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
        let random = try latents.state()
        let state =
            try generatorOptimiser.state.under(StateName.generatorOptimiser)
            + discriminatorOptimiser.state.under(StateName.discriminatorOptimiser)
            + [
                NamedTensor(StateName.random, Tensor(bytes: random, shape: [random.count], dtype: .uint8)),
                NamedTensor(StateName.augmentation, Tensor(augmentationProbability.state)),
                NamedTensor(StateName.balance, Tensor(balance.state)),
            ]
        return CheckpointManifest(
            step: step, samplesSeen: samplesSeen, spec: spec, dataset: dataset,
            files: try tableFile(in: folder) + [
                try Self.write(namedTensors, to: folder, as: CheckpointManifest.weightsName),
                try Self.write(state, to: folder, as: CheckpointManifest.trainingStateName),
            ],
            engine: Engine.version)
    }

    /// Writes the code of a table, without which its weights mean nothing.
    private func tableFile(in folder: String) throws -> [CheckpointManifest.File] {
        guard let table else { return [] }
        let path = "\(folder)/\(TableEncoding.fileName)"
        try DurableFile.write(table.json.bytes, to: path)
        return [CheckpointManifest.File(name: TableEncoding.fileName, sha256: try SHA256.hex(ofFile: path))]
    }

    /// Weights and statistics of both networks and of the average, under their names in a checkpoint.
    package var namedTensors: [NamedTensor] {
        generator.namedTensors.under(GeneratorNetwork.prefix)
            + discriminator.namedTensors.under(DiscriminatorNetwork.prefix)
            + average.namedTensors.under(GeneratorNetwork.averagePrefix)
    }

    /// Starts from given weights and statistics instead of random ones; the average starts at the generator's.
    ///
    /// - Throws: `StateError` where one is missing or has another shape.
    package func restoreWeights(generator weights: [String: Tensor], discriminator: [String: Tensor]) throws {
        try generator.restore(weights)
        try self.discriminator.restore(discriminator)
        try average.restore(weights)
    }

    /// Takes over a checkpoint's weights, optimisers, random state and counters.
    ///
    /// - Parameter folder: the checkpoint, with its manifest.
    /// - Throws: `CheckpointError` where the checkpoint is another spec's or damaged, `EngineError`, and what reading
    ///   throws.
    package func restore(from folder: String) throws {
        let manifest = try CheckpointManifest.read(from: folder)
        guard manifest.spec.fits(spec), manifest.dataset.schema.isSame(as: dataset.schema),
            manifest.dataset.trainingCount == dataset.trainingCount
        else {
            throw CheckpointError(detail: "the checkpoint belongs to another spec or dataset")
        }
        let weights = try readSafetensors("\(folder)/\(CheckpointManifest.weightsName)")
        let state = try readSafetensors("\(folder)/\(CheckpointManifest.trainingStateName)")
        try generator.restore(weights.under(GeneratorNetwork.prefix))
        try discriminator.restore(weights.under(DiscriminatorNetwork.prefix))
        try average.restore(weights.under(GeneratorNetwork.averagePrefix))
        try generatorOptimiser.restore(state.under(StateName.generatorOptimiser))
        try discriminatorOptimiser.restore(state.under(StateName.discriminatorOptimiser))
        guard let random = state[StateName.random] else {
            throw CheckpointError(detail: "the checkpoint holds no state of the random generator")
        }
        try latents.restore(random.bytes())
        // Absent in checkpoints from before there was any.
        if let values = try steering(state[StateName.augmentation]) { augmentationProbability.state = values }
        if let values = try steering(state[StateName.balance]) { balance.state = values }
        step = manifest.step
        samplesSeen = manifest.samplesSeen
    }

    /// The three numbers of a rule that adapts.
    private func steering(_ tensor: Tensor?) throws -> [Double]? {
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

    /// What names of the training state begin with.
    private enum StateName {
        static let generatorOptimiser = "generator_optimizer"
        static let discriminatorOptimiser = "discriminator_optimizer"
        static let random = "random.latents"
        static let augmentation = "augmentation"
        static let balance = "balance"
    }
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
