internal import Datasets

/// What is chosen for points.
struct PointDefaults: SpecDefaults {
    static let presets: [Preset] = [.automatic, .classic]

    let dataset: DatasetManifest
    let preset: Preset

    let items = "points"

    init(_ dataset: DatasetManifest, _ preset: Preset) {
        self.dataset = dataset
        self.preset = preset
    }

    var architectures: [any Architecture] {
        let hidden = HiddenLayers(widths: [128, 128, 128, 128], activation: isClassic ? .leakyRelu : .relu)
        return [Perceptron(generator: hidden, discriminator: hidden)]
    }

    var architectureReason: String {
        isClassic ? "mlp, the networks of the textbook algorithm" : "mlp, as the items are points"
    }

    var latentDimension: Choice<Int> { Choice(2, "2, as few numbers make modes easiest to keep apart") }

    var objective: Choice<Objective> {
        isClassic
            ? Choice(.minimax, "minimax, the saturating cross-entropy of the textbook algorithm")
            : Choice(.relativistic, "relativistic, which with r1 and r2 found every mode in trials")
    }

    func training(of architecture: any Architecture, by objective: Objective) -> TrainingDefaults {
        let optimiser = optimiser(objective)
        return TrainingDefaults(
            optimiser: optimiser, learningRateReason: learningRateReason(optimiser, objective),
            discriminatorSteps: discriminatorSteps(objective),
            regularisation: penalties(regularisation(objective), for: objective), schedule: schedule(objective),
            steps: Choice(20_000, "20000, enough to find the modes of plane data and to fill them"),
            batchSize: objective == .relativistic ? 512 : 256,
            batchSizeReason: "so that each batch shows how wide every mode is", halfLife: 50_000)
    }

    private func optimiser(_ objective: Objective) -> OptimiserSpec {
        if isClassic { return .sgd(learningRate: 0.002, momentum: 0.9) }
        return switch objective {
        case .relativistic: .adam(learningRate: 2e-3, beta1: 0, beta2: 0.99)
        case .wasserstein: .adam(learningRate: 5e-4, beta1: 0, beta2: 0.9)
        case .minimax, .nonSaturating, .leastSquares, .hinge: .adam(learningRate: 1e-3, beta1: 0.5, beta2: 0.9)
        }
    }

    private func learningRateReason(_ optimiser: OptimiserSpec, _ objective: Objective) -> String {
        let rate = optimiser.learningRate
        if isClassic { return "\(rate), at which trials on points and digits stayed finite" }
        return objective == .relativistic
            ? "\(rate), at which modes of points became sharp; at 0.004 they became narrow, too"
            : "\(rate), as small networks bear it"
    }

    private func discriminatorSteps(_ objective: Objective) -> Int {
        switch objective {
        case .wasserstein: 5
        case .relativistic: 2
        case .minimax, .nonSaturating, .leastSquares, .hinge: 1
        }
    }

    private func regularisation(_ objective: Objective) -> Regularisation {
        switch objective {
        case .relativistic: Regularisation(realSlope: 0.02, fakeSlope: 0.02)
        case .wasserstein: Regularisation(gradientPenalty: 10)
        case .minimax, .nonSaturating, .leastSquares, .hinge: Regularisation()
        }
    }

    private func schedule(_ objective: Objective) -> Choice<ScheduleSpec> {
        objective == .relativistic
            ? Choice(
                ScheduleSpec(learningRate: 0.02, shape: .geometric),
                "learning rates sink to a fiftieth and stay low for long, so that modes get their width; penalties stay, which keeps "
                    + "them even"
            ) : Choice(ScheduleSpec(), "none: rates stay as they are")
    }

    var expectation: String? {
        guard let points = dataset.schema as? PointSchema, points.standardDeviation.allSatisfy({ $0 == 0 }) else {
            return nil
        }
        return "all items are equal, so the samples will be, too"
    }
}
