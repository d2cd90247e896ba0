import Adversarial
import Datasets
import Networks
import TestSupport
import Testing
import Torch

/// Training on a CUDA device, where there is one.
///
/// To be run with `NVIDIA_TF32_OVERRIDE=0`: convolutions of float32 otherwise round their factors to 11 bits, as is cuDNN's way
/// wherever PyTorch leaves it alone.
@Suite(.enabled(if: Device.all.contains(.cuda(0)), "needs a CUDA device"), .serialized)
struct DeviceTests {
    private static func trainer(_ model: SmallModel, on device: Device) throws -> Trainer {
        var spec = try model.spec()
        spec.device = device
        return try Trainer(
            spec: spec, dataset: model.dataset, batches: SyntheticItems(model.dataset.schema),
            latents: SeededNoise(seed: 11, classes: max(1, model.dataset.schema.classes.count)), usesGraph: true)
    }

    /// The first steps as they come, later ones recorded and replayed.
    @Test(arguments: SmallModel.kinds)
    func numbersAreThoseOfTheCPU(model: SmallModel) throws {
        let (there, here) = (try Self.trainer(model, on: .cuda(0)), try Self.trainer(model, on: .cpu))
        for step in 1...8 {
            let (report, expected) = (try there.advance(), try here.advance())
            #expect(report.step == step && report.samplesSeen == expected.samplesSeen)
            for (name, pair) in zip(Synthesis.metrics.map(\.name), zip(report.values, expected.values)) {
                #expect(abs(pair.0 - pair.1) <= 0.02 * abs(pair.1) + 0.01, "\(name) at \(step)")
            }
        }
        for (tensor, expected) in zip(there.namedTensors, here.namedTensors) {
            let (values, others) = (try tensor.tensor.doubles(), try expected.tensor.doubles())
            let difference = zip(values, others).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            let norm = others.reduce(0.0) { $0 + $1 * $1 }
            // Adam takes the sign of gradients that are nothing but rounding.
            #expect(difference <= 1e-3 * norm + 3e-5, "\(tensor.name)")
        }
    }

    @Test(arguments: SmallModel.kinds)
    func aResumedRunGoesOnWhereItWas(model: SmallModel) throws {
        let folder = try TemporaryFolder()
        let whole = try Self.trainer(model, on: .cuda(0))
        for _ in 0..<6 { _ = try whole.advance() }
        _ = try writeCheckpoint(whole, to: folder.makeFolder("6"))
        let resumed = try Self.trainer(model, on: .cuda(0))
        try resumed.restore(from: folder.file("6"))
        for _ in 0..<6 {
            let (report, expected) = (try resumed.advance(), try whole.advance())
            for (name, pair) in zip(Synthesis.metrics.map(\.name), zip(report.values, expected.values)) {
                #expect(abs(pair.0 - pair.1) <= 1e-3 * abs(pair.1) + 1e-4, "\(name) at \(report.step)")
            }
        }
    }

    @Test func picturesAreTheSameThere() throws {
        let folder = try TemporaryFolder()
        let folderOfStored = try folder.makeFolder("stored")
        let upload = try OddDatasetTests.images(40) { UInt8($0 * 6) }(folder)
        _ = try DatasetImporter.importDataset(
            upload: upload, into: folderOfStored, kind: nil, limits: DatasetLimits(), shouldStop: { false })
        let dataset = try Dataset(opening: folderOfStored)
        let expected = try dataset.batch(count: 5, atSample: 3, seed: 1).items
        let stored = try dataset.storedBatch(count: 5, atSample: 3, seed: 1).items
        #expect(try dataset.manifest.schema.expanded(stored).floats() == expected.floats())
        let there = try dataset.manifest.schema.expanded(stored.moved(to: .cuda(0)))
        #expect(there.device == .cuda(0) && there.shape == expected.shape)
        // A device divides by multiplying.
        #expect(try (there.moved(to: .cpu) - expected).magnitude().largest().item() < 1e-6)
    }

    @Test func tensorsGoThereAndBack() throws {
        let tensor = try Tensor.normal([3, 4], generator: RandomSource(seed: 1))
        let there = try tensor.moved(to: .cuda(0))
        #expect(there.device == .cuda(0))
        #expect(try there.floats() == tensor.floats() && there.bytes() == tensor.bytes())
        let leaf = try tensor.copied().requiringGradient()
        try leaf.move(to: .cuda(0))
        #expect(leaf.device == .cuda(0))
        #expect(try leaf.floats() == tensor.floats())
    }
}
