import Adversarial
import Codecs
import Logging
import Store
import Torch

/// A worker's time with a job: one long block on one thread, from its start or its last checkpoint to its end.
///
/// Between two steps it looks for a wish to stop, for the end of the plan, and for what is due: metrics, a snapshot, a
/// checkpoint.
struct TrainingBlock {
    /// A job's series beside those of its game.
    static let rateName = "steps_per_second"
    /// Points that are kept for the next write where none is possible: a full disk, for a while.
    static let pointLimit = 1 << 16
    /// Points that are written at once, however short the time since the write before.
    static let pointsPerWrite = 4096
    /// Evaluations of earlier attempts that rules are told of again.
    static let evaluationsTold = 100_000

    let job: JobRecord
    let store: Store
    let trainings: any TrainingStarter
    let live: LiveJob
    let configuration: JobsConfiguration
    let clock: MonotonicClock
    let wallClock: WallClock
    let logger: Logger

    var spec: ResolvedSpec
    /// The figures of its game's steps; empty before the first training.
    var metrics: [Metric] = []
    var points = MetricBlock(names: [])
    var rate = StepRate()
    /// The step of the newest checkpoint; 0 before the first.
    var savedStep = 0
    /// When training began, less what the attempts before took.
    var origin = 0.0
    /// What a job that time alone ends comes to; nil for others.
    var forecast: StepForecast?
    /// The plan that the store knows.
    var storedPlan: Int?
    var lastWrite = 0.0
    var lastSnapshot: Double?
    var monitor: HealthMonitor
    var stopRule: StopRule
    let counters: WorkCounters
    var isToStop = false
    var lastEvaluation: (step: Int, score: CheckpointScore?)?

    /// Prepares to train.
    ///
    /// - Throws: `SpecError` where the job's resolved spec isn't one.
    init(
        job: JobRecord, store: Store, trainings: any TrainingStarter, live: LiveJob, configuration: JobsConfiguration,
        clock: MonotonicClock, wallClock: WallClock, counters: WorkCounters, logger: Logger
    ) throws {
        self.counters = counters
        self.job = job
        self.store = store
        self.trainings = trainings
        self.live = live
        self.configuration = configuration
        self.clock = clock
        self.wallClock = wallClock
        self.logger = logger
        spec = try ResolvedSpec(json: job.resolved)
        monitor = HealthMonitor(plannedSteps: nil)
        stopRule = StopRule(spec.training.stopWhen, chance: spec.health.indistinguishable)
    }

    /// Trains until the job's end or a wish to stop; what was to be kept is in the store when this returns.
    ///
    /// - Throws: `StoreError` of kind `fenced` where another worker has the job; whatever else made the job fail.
    mutating func run() throws -> TrainingEnd {
        // Deleted just as the job was resumed; from now on neither can be.
        if let missing = try store.missingPart(of: job) { throw missing }
        var checkpoint = try store.latestCheckpoint(of: job.modelID)
        savedStep = checkpoint?.step ?? 0
        try adapt()
        if checkpoint == nil {
            try calibrate()
            try planSteps()
        }
        origin = clock.seconds() - job.trainingSeconds
        while true {
            switch try train(from: checkpoint) {
            case .ended(let end): return end
            case .rolledBack(let target): checkpoint = target
            }
        }
    }

    enum Outcome {
        case ended(TrainingEnd)
        /// To a checkpoint, or to the very beginning.
        case rolledBack(CheckpointRecord?)
    }

    /// Trains on from a checkpoint, in a function of its own so that nothing of it is left when another one is to begin.
    mutating func train(from checkpoint: CheckpointRecord?) throws -> Outcome {
        let training = try trainings.begin(
            spec: spec, dataset: store.folder.decoded(of: job.datasetID),
            checkpoint: checkpoint.map { store.folder.checkpoint(of: $0.model, step: $0.step) })
        metrics = training.metrics
        if points.isEmpty { points = MetricBlock(names: seriesNames) }
        try wakeMonitor(for: training)
        beginForecast()
        lastSnapshot = nil
        lastWrite = clock.seconds()
        publish(training, values: [])
        while true {
            if let end = end(at: training.step) {
                try conclude(training, end)
                return .ended(end)
            }
            do {
                try advance(training)
            } catch let trouble as TrainingTrouble {
                return .rolledBack(try rollBack(trouble))
            }
        }
    }

    /// The names of the job's series, in the order of the values.
    var seriesNames: [String] { metrics.map(\.name) + [Self.rateName] }

    var trainingSeconds: Double { clock.seconds() - origin }

    func end(at step: Int) -> TrainingEnd? {
        if let requested = live.signal.requested { return requested }
        if isToStop { return .finished(.stopWhen) }
        let length = spec.training.length
        if let steps = length.steps, step >= steps { return .finished(.steps) }
        if let seconds = length.maximumSeconds, trainingSeconds >= seconds { return .finished(.maxSeconds) }
        return nil
    }

    mutating func advance(_ training: any TrainingRun) throws {
        let before = clock.seconds()
        let report = try training.advance()
        let duration = clock.seconds() - before
        rate.add(duration: duration)
        counters.addStep(seconds: duration)
        let values = report.values + [Float(rate.stepsPerSecond ?? .nan)]
        points.append(
            step: report.step, wallTime: wallClock.now(), samplesSeen: report.samplesSeen, values: values)
        followTime(training)
        publish(training, values: values)
        let hasChanged = monitor.observe(report)
        if let trouble = TrainingTrouble(monitor.health, at: report.step) {
            try writePoints()
            try writeHealth(isChange: hasChanged)
            throw trouble
        }
        try publishSnapshot(training)
        if report.step.isMultiple(of: spec.evaluation.everySteps) {
            try evaluate(training, hasChanged: hasChanged)
        } else if hasChanged {
            try writeHealth(isChange: true)
        }
        if report.step.isMultiple(of: spec.checkpoint.everySteps) {
            try writeCheckpoint(training)
        } else if clock.seconds() - lastWrite >= configuration.metricsInterval || points.count >= Self.pointsPerWrite {
            try writePoints()
        }
    }

    /// Writes what the end of the block must leave behind.
    mutating func conclude(_ training: any TrainingRun, _ end: TrainingEnd) throws {
        // The plan is over, whatever was left of it.
        if end == .finished(.maxSeconds) { plan(training.step, training) }
        do {
            if training.step > savedStep, lastEvaluation?.step != training.step, live.signal.requested == nil {
                try evaluate(training, hasChanged: false)
            }
            try writeCheckpoint(training)
            try storePlan()
        } catch {
            guard end == .handedBack, (error as? StoreError)?.kind != .fenced else { throw error }
            // The next start goes on from the checkpoint before this one; nothing but time is lost.
            logger.warning(
                "the job goes back to the queue without a new checkpoint",
                metadata: ["job": "\(job.id)", "step": "\(training.step)", "error": "\(error)"])
        }
    }

}

// MARK: What is kept and shown

extension TrainingBlock {
    func publish(_ training: any TrainingRun, values: [Float]) {
        live.publish(
            LiveJob.Position(
                step: training.step, samplesSeen: training.samplesSeen, trainingSeconds: trainingSeconds,
                length: spec.training.length, stepsPerSecond: rate.stepsPerSecond, names: seriesNames, values: values))
    }

    /// Publishes a snapshot after the block's first step, and whenever the last one has got old.
    mutating func publishSnapshot(_ training: any TrainingRun) throws {
        let now = clock.seconds()
        guard lastSnapshot.map({ now - $0 >= configuration.snapshotInterval }) ?? true else { return }
        if let snapshot = try training.snapshot() { live.publish(snapshot, madeAt: wallClock.now()) }
        lastSnapshot = now
    }

    /// Writes the points that wait; where the disk is full they wait on, up to a limit.
    mutating func writePoints() throws {
        lastWrite = clock.seconds()
        do {
            try store.appendMetrics(points, trainingSeconds: trainingSeconds, claim: job.claim)
        } catch let error as StoreError where error.kind == .diskFull && points.count < Self.pointLimit {
            logger.warning("metrics wait for space on the disk", metadata: ["job": "\(job.id)"])
            return
        }
        points = MetricBlock(names: seriesNames)
    }

    /// Writes the points that wait and a checkpoint, unless this step has one.
    mutating func writeCheckpoint(_ training: any TrainingRun) throws {
        if !points.isEmpty { try writePoints() }
        guard training.step > savedStep else { return }
        try storePlan()
        let folder = store.temporaryPath("checkpoint")
        defer { try? FileTree.remove(folder) }
        try FileTree.createFolder(folder)
        let manifest = try training.writeCheckpoint(to: folder)
        try store.commit(
            NewCheckpoint(
                step: training.step, samplesSeen: training.samplesSeen, trainingSeconds: trainingSeconds,
                folder: folder, manifest: manifest, keep: spec.checkpoint.keep,
                score: lastEvaluation.flatMap { $0.step == training.step ? $0.score : nil }),
            claim: job.claim)
        savedStep = training.step
        counters.addCheckpoint()
    }
}

// MARK: Quality and health

extension TrainingBlock {
    /// Tells a new monitor what the attempts before have measured.
    mutating func wakeMonitor(for training: any TrainingRun) throws {
        monitor = HealthMonitor(
            thresholds: spec.health, plannedSteps: spec.training.length.plannedSteps, isMeasured: training.isMeasured)
        stopRule = StopRule(spec.training.stopWhen, chance: spec.health.indistinguishable)
        isToStop = false
        guard savedStep > 0 else { return }
        let curve = try store.curve(
            of: job.id,
            CurveRequest(
                names: metrics.map(\.name), fromStep: max(1, savedStep - HealthMonitor.window + 1), toStep: savedStep,
                maximumPoints: 2 * HealthMonitor.window))
        for (place, step) in curve.steps.enumerated() {
            let values = curve.series.map { $0.values[place] ?? .nan }
            guard values.count == metrics.count else { return }
            _ = monitor.observe(
                StepReport(
                    step: step, samplesSeen: curve.samplesSeen[place], figures: MetricValues(metrics, values)))
        }
        // A job that ended by its condition and was resumed goes on until an evaluation says so again.
        for evaluation in try store.evaluations(of: job.id, limit: Self.evaluationsTold) {
            let figures = evaluation.figures.map {
                QualityReport.Figure(name: $0.name, value: $0.value.map(Double.init) ?? .nan)
            }
            let quality = QualityReport(step: evaluation.step, figures: figures)
            _ = monitor.observe(quality, gap: nil)
            _ = stopRule.observe(quality)
        }
    }

    /// Measures the generator and writes what came of it.
    mutating func evaluate(_ training: any TrainingRun, hasChanged: Bool) throws {
        guard let evaluation = measured(training) else {
            if hasChanged { try writeHealth(isChange: true) }
            return
        }
        let quality = evaluation.quality
        lastEvaluation = (training.step, evaluation.score)
        isToStop = stopRule.observe(quality)
        let turned = monitor.observe(quality, gap: evaluation.overfittingGap)
        try whereDiskHasSpace {
            try store.record(
                EvaluationRecord(
                    step: training.step, wallTime: wallClock.now(), samplesSeen: training.samplesSeen,
                    figures: quality.figures.map { .init(name: $0.name, value: Float($0.value)) }),
                claim: job.claim)
        }
        try writeHealth(isChange: hasChanged || turned)
    }

    /// What training can do without: where measuring fails, for want of memory say, it goes on.
    func measured(_ training: any TrainingRun) -> Evaluation? {
        do {
            return try training.evaluate(shouldStop: { live.signal.requested != nil })
        } catch {
            logger.warning(
                "quality could not be measured",
                metadata: ["job": "\(job.id)", "step": "\(training.step)", "error": "\(error)"])
            return nil
        }
    }

    func writeHealth(isChange: Bool) throws {
        let health = monitor.health
        try whereDiskHasSpace {
            try store.record(
                health: [
                    "verdict": .string(health.verdict.rawValue), "detail": .string(health.detail),
                    "since_step": .integer(Int64(health.sinceStep)),
                ], isChange: isChange, claim: job.claim)
        }
    }

    /// A full disk costs what was to be written, not the job.
    func whereDiskHasSpace(_ write: () throws -> Void) throws {
        do {
            try write()
        } catch let error as StoreError where error.kind == .diskFull {
            logger.warning("an evaluation found no space on the disk", metadata: ["job": "\(job.id)"])
        }
    }
}
