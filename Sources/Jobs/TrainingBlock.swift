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
    private static let pointLimit = 1 << 16
    /// Points that are written at once, however short the time since the write before.
    private static let pointsPerWrite = 4096
    /// Evaluations of earlier attempts that rules are told of again.
    private static let evaluationsTold = 100_000

    private let job: JobRecord
    private let store: Store
    private let trainings: any TrainingStarter
    private let live: LiveJob
    private let configuration: JobsConfiguration
    private let clock: MonotonicClock
    private let wallClock: WallClock
    private let logger: Logger

    private var spec: ResolvedSpec
    /// The figures of its game's steps; empty before the first training.
    private var metrics: [Metric] = []
    private var points = MetricBlock(names: [])
    private var rate = StepRate()
    /// The step of the newest checkpoint; 0 before the first.
    private var savedStep = 0
    /// When training began, less what the attempts before took.
    private var origin = 0.0
    private var lastWrite = 0.0
    private var lastSnapshot: Double?
    private var monitor: HealthMonitor
    private var stopRule: StopRule
    private let counters: WorkCounters
    private var isToStop = false
    private var lastEvaluation: (step: Int, score: Double?)?

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

    private enum Outcome {
        case ended(TrainingEnd)
        /// To a checkpoint, or to the very beginning.
        case rolledBack(CheckpointRecord?)
    }

    /// Trains on from a checkpoint, in a function of its own so that nothing of it is left when another one is to begin.
    private mutating func train(from checkpoint: CheckpointRecord?) throws -> Outcome {
        let training = try trainings.begin(
            spec: spec, dataset: store.folder.decoded(of: job.datasetID),
            checkpoint: checkpoint.map { store.folder.checkpoint(of: $0.model, step: $0.step) })
        metrics = training.metrics
        if points.isEmpty { points = MetricBlock(names: seriesNames) }
        try wakeMonitor(for: training)
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
    private var seriesNames: [String] { metrics.map(\.name) + [Self.rateName] }

    private var trainingSeconds: Double { clock.seconds() - origin }

    private func end(at step: Int) -> TrainingEnd? {
        if let requested = live.signal.requested { return requested }
        if isToStop { return .finished(.stopWhen) }
        let length = spec.training.length
        if let steps = length.steps, step >= steps { return .finished(.steps) }
        if let seconds = length.maximumSeconds, trainingSeconds >= seconds { return .finished(.maxSeconds) }
        return nil
    }

    private mutating func advance(_ training: any TrainingRun) throws {
        let before = clock.seconds()
        let report = try training.advance()
        let duration = clock.seconds() - before
        rate.add(duration: duration)
        counters.addStep(seconds: duration)
        let values = report.values + [Float(rate.stepsPerSecond ?? .nan)]
        points.append(
            step: report.step, wallTime: wallClock.now(), samplesSeen: report.samplesSeen, values: values)
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
    private mutating func conclude(_ training: any TrainingRun, _ end: TrainingEnd) throws {
        do {
            if training.step > savedStep, lastEvaluation?.step != training.step, live.signal.requested == nil {
                try evaluate(training, hasChanged: false)
            }
            try writeCheckpoint(training)
        } catch {
            guard end == .handedBack, (error as? StoreError)?.kind != .fenced else { throw error }
            // The next start goes on from the checkpoint before this one; nothing but time is lost.
            logger.warning(
                "the job goes back to the queue without a new checkpoint",
                metadata: ["job": "\(job.id)", "step": "\(training.step)", "error": "\(error)"])
        }
    }

}

// MARK: Repair

/// Training that can't go on as it is.
private struct TrainingTrouble: Error {
    let health: Health
    let step: Int

    init?(_ health: Health, at step: Int) {
        guard health.verdict == .notFinite || health.verdict == .diverged else { return nil }
        self.health = health
        self.step = step
    }
}

extension TrainingBlock {
    /// Goes back to a checkpoint from before the trouble, with settings that are less likely to meet it again.
    ///
    /// Each repair goes one checkpoint further back than the one before it did, since trouble begins before it shows, and
    /// past those at which losses had begun to run off.
    ///
    /// - Returns: the checkpoint; `nil` begins anew, where there is none.
    /// - Throws: `JobFailure` where no repair is left.
    private mutating func rollBack(_ trouble: TrainingTrouble) throws -> CheckpointRecord? {
        let done = try store.repairCount(of: job.id)
        guard done < spec.repair.attempts else { throw failure(trouble, repairs: done) }
        let checkpoints = try store.checkpoints(of: job.modelID).filter { try isSound($0) }
        // The oldest one is kept in any case: a job that can't be saved still leaves a good model.
        let target = checkpoints.dropFirst(done).first ?? checkpoints.last
        let (repaired, changes) = spec.repaired()
        spec = repaired
        let step = target?.step ?? 0
        try store.rollBack(
            to: step, resolved: spec.json,
            data: [
                "verdict": .string(trouble.health.verdict.rawValue), "detail": .string(trouble.health.detail),
                "step": .integer(Int64(trouble.step)), "rolled_back_to": .integer(Int64(step)), "changes": changes,
                "repair": .integer(Int64(done + 1)), "of": .integer(Int64(spec.repair.attempts)),
            ],
            claim: job.claim)
        logger.warning(
            "training is repaired",
            metadata: [
                "job": "\(job.id)", "verdict": "\(trouble.health.verdict.rawValue)", "step": "\(trouble.step)",
                "back_to": "\(step)",
            ])
        savedStep = step
        lastEvaluation = nil
        // Where the disk was full, points of the steps that are taken back still wait.
        points = MetricBlock(names: seriesNames)
        return target
    }

    private func isSound(_ checkpoint: CheckpointRecord) throws -> Bool {
        let curve = try store.curve(
            of: job.id,
            CurveRequest(
                names: metrics.filter(\.isLoss).map(\.name),
                fromStep: max(1, checkpoint.step - HealthMonitor.recent + 1), toStep: checkpoint.step,
                maximumPoints: 2 * HealthMonitor.recent))
        return monitor.isSound(curve.series.flatMap { $0.values.compactMap { $0 } })
    }

    private func failure(_ trouble: TrainingTrouble, repairs: Int) -> JobFailure {
        let model =
            savedStep > 0
            ? "the model of the last checkpoint, at step \(savedStep), is kept" : "there was no checkpoint before it"
        let tries =
            switch repairs {
            case 0: "no repair was allowed"
            case 1: "one repair didn't help"
            default: "\(repairs) repairs didn't help"
            }
        return JobFailure(
            code: trouble.health.verdict.rawValue,
            detail: "training can't go on at step \(trouble.step): \(trouble.health.detail); \(tries), and \(model). "
                + "A lower learning rate may help")
    }
}

// MARK: What is kept and shown

extension TrainingBlock {
    private func publish(_ training: any TrainingRun, values: [Float]) {
        live.publish(
            LiveJob.Position(
                step: training.step, samplesSeen: training.samplesSeen, trainingSeconds: trainingSeconds,
                length: spec.training.length, stepsPerSecond: rate.stepsPerSecond, names: seriesNames, values: values))
    }

    /// Publishes a snapshot after the block's first step, and whenever the last one has got old.
    private mutating func publishSnapshot(_ training: any TrainingRun) throws {
        let now = clock.seconds()
        guard lastSnapshot.map({ now - $0 >= configuration.snapshotInterval }) ?? true else { return }
        if let snapshot = try training.snapshot() { live.publish(snapshot) }
        lastSnapshot = now
    }

    /// Writes the points that wait; where the disk is full they wait on, up to a limit.
    private mutating func writePoints() throws {
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
    private mutating func writeCheckpoint(_ training: any TrainingRun) throws {
        if !points.isEmpty { try writePoints() }
        guard training.step > savedStep else { return }
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
    private mutating func wakeMonitor(for training: any TrainingRun) throws {
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
    private mutating func evaluate(_ training: any TrainingRun, hasChanged: Bool) throws {
        guard let evaluation = measured(training) else {
            if hasChanged { try writeHealth(isChange: true) }
            return
        }
        let quality = evaluation.quality
        lastEvaluation = (training.step, quality.score)
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
    private func measured(_ training: any TrainingRun) -> Evaluation? {
        do {
            return try training.evaluate(shouldStop: { live.signal.requested != nil })
        } catch {
            logger.warning(
                "quality could not be measured",
                metadata: ["job": "\(job.id)", "step": "\(training.step)", "error": "\(error)"])
            return nil
        }
    }

    private func writeHealth(isChange: Bool) throws {
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
    private func whereDiskHasSpace(_ write: () throws -> Void) throws {
        do {
            try write()
        } catch let error as StoreError where error.kind == .diskFull {
            logger.warning("an evaluation found no space on the disk", metadata: ["job": "\(job.id)"])
        }
    }
}

// MARK: Planning

extension TrainingBlock {
    /// Measures how many steps a job that time alone ends will take, and writes that into its spec.
    ///
    /// Schedules run over the planned steps, so these must be known before the first; a training of its own, thrown away
    /// afterwards, tells the time of a step.
    private mutating func planSteps() throws {
        let length = spec.training.length
        guard length.steps == nil, length.plannedSteps == nil, let seconds = length.maximumSeconds else { return }
        let duration = try secondsPerStep(limit: min(2, seconds / 20))
        // The upper bound is that of `steps` in a job's body.
        let steps = duration > 0 ? min(100_000_000, seconds / duration) : 1
        spec = spec.planning(steps: max(1, Int(steps)))
        try store.fixResolved(spec.json, claim: job.claim)
    }

    /// A step that takes so long, in seconds, keeps all of a job's threads busy, and with what it multiplies linear layers
    /// doesn't matter.
    private static let longStep = 0.1
    /// What another way of calculating has to save, as a share of the time, to be taken.
    private static let worthwhile = 0.03

    /// Chooses another matrix product where this machine hasn't the spec's, which was fixed elsewhere or is only the usual one.
    private mutating func adapt() throws {
        let products = trainings.matrixProducts(for: spec)
        let before = spec.matrixProduct
        guard let product = products.first, !products.contains(before) else { return }
        spec.matrixProduct = product
        // Before the first checkpoint nothing was calculated with it.
        guard savedStep > 0 else { return try store.fixResolved(spec.json, claim: job.claim) }
        try store.fixResolved(
            spec.json,
            adaptation: [
                "detail": .string(
                    "this machine's processor can't multiply by \(before.rawValue), with which the job was trained so far; "
                        + "it goes on from step \(savedStep) with \(product.rawValue), to numbers that are rounded otherwise"
                ),
                "step": .integer(Int64(savedStep)),
                "changes": ["matrix_product": ["from": .string(before.rawValue), "to": .string(product.rawValue)]],
            ], claim: job.claim)
        logger.notice(
            "another matrix product was chosen",
            metadata: ["job": "\(job.id)", "from": "\(before.rawValue)", "to": "\(product.rawValue)"])
    }

    /// Finds what the job's matrices are multiplied with fastest, and then the fewest of its threads at which it is as fast as
    /// at any number, and keeps both with it.
    ///
    /// In small networks threads wait for one another longer than they calculate, the more of them the longer.
    private mutating func calibrate() throws {
        let allowed = spec.threads
        let products = trainings.matrixProducts(for: spec)
        guard spec.device == .cpu, allowed > 1 || products.count > 1 else { return }
        var quickest = try quickestStep(spec)
        if quickest < Self.longStep, live.signal.requested == nil {
            for product in products where product != spec.matrixProduct {
                try take({ $0.matrixProduct = product }, ifWithin: 1 - Self.worthwhile, of: &quickest)
            }
            for threads in sequence(first: allowed / 2, next: { $0 / 2 }).prefix(while: { $0 > 0 }) {
                try take({ $0.threads = threads }, ifWithin: 1 + Self.worthwhile, of: &quickest)
            }
        }
        guard live.signal.requested == nil, quickest < Self.longStep else { return }
        try store.fixResolved(spec.json, claim: job.claim)
        logger.info(
            "calibrated",
            metadata: [
                "matrix_product": "\(spec.matrixProduct.rawValue)", "threads": .stringConvertible(spec.threads),
                "allowed": .stringConvertible(allowed),
                "step_ms": .stringConvertible((quickest * 100_000).rounded() / 100),
            ])
    }

    /// Changes the spec where steps then take no longer than a multiple of the quickest yet.
    private mutating func take(
        _ change: (inout ResolvedSpec) -> Void, ifWithin factor: Double, of quickest: inout Double
    ) throws {
        guard live.signal.requested == nil else { return }
        var trial = spec
        change(&trial)
        let seconds = try quickestStep(trial)
        guard seconds <= quickest * factor else { return }
        spec = trial
        quickest = min(quickest, seconds)
    }

    /// Seconds of the quickest of a number of steps, which says more of the threads than the others, in which the machine
    /// did something else besides.
    private func quickestStep(_ spec: ResolvedSpec) throws -> Double {
        let trial = try trainings.begin(
            spec: spec, dataset: store.folder.decoded(of: job.datasetID), checkpoint: nil)
        _ = try trial.advance()
        let start = clock.seconds()
        var quickest = Double.infinity
        var last = start
        repeat {
            _ = try trial.advance()
            let now = clock.seconds()
            quickest = min(quickest, now - last)
            last = now
        } while last - start < Self.longStep && live.signal.requested == nil
        return quickest
    }

    private func secondsPerStep(limit: Double) throws -> Double {
        let trial = try trainings.begin(
            spec: spec, dataset: store.folder.decoded(of: job.datasetID), checkpoint: nil)
        // The first step pays for memory and plans that the later ones find ready.
        _ = try trial.advance()
        let start = clock.seconds()
        var steps = 0.0
        repeat {
            _ = try trial.advance()
            steps += 1
        } while steps < 100 && clock.seconds() - start < limit && live.signal.requested == nil
        return (clock.seconds() - start) / steps
    }
}
