import Adversarial
import Codecs
import Datasets
import Foundation
import Networks
import Testing
import Torch

/// A file that `Golden/make_golden.py` wrote.
struct GoldenFile {
    let tensors: [String: Tensor]
    let metadata: [String: String]

    init(_ name: String) throws {
        let path = try #require(Bundle.module.path(forResource: "Golden/\(name)", ofType: "safetensors"))
        tensors = try readSafetensors(path)
        metadata = try SafetensorsFile(path: path).metadata
    }

    func tensor(_ name: String) throws -> Tensor {
        try #require(tensors[name], "\(name)")
    }

    func floats(_ name: String) throws -> [Float] {
        try tensor(name).floats()
    }

    /// The tensors whose names begin with a prefix, without it.
    func under(_ prefix: String) -> [String: Tensor] {
        Dictionary(
            uniqueKeysWithValues: tensors.filter { $0.key.hasPrefix(prefix + ".") }.map {
                (String($0.key.dropFirst(prefix.count + 1)), $0.value)
            })
    }
}

/// A training run of PyTorch's, with what is needed to repeat it.
struct GoldenRun {
    static let names = [
        "mlp", "mlp_conditional", "dcgan", "dcgan_conditional", "classic", "dcgan_shared_fakes", "relativistic",
        "relativistic_conditional", "wasserstein_packed", "packed_images", "dcgan_packed", "softened", "residual",
        "residual_packed", "mlp_batch_norm", "mlp_spectral", "dcgan_spectral", "dcgan_unnormalised",
    ]

    let file: GoldenFile
    let spec: ResolvedSpec
    let dataset: DatasetManifest

    init(_ name: String) throws {
        file = try GoldenFile(name)
        let specText = try #require(file.metadata["spec"])
        let itemText = try #require(file.metadata["item"])
        spec = try ResolvedSpec(json: json(specText))
        let item = (try json(itemText).array ?? []).compactMap { $0.integer.map(Int.init) }
        let classes = try #require(file.metadata["classes"].flatMap { Int($0) })
        dataset =
            item.count == 1
            ? .points(columns: item[0])
            : .images(height: item[1], width: item[2], channels: item[0], classes: classes)
    }

    /// A trainer that starts at PyTorch's weights and is fed PyTorch's noise and batches.
    func trainer(usesGraph: Bool) throws -> Trainer {
        let source = try RecordedSource(file, spec: spec)
        let trainer = try Trainer(
            spec: spec, dataset: dataset, batches: source, latents: source, usesGraph: usesGraph)
        try trainer.restoreWeights([
            "generator": file.under("initial.generator"), "discriminator": file.under("initial.discriminator"),
        ])
        return trainer
    }
}

/// Hands out what PyTorch drew, in PyTorch's order.
final class RecordedSource: BatchSource, LatentSource {
    private let file: GoldenFile
    private let batchSize: Int
    private var latentsGiven = 0
    private var sharesGiven = 0
    private var noisesGiven = 0

    init(_ file: GoldenFile, spec: ResolvedSpec) throws {
        self.file = file
        batchSize = spec.training.batchSize
    }

    func batch(count: Int, atSample position: Int) throws -> (items: Tensor, labels: Tensor?) {
        let index = position / batchSize
        let labels = file.tensors["run.labels"] == nil ? nil : try entry("run.labels", index)
        return (try entry("run.items", index), labels)
    }

    func latents(count: Int, dimension: Int) throws -> Tensor {
        defer { latentsGiven += 1 }
        return try entry("run.latents", latentsGiven)
    }

    func shares(count: Int) throws -> Tensor {
        defer { sharesGiven += 1 }
        return try entry("run.shares", sharesGiven)
    }

    func noise(_ shape: Shape) throws -> Tensor {
        defer { noisesGiven += 1 }
        return try entry("run.noise", noisesGiven)
    }

    func classes(count: Int, step: Int) throws -> Tensor {
        try entry("run.generated_labels", step - 1)
    }

    func state() throws -> [UInt8] { [] }

    func restore(_ state: [UInt8]) throws {}

    private func entry(_ name: String, _ index: Int) throws -> Tensor {
        let all = try file.tensor(name)
        return try all.narrowed(dimension: 0, start: index, length: 1).reshaped(Array(all.shape.dropFirst()))
    }
}
