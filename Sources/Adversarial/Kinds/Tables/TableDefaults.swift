/// What a preset chooses for tables.
struct TableDefaults {
    let isPaper: Bool
    let isClassic: Bool
    /// Rows to train on.
    let rows: Int

    var objective: (choice: Objective, reason: String) {
        if isClassic {
            return (.minimax, "minimax, the saturating cross-entropy of the textbook algorithm")
        }
        return isPaper
            ? (.wasserstein, "wasserstein, as in the CTGAN paper")
            : (.relativistic, "relativistic, which with r1 and r2 came closest to real rows in trials")
    }

    var networks: ModelSpec.Tabular {
        if isPaper || isClassic {
            return ModelSpec.Tabular(
                generator: ModelSpec.Perceptron(hidden: [256, 256], activation: .relu),
                discriminator: ModelSpec.Perceptron(hidden: [256, 256], activation: .leakyRelu), skip: .concatenate,
                dropout: isPaper ? 0.5 : 0)
        }
        return ModelSpec.Tabular(
            generator: ModelSpec.Perceptron(hidden: [256, 256], activation: .leakyRelu),
            discriminator: ModelSpec.Perceptron(hidden: [256, 256], activation: .leakyRelu), skip: .add,
            spikes: 128, bins: 32, temperature: 0.5, isHard: true)
    }

    var networksReason: String {
        isPaper ? "as in the CTGAN paper" : "with which trials on tables came closest to real rows"
    }

    var packing: (choice: Int, reason: String) {
        isPaper ? (10, "10, as in the CTGAN paper") : (1, "1: the discriminator judges each row by itself")
    }

    var optimiser: OptimiserSpec {
        isPaper
            ? .adam(learningRate: 2e-4, beta1: 0.5, beta2: 0.9)
            : isClassic
                ? .sgd(learningRate: 0.002, momentum: 0.9) : .adam(learningRate: 1e-3, beta1: 0, beta2: 0.95)
    }

    var regularisation: Regularisation {
        if isClassic { return Regularisation() }
        return isPaper ? Regularisation(gradientPenalty: 10) : Regularisation(realSlope: 1, fakeSlope: 1)
    }

    var schedule: ScheduleSpec {
        isPaper || isClassic ? ScheduleSpec() : ScheduleSpec(learningRate: 0.01)
    }

    var momentMatching: Double { isPaper || isClassic ? 0 : 0.1 }

    var batchSize: Int { 500 }

    var steps: (choice: Int, reason: String) {
        if isPaper {
            let steps = max(1, 300 * rows / batchSize)
            return (steps, "\(steps), the paper's 300 passes over the rows")
        }
        return (3_000, "3000, behind which trials on tables gained little")
    }

    var halfLife: Double { isPaper || isClassic ? 0 : 250_000 }
}
