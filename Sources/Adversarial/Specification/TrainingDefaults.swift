/// What a preset chooses for training, by what is trained on and by the objective.
struct TrainingDefaults {
    let isClassic: Bool
    let isImages: Bool
    let objective: Objective
    /// Of an image, one channel counted; 1 for points.
    let pixels: Int
    /// Items to train on.
    let items: Int
    /// Of a table, what there is instead.
    var table: TableDefaults?

    /// From so many images on, augmentation is left off.
    ///
    /// Zhao et al. 2020 and Karras et al. 2020 see little gain there.
    static let itemsWithoutAugmentation = 10_000

    static func objective(isClassic: Bool, isImages: Bool) -> (choice: Objective, reason: String) {
        if isClassic {
            let textbook = "minimax, the saturating cross-entropy of the textbook algorithm"
            return (
                .minimax,
                isImages ? textbook + "; on images it often saturates, and non_saturating is the remedy" : textbook
            )
        }
        return (
            .relativistic,
            isImages
                ? "relativistic, which with r1 and r2 came closest to real digits in trials"
                : "relativistic, which with r1 and r2 found every mode in trials"
        )
    }

    var optimiser: OptimiserSpec {
        if let table { return table.optimiser }
        if isClassic { return .sgd(learningRate: isImages ? 0.005 : 0.002, momentum: 0.9) }
        switch objective {
        case .relativistic: return .adam(learningRate: 1e-3, beta1: 0, beta2: 0.99)
        case .wasserstein: return .adam(learningRate: isImages ? 1e-4 : 5e-4, beta1: 0, beta2: 0.9)
        case .minimax, .nonSaturating, .leastSquares, .hinge:
            return isImages
                ? .adam(learningRate: 2e-4, beta1: 0.5, beta2: 0.999)
                : .adam(learningRate: 1e-3, beta1: 0.5, beta2: 0.9)
        }
    }

    var optimiserReason: String {
        isClassic
            ? "sgd with momentum 0.9, as the textbook algorithm has it" : "adam, which needs the least tuning for GANs"
    }

    var learningRateReason: String {
        if let table { return "\(optimiser.learningRate), \(table.networksReason)" }
        return switch optimiser {
        case .adam(let rate, _, _):
            switch objective {
            case .relativistic where isImages: "\(rate), at which trials on digits learnt fastest"
            case .relativistic: "\(rate), at which trials on points kept every mode; at 0.003 one in fifteen lost one"
            case .wasserstein where isImages: "\(rate), as in the paper on the gradient penalty"
            case _ where isImages: "\(rate), as in the DCGAN paper"
            default: "\(rate), as small networks bear it"
            }
        case .sgd(let rate, _): "\(rate), at which trials on points and digits stayed finite"
        }
    }

    var discriminatorSteps: Int {
        if table != nil { return 1 }
        return switch objective {
        case .wasserstein: 5
        case .relativistic: isImages ? 1 : 2
        case .minimax, .nonSaturating, .leastSquares, .hinge: 1
        }
    }

    var discriminatorStepsReason: String {
        switch discriminatorSteps {
        case 5: "5, since the critic's slope is to be followed where it has nearly converged"
        case 2: "2, with which trials on points put fewer samples between the modes"
        default: "1, so that both learn at one pace"
        }
    }

    var regularisation: Regularisation {
        if let table { return table.regularisation }
        return switch objective {
        case .relativistic:
            // The slope by all pixels together sinks as they become more, and R3GAN's settings rise with their number.
            isImages
                ? Regularisation(realSlope: max(1, Double(pixels) / 1024), fakeSlope: max(1, Double(pixels) / 1024))
                : Regularisation(realSlope: 0.02, fakeSlope: 0.02)
        case .wasserstein: Regularisation(gradientPenalty: 10)
        case .minimax, .nonSaturating, .leastSquares, .hinge: Regularisation()
        }
    }

    var regularisationReason: String {
        switch objective {
        case .relativistic:
            "r1 and r2 at \(regularisation.realSlope), without which a relativistic discriminator may not converge"
        case .wasserstein: "a gradient_penalty of 10, which keeps the critic near 1-Lipschitz as the objective demands"
        case .minimax, .nonSaturating, .leastSquares, .hinge: "none, as \(objective.rawValue) trains without"
        }
    }

    var schedule: ScheduleSpec {
        if let table { return table.schedule }
        guard objective == .relativistic else { return ScheduleSpec() }
        return isImages
            ? ScheduleSpec(learningRate: 0.1, regularisation: 0.1) : ScheduleSpec(learningRate: 0.01)
    }

    var scheduleReason: String {
        guard objective == .relativistic else { return "none: rates stay as they are" }
        return isImages
            ? "learning rates and penalties sink to a tenth along a cosine, so that details settle"
            : "learning rates sink to a hundredth along a cosine, so that modes sharpen; penalties stay, which keeps them even"
    }

    var steps: Int {
        if let table { return table.steps.choice }
        guard isImages else { return 20_000 }
        let passes = Self.passes * items / batchSize / 100 * 100
        return min(Self.imageSteps.upperBound, max(Self.imageSteps.lowerBound, passes))
    }

    var stepsReason: String {
        if let table { return table.steps.reason }
        guard isImages else { return "20000, enough to find the modes of plane data and to fill them" }
        return switch steps {
        case Self.imageSteps.lowerBound: "\(steps), enough for small images to become clear"
        case Self.imageSteps.upperBound: "\(steps), as a CPU takes hours for more; more steps would still help"
        default: "\(steps), in which each image is seen about \(Self.passes) times"
        }
    }

    private static let passes = 5
    private static let imageSteps = 3_000...20_000

    var batchSize: Int { table?.batchSize ?? (isImages ? 64 : 256) }

    var batchSizeReason: String {
        if table != nil { return "as in the CTGAN paper" }
        return isImages ? "as in the DCGAN paper" : "so that each batch shows every mode"
    }

    var halfLife: Double { table?.halfLife ?? (isImages ? 10_000 : 50_000) }
}
