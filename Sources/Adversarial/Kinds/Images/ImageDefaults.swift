internal import Datasets

/// What is chosen for images.
struct ImageDefaults: SpecDefaults {
    static let presets: [Preset] = [.automatic, .classic]

    let dataset: DatasetManifest
    let preset: Preset

    let items = "images"

    /// From so many images on, augmentation is left off.
    ///
    /// Zhao et al. 2020 and Karras et al. 2020 see little gain there.
    private static let itemsWithoutAugmentation = 10_000
    private static let passes = 5
    private static let steps = 3_000...20_000
    private static let batchSize = 64

    init(_ dataset: DatasetManifest, _ preset: Preset) {
        self.dataset = dataset
        self.preset = preset
    }

    /// The pixels of an image, one channel counted.
    private var pixels: Int { dataset.schema.shape.dropFirst().reduce(1, *) }

    var architectures: [any Architecture] {
        let perceptron = Perceptron(
            generator: HiddenLayers(widths: [256, 512], activation: .leakyRelu),
            discriminator: HiddenLayers(widths: [512, 256], activation: .leakyRelu))
        let shape = dataset.schema.shape
        let convolutional: [any Architecture] = [DCGAN.usual(for: shape), ResidualNetwork.usual(for: shape)]
        return isClassic ? [perceptron] + convolutional : convolutional + [perceptron]
    }

    var architectureReason: String {
        isClassic ? "mlp, the networks of the textbook algorithm" : "dcgan, as the items are images"
    }

    var latentDimension: Choice<Int> { Choice(100, "100, as in the DCGAN paper") }

    var objective: Choice<Objective> {
        isClassic
            ? Choice(
                .minimax,
                "minimax, the saturating cross-entropy of the textbook algorithm; on images it often saturates, and "
                    + "non_saturating is the remedy")
            : Choice(.relativistic, "relativistic, which with r1 and r2 came closest to real digits in trials")
    }

    func training(of architecture: any Architecture, by objective: Objective) -> TrainingDefaults {
        let optimiser = optimiser(architecture, objective)
        return TrainingDefaults(
            optimiser: optimiser, learningRateReason: learningRateReason(optimiser, objective),
            discriminatorSteps: objective == .wasserstein ? 5 : 1,
            regularisation: penalties(regularisation(objective), for: objective), schedule: schedule(objective),
            steps: steps, batchSize: Self.batchSize, batchSizeReason: "as in the DCGAN paper", halfLife: 10_000)
    }

    private func optimiser(_ architecture: any Architecture, _ objective: Objective) -> OptimiserSpec {
        if isClassic { return .sgd(learningRate: 0.005, momentum: 0.9) }
        return switch objective {
        case .relativistic: .adam(learningRate: architecture is Perceptron ? 1e-3 : 2e-3, beta1: 0, beta2: 0.99)
        case .wasserstein: .adam(learningRate: 1e-4, beta1: 0, beta2: 0.9)
        case .minimax, .nonSaturating, .leastSquares, .hinge: .adam(learningRate: 2e-4, beta1: 0.5, beta2: 0.999)
        }
    }

    private func learningRateReason(_ optimiser: OptimiserSpec, _ objective: Objective) -> String {
        let rate = optimiser.learningRate
        if isClassic { return "\(rate), at which trials on points and digits stayed finite" }
        return switch objective {
        case .relativistic: "\(rate), at which trials on digits came closest to real ones"
        case .wasserstein: "\(rate), as in the paper on the gradient penalty"
        case .minimax, .nonSaturating, .leastSquares, .hinge: "\(rate), as in the DCGAN paper"
        }
    }

    private func regularisation(_ objective: Objective) -> Regularisation {
        switch objective {
        case .relativistic:
            // The slope by all pixels together sinks as they become more, and R3GAN's settings rise with their number.
            Regularisation(realSlope: max(1, Double(pixels) / 1024), fakeSlope: max(1, Double(pixels) / 1024))
        case .wasserstein: Regularisation(gradientPenalty: 10)
        case .minimax, .nonSaturating, .leastSquares, .hinge: Regularisation()
        }
    }

    private func schedule(_ objective: Objective) -> Choice<ScheduleSpec> {
        objective == .relativistic
            ? Choice(
                ScheduleSpec(learningRate: 0.1, regularisation: 0.1),
                "learning rates and penalties sink to a tenth along a cosine, so that details settle")
            : Choice(ScheduleSpec(), "none: rates stay as they are")
    }

    private var steps: Choice<Int> {
        let passes = Self.passes * count / Self.batchSize / 100 * 100
        let steps = min(Self.steps.upperBound, max(Self.steps.lowerBound, passes))
        return switch steps {
        case Self.steps.lowerBound: Choice(steps, "\(steps), enough for small images to become clear")
        case Self.steps.upperBound:
            Choice(steps, "\(steps), as a CPU takes hours for more; more steps would still help")
        default: Choice(steps, "\(steps), in which each image is seen about \(Self.passes) times")
        }
    }

    func augmentation(beside regularisation: Regularisation) -> Choice<AugmentationSpec.Kind>? {
        if isClassic { return Choice(.none, "none, as the textbook algorithm has none") }
        if count >= Self.itemsWithoutAugmentation {
            return Choice(.none, "none, as \(count) images are too many to be learnt by heart")
        }
        return regularisation.isPerItem
            ? Choice(
                .none,
                "none, as in trials on 200 digits the penalties sufficed, and augmentation came further from real ones")
            : Choice(
                .differentiable,
                "diffaugment, as a discriminator without a penalty learns \(count) images by heart")
    }
}
