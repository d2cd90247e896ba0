internal import Codecs
package import Datasets
internal import Torch

/// A generator as it was at a step: immutable, and all that sampling needs.
package struct ModelSnapshot: Sendable {
    /// What was trained.
    package let spec: ResolvedSpec
    /// What it was trained on: schema, classes and their frequencies.
    package let dataset: DatasetManifest
    /// The last step that went into the weights.
    package let step: Int
    /// What the kind keeps beside the weights, which mean nothing without it; nil where there is nothing.
    package let attachment: (any ModelAttachment)?
    /// The averaged weights and statistics, by their names in the generator.
    let weights: [Weight]

    /// One tensor of `float32`, outside the engine.
    struct Weight: Sendable {
        let name: String
        let shape: [Int]
        let bytes: [UInt8]
    }

    /// Reads the averaged generator of a checkpoint.
    ///
    /// - Throws: `CheckpointError` where the folder holds none, and what reading throws.
    package static func load(checkpoint folder: String) throws -> ModelSnapshot {
        let manifest = try CheckpointManifest.read(from: folder)
        let file = try SafetensorsFile(path: "\(folder)/\(CheckpointManifest.weightsName)")
        let prefix = Player.averageName(of: Synthesis.generatorName) + "."
        let weights = try file.entries.filter { $0.name.hasPrefix(prefix) }.map { entry in
            guard entry.dtype == "F32" else {
                throw CheckpointError(detail: "the checkpoint's tensor \(entry.name) is of type \(entry.dtype)")
            }
            return Weight(
                name: String(entry.name.dropFirst(prefix.count)), shape: entry.shape, bytes: try file.read(entry.name))
        }
        return ModelSnapshot(
            spec: manifest.spec, dataset: manifest.dataset, step: manifest.step,
            attachment: try manifest.dataset.kind.learned.attachment(in: folder, manifest.spec), weights: weights)
    }

    /// Samples that the generator makes at once, on one thread, for a `Sampler`.
    ///
    /// As many as one thread takes to be nearly as fast per sample as it ever is, since a single one costs as much as all.
    package var tileSize: Int { spec.model.architecture.tileSize(for: dataset.schema.shape) }

    /// Samples that are drawn before another request has its turn: a few tiles, as text about a megabyte.
    package var turnSize: Int {
        tileSize * max(1, min(4, (1 << 18) / (tileSize * dataset.schema.elementCount)))
    }

    /// Indices of classes by their names, for a `SampleRequest`.
    ///
    /// - Throws: `SampleRequestError` that names what there is.
    package func classIndices(named names: [String]) throws(SampleRequestError) -> [Int] {
        let classes = dataset.schema.classes
        guard spec.model.conditioning != nil else {
            throw SampleRequestError(parameter: "class", detail: "the model isn't conditional, so it knows no classes")
        }
        var indices: [Int] = []
        for name in names {
            guard let index = classes.firstIndex(of: name) else {
                let known = classes.prefix(20).joined(separator: ", ") + (classes.count > 20 ? ", …" : "")
                throw SampleRequestError(
                    parameter: "class", detail: "there is no class \"\(name)\"; there are \(known)")
            }
            indices.append(index)
        }
        return indices
    }
}
