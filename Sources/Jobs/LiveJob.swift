import Adversarial
import Store
import Synchronization

/// What a job's worker shows to others while it trains.
final class LiveJob: Sendable {
    /// How far the training is.
    struct Position: Sendable {
        var step: Int
        var samplesSeen: Int
        var trainingSeconds: Double
        var length: TrainingLength
        var stepsPerSecond: Double?
        /// The names of the job's series.
        var names: [String]
        /// A value for each name; empty before the first step.
        var values: [Float]
    }

    let claim: JobClaim
    /// What the worker is asked to do.
    let signal = StopSignal()
    private let position = Mutex<Position?>(nil)
    private let newest = Mutex<(ModelSnapshot, madeAt: Timestamp)?>(nil)

    init(claim: JobClaim) {
        self.claim = claim
    }

    func publish(_ position: Position) {
        self.position.withLock { $0 = position }
    }

    func publish(_ snapshot: ModelSnapshot, madeAt: Timestamp) {
        newest.withLock { $0 = (snapshot, madeAt) }
    }

    /// Shows nothing any more: what the worker has done is in the store.
    func retire() {
        position.withLock { $0 = nil }
        newest.withLock { $0 = nil }
    }

    /// The newest generator and when it was published; `nil` before the first step.
    var snapshot: (ModelSnapshot, madeAt: Timestamp)? {
        newest.withLock { $0 }
    }

    /// How far the training is; `nil` before it has begun.
    var progress: JobProgress? {
        position.withLock { $0 }.map { position in
            JobProgress(
                step: position.step, samplesSeen: position.samplesSeen, trainingSeconds: position.trainingSeconds,
                length: position.length, stepsPerSecond: position.stepsPerSecond,
                metrics: zip(position.names, position.values).map(JobProgress.Metric.init(name:value:)))
        }
    }
}

/// The jobs that are on workers.
struct LiveJobs {
    private var jobs: [String: LiveJob] = [:]

    var count: Int { jobs.count }

    var all: [LiveJob] { Array(jobs.values) }

    subscript(job: String) -> LiveJob? { jobs[job] }

    mutating func add(_ live: LiveJob) {
        jobs[live.claim.job] = live
    }

    /// Lets go of what a worker is done with; who resumed the job meanwhile may have it on another worker by now, which stays.
    mutating func remove(_ live: LiveJob) {
        if jobs[live.claim.job] === live { jobs[live.claim.job] = nil }
    }
}
