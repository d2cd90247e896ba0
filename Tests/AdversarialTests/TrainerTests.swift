import Adversarial
import Codecs
import Datasets
import Networks
import TestSupport
import Testing
import Torch

/// Points on a ring, and images of a stripe in each class, made up as they are asked for.
final class SyntheticItems: BatchSource {
    private let schema: any ItemKind

    init(_ schema: any ItemKind) {
        self.schema = schema
    }

    func batch(count: Int, atSample position: Int) throws -> (items: Tensor, labels: Tensor?) {
        let random = try RandomSource(seed: UInt64(position))
        switch schema {
        case let images as ImageSchema:
            let labels =
                images.classes.isEmpty
                ? nil : try Tensor((0..<count).map { Int64((position + $0 * 7) % images.classes.count) })
            return (try Tensor.uniform([count] + images.shape, lower: -1, upper: 1, generator: random), labels)
        default: return (try Tensor.normal([count] + schema.shape, generator: random), nil)
        }
    }
}

/// A source of noise that can be stored.
final class SeededNoise: LatentSource {
    private let generator: RandomSource
    private let classCount: Int

    init(seed: UInt64, classes: Int) throws {
        generator = try RandomSource(seed: seed)
        classCount = classes
    }

    func latents(count: Int, dimension: Int) throws -> Tensor {
        try Tensor.normal([count, dimension], generator: generator)
    }

    func shares(count: Int) throws -> Tensor {
        try Tensor.uniform([count], generator: generator)
    }

    func noise(_ shape: Shape) throws -> Tensor {
        try Tensor.normal(shape, generator: generator)
    }

    func classes(count: Int, step: Int) throws -> Tensor {
        try Tensor((0..<count).map { Int64(($0 + step) % classCount) })
    }

    func state() throws -> [UInt8] { try generator.state() }

    func restore(_ state: [UInt8]) throws { try generator.restore(state) }
}

/// Small models of every kind.
struct SmallModel: Sendable, CustomTestStringConvertible {
    let name: String
    let dataset: DatasetManifest
    let body: String
    var precision = Precision.fp32

    var testDescription: String { "\(name), \(precision)" }

    static let all = Precision.allCases.flatMap { precision in
        kinds.map { SmallModel(name: $0.name, dataset: $0.dataset, body: $0.body, precision: precision) }
    }

    static let kinds: [SmallModel] = [
        SmallModel(
            name: "mlp", dataset: .points(),
            body: #""model":{"generator":{"hidden":[16]},"discriminator":{"hidden":[16]}},"training":{"batch_size":32}"#
        ),
        SmallModel(
            name: "classic images", dataset: .images(height: 9, width: 8),
            body: #""preset":"classic","model":{"latent_dim":6,"generator":{"hidden":[16]}}"#),
        SmallModel(
            name: "dcgan", dataset: .images(height: 16, width: 12, channels: 3),
            body:
                #""model":{"base_channels":4,"stages":2,"latent_dim":6},"training":{"batch_size":8,"augmentation":"none"}"#
        ),
        SmallModel(
            name: "conditional dcgan", dataset: .images(height: 17, width: 16, classes: 3),
            body: #""model":{"base_channels":4,"latent_dim":6},"training":{"batch_size":8,"discriminator_steps":2,"#
                + #""optimizer":{"learning_rate":0.001}}"#),
        SmallModel(
            name: "wasserstein",
            dataset: .points(),
            body: #""model":{"generator":{"hidden":[16]},"discriminator":{"hidden":[16]}},"#
                + #""training":{"objective":"wasserstein","packing":2,"steps":8,"instance_noise":0.1,"#
                + #""schedule":{"learning_rate":0.1,"beta2":0.99}}"#),
        SmallModel(
            name: "residual", dataset: .images(height: 11, width: 8, channels: 3, classes: 3),
            body: #""model":{"architecture":"residual","base_channels":4,"stages":1,"latent_dim":6},"#
                + #""training":{"batch_size":8,"objective":"relativistic","#
                + #""augmentation":{"type":"ada","target":0,"ramp_samples":64}}"#),
        SmallModel(
            name: "spectral dcgan", dataset: .images(height: 16, width: 16, classes: 3),
            body: #""model":{"architecture":"dcgan","base_channels":4,"stages":1,"discriminator_norm":"spectral"},"#
                + #""training":{"batch_size":8,"objective":"hinge","augmentation":"diffaugment","#
                + #""balance":{"lower":0.4,"upper":0.5}}"#),
        SmallModel(
            name: "normalised mlp", dataset: .points(),
            body: #""model":{"generator":{"hidden":[16]},"discriminator":{"hidden":[16]},"generator_norm":"batch","#
                + #""discriminator_norm":"batch","minibatch_std":true},"training":{"objective":"least_squares"}"#),
    ]

    func spec() throws -> ResolvedSpec {
        var spec = try resolve(#"{"dataset_id":"ds_1","seed":3,\#(body)}"#, dataset).spec
        spec.precision = precision
        return spec
    }

    func trainer() throws -> Trainer {
        try Trainer(
            spec: spec(), dataset: dataset, batches: SyntheticItems(dataset.schema),
            latents: SeededNoise(seed: 11, classes: max(1, dataset.schema.classes.count)))
    }
}

/// Writes a checkpoint with its manifest, as whoever owns the folder does.
func writeCheckpoint(_ trainer: Trainer, to folder: String) throws -> CheckpointManifest {
    let manifest = try trainer.writeCheckpoint(to: folder)
    try DurableFile.write(manifest.json.bytes, to: "\(folder)/\(CheckpointManifest.fileName)")
    return manifest
}

@Suite struct TrainerTests {
    @Test(arguments: SmallModel.all)
    func resumingEqualsNeverHavingStopped(model: SmallModel) throws {
        let folder = try TemporaryFolder()
        let whole = try model.trainer()
        let first = try model.trainer()
        for _ in 0..<3 { _ = try first.advance() }
        _ = try writeCheckpoint(first, to: folder.makeFolder("3"))
        let second = try model.trainer()
        try second.restore(from: folder.file("3"))
        #expect(second.step == 3)
        #expect(second.samplesSeen == first.samplesSeen)
        var expected: [StepReport] = []
        var reached: [StepReport] = []
        for _ in 0..<7 { expected.append(try whole.advance()) }
        for _ in 3..<7 { reached.append(try second.advance()) }
        #expect(reached == Array(expected[3...]))
        let wholeFiles = try writeCheckpoint(whole, to: folder.makeFolder("whole")).files
        let resumedFiles = try writeCheckpoint(second, to: folder.makeFolder("resumed")).files
        #expect(wholeFiles == resumedFiles)
        #expect(wholeFiles.count == 2)
    }

    @Test(arguments: SmallModel.kinds)
    func lowPrecisionIsCloseToFullOne(model: SmallModel) throws {
        var low = model
        low.precision = .bf16
        let (full, trainer) = (try model.trainer(), try low.trainer())
        #expect(trainer.usesGraph)
        let (report, expected) = (try trainer.advance(), try full.advance())
        for metric in [Metric.discriminatorLoss, .generatorLoss, .discriminatorGradientNorm, .generatorGradientNorm] {
            let (value, wanted) = (report[metric], expected[metric])
            #expect(value != wanted && abs(value - wanted) <= 0.03 * abs(wanted), "\(metric)")
        }
        #expect(trainer.namedTensors.allSatisfy { $0.tensor.dtype == .float32 })
    }

    @Test(arguments: SmallModel.all)
    func reportsAreComplete(model: SmallModel) throws {
        let trainer = try model.trainer()
        let report = try trainer.advance()
        #expect(report.isFinite)
        #expect(report.step == 1)
        #expect(report.samplesSeen == trainer.spec.training.batchSize * trainer.spec.training.discriminatorSteps)
        #expect(report.values.count == Synthesis.metrics.map(\.name).count)
        #expect((0...1).contains(report[.discriminatorAccuracy]))
        #expect(report[.generatorGradientNorm] > 0)
    }

    @Test("Plans count the numbers that training moves", arguments: SmallModel.all)
    func counts(model: SmallModel) throws {
        let spec = try model.spec()
        let plan = ArchitecturePlan(model: spec.model, schema: model.dataset.schema, training: spec.training)
        let trainer = try model.trainer()
        func count(_ prefix: String) -> Int {
            trainer.namedTensors.filter { tensor in
                tensor.name.hasPrefix(prefix) && ["weight", "bias"].contains { tensor.name.hasSuffix("." + $0) }
            }.reduce(0) { $0 + $1.tensor.elementCount }
        }
        #expect(plan.generatorParameters == count("generator."))
        #expect(plan.discriminatorParameters == count("discriminator."))
    }

    @Test func differentSeedsGiveDifferentWeights() throws {
        let model = SmallModel.all[0]
        var spec = try model.spec()
        let noise = try SeededNoise(seed: 1, classes: 1)
        let batches = SyntheticItems(model.dataset.schema)
        let one = try Trainer(spec: spec, dataset: model.dataset, batches: batches, latents: noise)
        spec.seed += 1
        let other = try Trainer(spec: spec, dataset: model.dataset, batches: batches, latents: noise)
        #expect(try one.namedTensors[0].tensor.floats() != other.namedTensors[0].tensor.floats())
    }

    @Test func checkpointsOfOtherSpecsAreRefused() throws {
        let folder = try TemporaryFolder()
        _ = try writeCheckpoint(SmallModel.all[0].trainer(), to: folder.path)
        #expect(throws: CheckpointError.self) { try SmallModel.all[1].trainer().restore(from: folder.path) }
    }

    @Test func damagedCheckpointsAreRefused() throws {
        let folder = try TemporaryFolder()
        let trainer = try SmallModel.all[0].trainer()
        _ = try writeCheckpoint(trainer, to: folder.path)
        let path = folder.file(CheckpointManifest.weightsName)
        var bytes = try ReadableFile.contents(of: path, limit: 1 << 20)
        bytes[bytes.count - 1] ^= 1
        try DurableFile.write(bytes, to: path)
        let error = try #require(throws: CheckpointError.self) { try trainer.restore(from: folder.path) }
        #expect(error.detail.contains(CheckpointManifest.weightsName))
    }

    @Test func raisedLimitsMayResume() throws {
        let folder = try TemporaryFolder()
        let model = SmallModel.all[0]
        _ = try writeCheckpoint(model.trainer(), to: folder.path)
        let raised = try SpecResolver.raise(model.spec(), changes: ["training": ["steps": 50_000]])
        let trainer = try Trainer(
            spec: raised, dataset: model.dataset, batches: SyntheticItems(model.dataset.schema),
            latents: SeededNoise(seed: 1, classes: 1))
        try trainer.restore(from: folder.path)
        #expect(trainer.spec.training.length.steps == 50_000)
    }

    @Test func losingTheirBalanceShows() throws {
        var spec = try SmallModel.all[0].spec()
        spec.training.objective = .leastSquares
        spec.training.generatorOptimiser = .sgd(learningRate: 10, momentum: 0.99)
        spec.training.discriminatorOptimiser = .sgd(learningRate: 10, momentum: 0.99)
        let trainer = try Trainer(
            spec: spec, dataset: SmallModel.all[0].dataset, batches: SyntheticItems(SmallModel.all[0].dataset.schema),
            latents: SeededNoise(seed: 1, classes: 1))
        var wasFinite = true
        for _ in 0..<100 where wasFinite { wasFinite = try trainer.advance().isFinite }
        #expect(!wasFinite)
    }
}
