import Adversarial
import Datasets

/// A training with the monitor, the evaluations and the choice of checkpoints of a job, as its worker runs them.
struct WatchedTraining {
    /// The time that all of it took, and the part of it that was spent on looking.
    private(set) var seconds = 0.0
    private(set) var watching = 0.0
    /// The verdicts in turn, each with the step at which it began.
    private(set) var verdicts: [Health]
    /// The evaluations.
    private(set) var reports: [QualityReport] = []
    /// What a request for samples gets unless it says otherwise: the newest generator whose score can't be told from the highest, or
    /// the last one where none has a score.
    private(set) var best: ModelSnapshot?
    private var highestBar = -Double.infinity
    private var monitor: HealthMonitor
    private let evaluator: QualityEvaluator?
    private let everySteps: Int
    private let clock = ContinuousClock()

    /// Trains to the spec's last step, or to the end of its time.
    ///
    /// - Parameter tell: called after each evaluation.
    static func run(
        _ trainer: Trainer, on dataset: Dataset, tell: (QualityReport, Trainer) throws -> Void = { _, _ in }
    ) throws -> WatchedTraining {
        var watch = try WatchedTraining(trainer.spec, dataset)
        let start = watch.clock.now
        let length = trainer.spec.training.length
        while trainer.step < length.steps ?? .max, watch.seconds < length.maximumSeconds ?? .infinity {
            let count = watch.reports.count
            try watch.look(at: trainer, after: trainer.advance())
            if watch.reports.count > count, let report = watch.reports.last { try tell(report, trainer) }
            watch.seconds = start.duration(to: watch.clock.now) / .seconds(1)
        }
        if watch.reports.last?.step != trainer.step { try watch.evaluate(trainer) }
        watch.seconds = start.duration(to: watch.clock.now) / .seconds(1)
        return watch
    }

    private init(_ spec: ResolvedSpec, _ dataset: Dataset) throws {
        monitor = HealthMonitor(
            thresholds: spec.health, plannedSteps: spec.training.length.plannedSteps,
            isMeasured: QualityEvaluator.canMeasure(dataset.manifest))
        everySteps = spec.evaluation.everySteps
        verdicts = [monitor.health]
        let start = clock.now
        evaluator = try QualityEvaluator.make(for: dataset)
        watching = start.duration(to: clock.now) / .seconds(1)
    }

    private mutating func look(at trainer: Trainer, after report: StepReport) throws {
        let start = clock.now
        if monitor.observe(report) { verdicts.append(monitor.health) }
        if report.step.isMultiple(of: everySteps) { try evaluate(trainer) }
        watching += start.duration(to: clock.now) / .seconds(1)
    }

    private mutating func evaluate(_ trainer: Trainer) throws {
        var score: Double?
        if let evaluator {
            let quality = try trainer.evaluate(with: evaluator)
            let gap = try trainer.overfittingGap(with: evaluator)
            if monitor.observe(quality, gap: gap) { verdicts.append(monitor.health) }
            reports.append(quality)
            score = QualityEvaluator.canChoose(trainer.dataset) ? quality.score : nil
        }
        guard let score else { return best = try trainer.snapshot() }
        highestBar = max(highestBar, evaluator?.noise?.bar(score) ?? score)
        if score >= highestBar { best = try trainer.snapshot() }
    }
}
