/// What a preset chooses for training, by what is trained on.
struct TrainingDefaults {
    let isClassic: Bool
    let isImages: Bool

    var objective: Objective { isClassic ? .minimax : .nonSaturating }

    var objectiveReason: String {
        guard isClassic else { return "non_saturating, which gives the generator strong gradients from the start" }
        let textbook = "minimax, the saturating cross-entropy of the textbook algorithm"
        return isImages ? textbook + "; on images it often saturates, and non_saturating is the remedy" : textbook
    }

    var optimiser: OptimiserSpec {
        if isClassic { return .sgd(learningRate: isImages ? 0.005 : 0.002, momentum: 0.9) }
        return isImages
            ? .adam(learningRate: 2e-4, beta1: 0.5, beta2: 0.999) : .adam(learningRate: 1e-3, beta1: 0.5, beta2: 0.9)
    }

    var optimiserReason: String {
        isClassic
            ? "sgd with momentum 0.9, as the textbook algorithm has it" : "adam, which needs the least tuning for GANs"
    }

    var learningRateReason: String {
        switch optimiser {
        case .adam(let rate, _, _): isImages ? "\(rate), as in the DCGAN paper" : "\(rate), as small networks bear it"
        case .sgd(let rate, _): "\(rate), at which trials on points and digits stayed finite"
        }
    }

    var steps: Int { isImages ? 3_000 : 8_000 }

    var stepsReason: String {
        isImages ? "3000, enough for small images to become clear" : "8000, enough to find the modes of plane data"
    }

    var batchSize: Int { isImages ? 64 : 256 }

    var batchSizeReason: String {
        isImages ? "as in the DCGAN paper" : "so that each batch shows every mode"
    }

    var halfLife: Double { isImages ? 10_000 : 50_000 }
}
