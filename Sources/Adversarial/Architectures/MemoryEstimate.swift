internal import Datasets
internal import Torch

/// How much memory training takes, reckoned from the plan before anything is allocated.
struct MemoryEstimate: Equatable {
    /// Weights of both networks, their gradients, the optimisers' state, the average and a snapshot of it.
    let weightBytes: Int
    /// What the largest phase keeps for its backward pass, and the largest results in flight beside it.
    let activationBytes: Int
    /// Items and samples that quality is measured with, their features and the distances between them.
    let evaluationBytes: Int
    /// What the dataset's kind takes beside.
    let kindBytes: Int

    /// libtorch itself with its code touched and its thread pools, measured at start.
    static let engineBytes = 250 << 20
    private static let beyondAnyMachine = 1 << 60
    /// The caching allocator rounds sizes up and keeps blocks of one phase while the next one runs.
    private static let allocatorMargin = 1.25

    /// - Parameter defaults: of the dataset that is trained on.
    init(plan: ArchitecturePlan, training: TrainingSpec, _ defaults: any SpecDefaults) {
        let float = MemoryLayout<Float>.size
        // weights, gradients, optimiser state; the average and two snapshots, one of them being replaced
        let generatorCopies = 2 + training.generatorOptimiser.stateCopies + 3
        let discriminatorCopies = 2 + training.discriminatorOptimiser.stateCopies
        weightBytes =
            float * (plan.generatorParameters * generatorCopies + plan.discriminatorParameters * discriminatorCopies)
        let item = plan.features.inputShape.reduce(1, *)
        // a penalty on slopes keeps the backward pass, too, for a pass backwards through it
        let passes = training.regularisation.isPerItem ? 3 : 1
        let discriminatorPhase = 2 * (plan.features.activationCount + item) * passes
        let generatorPhase = plan.generator.activationCount + plan.features.activationCount
        // a gradient and a reordered copy of the largest result, at both of its ends
        let inFlight = 4 * max(plan.generator.largestActivation, plan.features.largestActivation)
        // The widest networks times the largest batch are beyond an integer, and must be refused, not trap.
        let (product, overflows) = (float * (max(discriminatorPhase, generatorPhase) + inFlight))
            .multipliedReportingOverflow(by: training.batchSize)
        activationBytes = overflows ? Self.beyondAnyMachine : min(product, Self.beyondAnyMachine)
        kindBytes = defaults.memory(plan, training)
        let schema = defaults.dataset.schema
        let items = schema.kind.learned.comparison(schema).measuredItems
        // held-out, training and generated items, and a copy on the way; six squares of distances in double precision
        evaluationBytes =
            4 * float * items * plan.generator.outputShape.reduce(1, *) + 6 * MemoryLayout<Double>.size * items * items
    }

    /// The estimate in bytes.
    var total: Int {
        Self.engineBytes
            + Int(Double(weightBytes + activationBytes + evaluationBytes + kindBytes) * Self.allocatorMargin)
    }
}

/// A number of bytes in words, as `1.5 GiB`.
func byteCountText(_ bytes: Int) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
    var value = Double(bytes)
    var unit = 0
    while value >= 1024, unit < units.count - 1 {
        value /= 1024
        unit += 1
    }
    let tenths = Int((value * 10).rounded())
    return unit == 0 ? "\(bytes) bytes" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
}
