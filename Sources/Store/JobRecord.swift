package import Codecs
import GRDB

/// The state of a job.
package enum JobState: String, Sendable, CaseIterable {
    case queued, running
    /// The job runs, and was asked to stop.
    case stopping
    case succeeded, failed, stopped

    /// Whether a worker has the job, or will.
    package var isLive: Bool { self == .queued || isRunning }

    /// Whether a worker has the job.
    package var isRunning: Bool { self == .running || self == .stopping }
}

/// Why a job ended without failing.
package enum StopReason: String, Sendable, CaseIterable {
    case steps
    case maxSeconds = "max_seconds"
    case stopWhen = "stop_when"
    case stopped
}

/// Why a job failed.
package struct JobFailure: Error, Sendable, Equatable {
    /// A code for programs, in `snake_case`.
    package var code: String
    /// The reason as a sentence.
    package var detail: String

    package init(code: String, detail: String) {
        self.code = code
        self.detail = detail
    }
}

/// A worker's right to write for a job.
///
/// Every claim of a job raises its epoch; a write that carries an older one is refused, so a worker that was thought
/// dead can't spoil what its successor does.
package struct JobClaim: Sendable, Hashable {
    package let job: String
    package let model: String
    package let attempt: Int
    package let epoch: Int
}

/// A job as the database knows it.
package struct JobRecord: Sendable, Equatable, StoredRecord {
    package var id: String
    package var name: String
    package var labels: [String: String]
    package var datasetID: String
    package var modelID: String
    package var state: JobState
    package var stopReason: StopReason?
    /// The spec as it was asked for.
    package var requested: JSON
    /// The spec with everything that was chosen or measured.
    package var resolved: JSON
    /// The job with the greater priority runs first.
    package var priority: Int
    /// Which try this is: rises after a crash, and when a failed job is resumed.
    package var attempt: Int
    /// Rises with every start on a worker.
    package var epoch: Int
    /// Crashes in a row without a new checkpoint.
    package var crashes: Int
    /// Steps done, as of the last block of metrics or checkpoint.
    package var step: Int
    package var samplesSeen: Int
    /// Time spent training, in all attempts together.
    package var trainingSeconds: Double
    /// Rises when points of the curves are deleted.
    package var metricsRevision: Int
    package var failure: JobFailure?
    /// How the training is going, as its worker last reported; `nil` before the first report.
    package var health: JSON?
    /// Rises with every change except progress.
    package var revision: Int
    package var createdAt: Timestamp
    package var startedAt: Timestamp?
    package var finishedAt: Timestamp?

    /// The claim of the worker that has the job now.
    package var claim: JobClaim { JobClaim(job: id, model: modelID, attempt: attempt, epoch: epoch) }

    static let table = "job"

    init(row: Row) throws {
        id = row["id"]
        name = row["name"]
        labels = try row.labels()
        datasetID = row["dataset_id"]
        modelID = row["model_id"]
        state = try row.named("state")
        stopReason = try row["stop_reason"] == nil ? nil : row.named("stop_reason")
        requested = try row.json("requested")
        resolved = try row.json("resolved")
        priority = row["priority"]
        attempt = row["attempt"]
        epoch = row["epoch"]
        crashes = row["crashes"]
        step = row["step"]
        samplesSeen = row["samples_seen"]
        trainingSeconds = row["training_seconds"]
        metricsRevision = row["metrics_revision"]
        failure = (row["error_code"] as String?).map {
            JobFailure(code: $0, detail: row["error_detail"] as String? ?? "")
        }
        health = try row.optionalJSON("health")
        revision = row["revision"]
        createdAt = row.timestamp("created_at")
        startedAt = row.optionalTimestamp("started_at")
        finishedAt = row.optionalTimestamp("finished_at")
    }
}

/// A job to be created.
package struct NewJob: Sendable {
    package var name: String
    package var labels: [String: String]
    package var datasetID: String
    package var requested: JSON
    package var resolved: JSON
    package var priority: Int
    /// The idempotency key of the request for it.
    package var key: String?

    package init(
        name: String, labels: [String: String] = [:], datasetID: String, requested: JSON, resolved: JSON,
        priority: Int = 0, key: String? = nil
    ) {
        self.key = key
        self.name = name
        self.labels = labels
        self.datasetID = datasetID
        self.requested = requested
        self.resolved = resolved
        self.priority = priority
    }
}

/// What a client may change of a job; `nil` leaves it.
package struct JobChanges: Sendable, Equatable {
    package var name: String?
    /// The labels that replace all present ones.
    package var labels: [String: String]?
    package var priority: Int?

    package init(name: String? = nil, labels: [String: String]? = nil, priority: Int? = nil) {
        self.name = name
        self.labels = labels
        self.priority = priority
    }
}
