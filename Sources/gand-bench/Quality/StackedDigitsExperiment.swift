import Adversarial
import ArgumentParser
import Codecs
import Datasets
import Glibc
import Torch

/// `gand-bench quality stacked-mnist`.
struct StackedDigitsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stacked-mnist",
        abstract: "Three digits as the channels of one image, a thousand modes: PacGAN's tiny networks, D = ¼ G.")

    @OptionGroup var digits: DigitOptions

    @OptionGroup var seeds: SeedOptions

    @Option(
        help: "One of \(StackedVariant.allCases.map(\.rawValue).joined(separator: ", ")); several are trained in turn.")
    var variant: [StackedVariant] = StackedVariant.allCases

    @Option(help: "Steps of each run.")
    var steps = 30_000

    @Option(help: "A job's body without its dataset, as JSON, in place of the variant's.")
    var spec: String?

    @Option(help: "Where the figures go, as JSON.")
    var json: String?

    func run() throws {
        try Engine.checkVersions()
        try TemporaryFolder.with { folder in
            try Engine.setThreads(Machine.cores)
            let archives = try DigitArchives(digits, folder: folder)
            try StackedDigitsExperiment(archives: archives, command: self).run()
        }
    }
}

/// What is trained on stacked digits.
enum StackedVariant: String, CaseIterable, ExpressibleByArgument {
    case dcgan
    case pacdcgan4
    case gand

    /// The job's body; its architecture gives way to the tiny one, its norms don't.
    fileprivate var spec: String {
        switch self {
        case .dcgan: Self.published(packing: 1)
        case .pacdcgan4: Self.published(packing: 4)
        case .gand:
            """
            {"model":{"architecture":"dcgan","latent_dim":256,"discriminator_norm":"none"},
             "training":{"batch_size":128,"objective":"relativistic","regularisation":{"r1":1,"r2":1},"packing":4,
              "fresh_fakes":false,
              "optimizer":{"type":"adam","learning_rate":1e-3,"beta1":0,"beta2":0.99},
              "schedule":{"learning_rate":0.1,"regularisation":0.1}}}
            """
        }
    }

    private static func published(packing: Int) -> String {
        """
        {"model":{"architecture":"dcgan","latent_dim":256},
         "training":{"batch_size":128,"objective":"non_saturating","packing":\(packing),"fresh_fakes":false,
          "generator_optimizer":{"type":"adam","learning_rate":1e-4,"beta1":0.5,"beta2":0.99},
          "discriminator_optimizer":{"type":"adam","learning_rate":2e-4,"beta1":0.5,"beta2":0.99}}}
        """
    }
}

/// Trains tiny networks on triples of digits and counts which of the thousand triples come out.
struct StackedDigitsExperiment {
    private let archives: DigitArchives
    private let command: StackedDigitsCommand
    private static let samples = 25_600
    private static let judgeSteps = 3_000

    private struct Run: Sendable {
        let variant: StackedVariant
        let seed: Int
        let seconds: Double
        /// Samples as bytes, `[samples, 3, 28, 28]`.
        let pixels: [UInt8]
    }

    private struct Outcome {
        let seed: Int
        let seconds: Double
        let modes: Int
        /// KL(samples ‖ uniform over the 1,000 triples), in nats.
        let divergence: Double
    }

    init(archives: DigitArchives, command: StackedDigitsCommand) {
        self.archives = archives
        self.command = command
    }

    func run() throws {
        let (classifier, accuracy) = try archives.classifier(steps: Self.judgeSteps)
        Figures.say("labelled by a classifier of \(Figures.percent(accuracy)) on test images")
        var lines = [
            "| tiny networks, D = ¼ G | modes of 1,000 | KL | steps |", "|---|---|---|---|",
            "| DCGAN, PacGAN's own | 78.5±17.56 | 5.21±0.19 | 500,000 |",
            "| PacDCGAN2 | 484.5±32.99 | 2.61±0.22 | 500,000 |", "| PacDCGAN3 | 601.3±32.18 | 2.00±0.17 | 500,000 |",
            "| PacDCGAN4 | 667.4±29.00 | 1.81±0.15 | 500,000 |",
        ]
        // All runs share the threads: those of one variant needn't wait for the last of the one before.
        let planned = command.variant.flatMap { variant in command.seeds.numbers.map { (variant, $0) } }
        let runs = try command.seeds.results(of: planned) { variant, seed in
            let run = try train(variant, seed: seed)
            Figures.say("\(variant.rawValue) seed \(seed): trained in \(Figures.rounded(run.seconds, 0)) s")
            return run
        }
        var results: [JSON] = []
        for variant in command.variant {
            // An engine's tensors belong to one thread: runs hand on their samples, which are labelled here.
            let outcomes = try runs.filter { $0.variant == variant }.map { run in try outcome(of: run, classifier) }
            for outcome in outcomes {
                Figures.say(
                    "\(variant.rawValue) seed \(outcome.seed): \(outcome.modes) modes, "
                        + "KL \(Figures.rounded(outcome.divergence, 3)), "
                        + "\(command.steps) steps in \(Figures.rounded(outcome.seconds, 0)) s")
            }
            let (modes, divergences) = (outcomes.map { Double($0.modes) }, outcomes.map(\.divergence))
            lines.append(
                "| \(variant.rawValue), our run, \(outcomes.count) seeds | \(Figures.meanAndError(modes, 1)) "
                    + "| \(Figures.meanAndError(divergences, 3)) | \(command.steps) |")
            results.append(json(variant, outcomes))
        }
        Figures.say("\n" + lines.joined(separator: "\n"))
        if let path = command.json { try DurableFile.write(JSON.array(results).bytes, to: path) }
    }

    private func train(_ variant: StackedVariant, seed: Int) throws -> Run {
        let limits = MachineLimits(
            memoryBytes: .max, cores: 1, threadsPerJob: 1, hasLowPrecision: Precision.isLowFast)
        let body = try JSON(parsing: Array((command.spec ?? variant.spec).utf8))
        let members: JSON = ["dataset_id": "ds_bench", "seed": .integer(Int64(seed))]
        let request = JSON.object((members.object ?? []) + (body.object ?? []))
        let manifest = StackedDigits.manifest(of: archives.training.manifest)
        var spec = try SpecResolver.resolve(request, dataset: manifest, machine: limits).spec
        spec.training.length = TrainingLength(steps: command.steps)
        let trainer = try Trainer(
            spec: spec, dataset: manifest, batches: StackedDigits(archives.training, seed: UInt64(seed)),
            plan: .tiny(spec, discriminatorChannels: 2))
        let clock = ContinuousClock()
        let start = clock.now
        for _ in 0..<command.steps { _ = try trainer.advance() }
        let seconds = start.duration(to: clock.now) / .seconds(1)
        let samples = try trainer.evaluationSamples(count: Self.samples)
        let bytes = try ((samples.contiguous() + 1) * 127.5 + 0.5).clamped(lower: 0, upper: 255).cast(to: .uint8)
            .bytes()
        return Run(variant: variant, seed: seed, seconds: seconds, pixels: bytes)
    }

    /// Counts how many samples show each triple of digits.
    private func outcome(of run: Run, _ classifier: LearnedFeatures) throws -> Outcome {
        let count = Self.samples * 3
        let pixels = try Tensor(bytes: run.pixels, shape: [count, 1, 28, 28], dtype: .uint8).cast(to: .float32)
        let digits = try classifier.classes(of: pixels / 127.5 - 1)
        var counts: [Int: Int] = [:]
        for first in stride(from: 0, to: count, by: 3) {
            counts[digits[first] * 100 + digits[first + 1] * 10 + digits[first + 2], default: 0] += 1
        }
        let divergence = counts.values.reduce(0.0) { sum, number in
            let share = Double(number) / Double(Self.samples)
            return sum + share * log(share * 1_000)
        }
        return Outcome(seed: run.seed, seconds: run.seconds, modes: counts.count, divergence: divergence)
    }

    private func json(_ variant: StackedVariant, _ outcomes: [Outcome]) -> JSON {
        [
            "experiment": "stacked-mnist", "variant": .string(variant.rawValue),
            "spec": .string(command.spec ?? variant.spec), "steps": .integer(Int64(command.steps)),
            "runs": .array(
                outcomes.map { run in
                    [
                        "seed": .integer(Int64(run.seed)), "modes": .integer(Int64(run.modes)),
                        "kl": .number(run.divergence), "seconds": .number(run.seconds),
                    ]
                }),
        ]
    }
}

/// Triples of training images drawn on the fly, as the channels of one image.
private final class StackedDigits: BatchSource {
    private let dataset: Dataset
    private let seed: UInt64

    init(_ dataset: Dataset, seed: UInt64) {
        self.dataset = dataset
        self.seed = seed
    }

    func batch(count: Int, atSample position: Int) throws -> (items: Tensor, labels: Tensor?) {
        var random = SplitMix64(seed: seed &+ UInt64(position) &* 0x9E37_79B9_7F4A_7C15)
        let indices = dataset.trainingIndices
        let chosen = (0..<3 * count).map { _ in indices[Int.random(in: 0..<indices.count, using: &random)] }
        let items = try dataset.batch(of: chosen).items
        let shape = items.shape
        return (try items.reshaped([count, 3, shape[2], shape[3]]), nil)
    }

    /// What a dataset of such triples would say of itself.
    static func manifest(of digits: DatasetManifest) -> DatasetManifest {
        DatasetManifest(
            schema: ImageSchema(height: 28, width: 28, channels: 3, classes: []),
            itemCount: digits.trainingCount, trainingCount: digits.trainingCount, holdoutCount: 0)
    }
}

extension ArchitecturePlan {
    /// The networks of PacGAN's Table 3, which are those of Metz and others 2017, with a spec's norms and packing.
    ///
    /// - Parameter discriminatorChannels: of its first layer; 2 where D = ¼ G.
    fileprivate static func tiny(_ spec: ResolvedSpec, discriminatorChannels: Int) -> ArchitecturePlan {
        let norms = spec.model.norms
        func kernel(_ inputs: Int, _ outputs: Int, stride: Int = 2, outputPadding: Int = 0, hasBias: Bool)
            -> ConvolutionPlan
        {
            ConvolutionPlan(
                inputs: inputs, outputs: outputs, kernel: 3, stride: stride, padding: 1, outputPadding: outputPadding,
                hasBias: hasBias)
        }
        let hasNorm = norms.generator == .batch
        func rectified(_ channels: Int) -> [LayerPlan] {
            (hasNorm ? [.batchNorm(channels: channels)] : []) + [.activation(.relu)]
        }
        var generator = NetworkPlan(
            inputShape: [spec.model.latentDimension],
            layers: [.linear(inputs: spec.model.latentDimension, outputs: 4 * 4 * 64), .featureMap([64, 4, 4])]
                + rectified(64))
        // Sides of 4, 7, 14 and 28.
        for (inputs, outputs, padding) in [(64, 32, 0), (32, 16, 1), (16, 8, 1)] {
            generator.layers.append(
                .transposedConvolution(kernel(inputs, outputs, outputPadding: padding, hasBias: !hasNorm)))
            generator.layers += rectified(outputs)
        }
        generator.layers += [.convolution(kernel(8, 3, stride: 1, hasBias: true)), .activation(.tanh)]
        var channels = 3 * spec.training.packing
        var features = NetworkPlan(inputShape: [channels, 28, 28], layers: [])
        for scale in [1, 2, 4] {
            let outputs = discriminatorChannels * scale
            let isNormalised = norms.discriminator == .batch
            features.layers.append(.convolution(kernel(channels, outputs, hasBias: !isNormalised)))
            if isNormalised { features.layers.append(.batchNorm(channels: outputs)) }
            features.layers.append(.leakyRelu(slope: 0.3))
            channels = outputs
        }
        features.layers.append(.flatFeatureMap)
        features.isSpectral = norms.discriminator == .spectral
        let objective = spec.training.objective
        return ArchitecturePlan(
            generator: generator, features: features,
            hasLogitBias: objective != .relativistic && objective != .wasserstein, initialisation: .dcgan)
    }
}
