internal import Glibc

/// How the two networks are trained.
package struct TrainingSpec: Sendable, Equatable {
    /// When training ends.
    package var length: TrainingLength
    /// Items in each real and in each generated batch.
    package var batchSize: Int
    /// The loss of both networks.
    package var objective: Objective
    /// Penalties added to the discriminator's loss.
    package var regularisation: Regularisation
    /// Items that the discriminator judges together, as one; divides `batchSize`.
    ///
    /// Lin et al. 2018, PacGAN.
    package var packing: Int
    /// What images go through before the discriminator sees them.
    package var augmentation: AugmentationSpec
    /// How the ratio of both networks' updates adapts; `nil` where it doesn't.
    package var balance: BalanceSpec?
    /// What the distance of the moments of a table's rows weighs in the generator's loss; 0 leaves it out.
    package var momentMatching: Double
    /// What helps the older objectives along.
    package var softening: Softening
    /// Discriminator updates to one generator update; together they are one step.
    package var discriminatorSteps: Int
    /// Whether the generator's update draws items of its own, as the textbook algorithm has it.
    ///
    /// Otherwise it takes those that the discriminator has just been shown, which saves one of the generator's forward
    /// passes.
    package var freshFakes: Bool
    /// How the generator's weights are moved.
    package var generatorOptimiser: OptimiserSpec
    /// How the discriminator's weights are moved.
    package var discriminatorOptimiser: OptimiserSpec
    /// How the rates above change over the job.
    package var schedule: ScheduleSpec
    /// The averaged copy of the generator that samples come from.
    package var averaging: AveragingSpec
    /// What ends training before its length does.
    package var stopWhen: StopCondition

    /// A plan of training.
    package init(
        length: TrainingLength, batchSize: Int, objective: Objective, regularisation: Regularisation = Regularisation(),
        packing: Int = 1, augmentation: AugmentationSpec = AugmentationSpec(), balance: BalanceSpec? = nil,
        momentMatching: Double = 0, softening: Softening = Softening(), discriminatorSteps: Int = 1,
        freshFakes: Bool = true,
        generatorOptimiser: OptimiserSpec,
        discriminatorOptimiser: OptimiserSpec, schedule: ScheduleSpec = ScheduleSpec(),
        averaging: AveragingSpec = AveragingSpec(), stopWhen: StopCondition = StopCondition()
    ) {
        self.length = length
        self.batchSize = batchSize
        self.objective = objective
        self.regularisation = regularisation
        self.packing = packing
        self.augmentation = augmentation
        self.balance = balance
        self.momentMatching = momentMatching
        self.softening = softening
        self.discriminatorSteps = discriminatorSteps
        self.freshFakes = freshFakes
        self.generatorOptimiser = generatorOptimiser
        self.discriminatorOptimiser = discriminatorOptimiser
        self.schedule = schedule
        self.averaging = averaging
        self.stopWhen = stopWhen
    }

    /// Real samples that the discriminator sees in a step.
    var samplesPerStep: Int { batchSize * discriminatorSteps }
}

/// When training ends: after a number of steps, after a time, or whichever comes first.
package struct TrainingLength: Sendable, Equatable {
    /// The last step; `nil` where only time ends the job.
    package var steps: Int?
    /// Training time over all attempts, in seconds; `nil` where only steps end the job.
    package var maximumSeconds: Double?
    /// Steps that the job is expected to take: `steps` where given, otherwise measured at its first start and then moved to where
    /// its time will end at the pace that it has; `nil` before.
    ///
    /// Kept with each checkpoint, so that schedules and progress go on after a resume.
    package var plannedSteps: Int?
    /// What the planned steps were before the job's limits were raised, ascending.
    ///
    /// The schedule runs once over each plan, so that what was trained before stays what it was.
    package var earlierPlans: [Int] = []

    /// The same with a higher number of planned steps, over which a schedule of its own runs.
    func replanned(steps: Int) -> TrainingLength {
        var length = self
        if let plannedSteps, steps > plannedSteps { length.earlierPlans.append(plannedSteps) }
        length.plannedSteps = steps
        return length
    }

    /// A length in steps, seconds or both; one of them has to be there.
    package init(
        steps: Int?, maximumSeconds: Double? = nil, plannedSteps: Int? = nil, earlierPlans: [Int] = []
    ) {
        self.steps = steps
        self.maximumSeconds = maximumSeconds
        self.plannedSteps = steps ?? plannedSteps
        self.earlierPlans = earlierPlans
    }

    /// How far the schedule of the plan under way is, 0 at its start and 1 at its end.
    ///
    /// - Parameters:
    ///   - samples: real samples seen so far.
    ///   - samplesPerStep: real samples that a step takes.
    package func scheduleProgress(samples: Int, samplesPerStep: Int) -> Double {
        guard let plannedSteps else { return 0 }
        let ends = earlierPlans + [plannedSteps]
        let plan = ends.firstIndex { samples < $0 * samplesPerStep } ?? ends.count - 1
        let start = plan == 0 ? 0 : ends[plan - 1] * samplesPerStep
        return Double(samples - start) / Double(max(1, ends[plan] * samplesPerStep - start))
    }
}

/// An optimiser and its settings.
package enum OptimiserSpec: Sendable, Equatable {
    /// Kingma & Ba 2015; epsilon is 1e-8.
    case adam(learningRate: Double, beta1: Double, beta2: Double)
    /// Stochastic gradient descent; `momentum` 0 is the plain one.
    case sgd(learningRate: Double, momentum: Double)

    /// The rate at which training begins.
    package var learningRate: Double {
        get {
            switch self {
            case .adam(let rate, _, _), .sgd(let rate, _): rate
            }
        }
        set {
            switch self {
            case .adam(_, let beta1, let beta2): self = .adam(learningRate: newValue, beta1: beta1, beta2: beta2)
            case .sgd(_, let momentum): self = .sgd(learningRate: newValue, momentum: momentum)
            }
        }
    }

    /// Tensors of state kept beside each parameter, of its size.
    var stateCopies: Int {
        switch self {
        case .adam: 2
        case .sgd(_, let momentum): momentum == 0 ? 0 : 1
        }
    }
}

/// Optimisers by the name the spec gives them.
package enum OptimiserName: String, Sendable, CaseIterable {
    case adam
    case sgd
}

/// An exponential moving average of the generator's weights, measured in samples seen.
///
/// Karras et al. 2020, as stylegan3's `training_loop.py` has it.
package struct AveragingSpec: Sendable, Equatable {
    /// Samples after which a weight's share in the average has halved.
    package var halfLife: Double
    /// The half-life is at most this share of the samples seen so far, so that the first snapshots aren't averages of
    /// noise; stylegan3's `ema_rampup`.
    package var rampUp: Double

    /// An average with the given half-life.
    package init(halfLife: Double = 20_000, rampUp: Double = 0.05) {
        self.halfLife = halfLife
        self.rampUp = rampUp
    }

    /// How much of the average stays when `batch` samples more have been seen.
    ///
    /// - Parameters:
    ///   - batch: samples since the last update.
    ///   - seen: samples seen in all, `batch` included.
    /// - Returns: a factor in 0...1.
    func decay(batch: Int, seen: Int) -> Double {
        let halfLife = min(halfLife, rampUp * Double(seen))
        guard halfLife > 0 else { return 0 }
        return exp2(-Double(batch) / halfLife)
    }
}

/// When the generator's quality is measured.
package struct EvaluationSpec: Sendable, Equatable {
    /// Steps between two evaluations.
    package var everySteps: Int

    /// A rule for evaluations.
    package init(everySteps: Int) {
        self.everySteps = everySteps
    }
}

/// When checkpoints are written and how many stay.
package struct CheckpointSpec: Sendable, Equatable {
    /// Steps between two checkpoints.
    package var everySteps: Int
    /// How many stay on disk.
    package var keep: Int

    /// A rule for checkpoints.
    package init(everySteps: Int, keep: Int) {
        self.everySteps = everySteps
        self.keep = keep
    }
}
