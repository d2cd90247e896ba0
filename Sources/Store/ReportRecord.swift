package import Codecs
import GRDB

/// The state of a report on a model.
package enum ReportState: String, Sendable, CaseIterable {
    case queued, running, succeeded, failed, cancelled

    /// Whether it waits or is being made.
    package var isLive: Bool { self == .queued || self == .running }
}

/// A report on a model's quality, as the database knows it.
package struct ReportRecord: Sendable, Equatable, StoredRecord {
    package var id: String
    package var modelID: String
    /// The dataset that the model was trained on.
    package var datasetID: String
    package var state: ReportState
    /// The checkpoint as requested: `best`, `latest` or a step.
    package var checkpoint: String
    /// The step of that checkpoint.
    package var step: Int
    /// How many samples it is based on.
    package var samples: Int
    package var seed: UInt64
    /// The column that models are to predict, where the dataset is a table.
    package var target: String?
    /// How many parts of the work were done at its end, and how many there are.
    package var done: Int
    package var total: Int
    /// How often it has been started without ending in good order.
    package var starts: Int
    /// The members of the finished report.
    package var result: JSON?
    package var failure: JobFailure?
    /// Rises with every change except progress.
    package var revision: Int
    package var createdAt: Timestamp
    package var startedAt: Timestamp?
    package var finishedAt: Timestamp?

    static let table = "report"

    /// Reports have no labels.
    static let selection = "report.*"

    init(row: Row) throws {
        id = row["id"]
        modelID = row["model_id"]
        datasetID = row["dataset_id"]
        state = try row.named("state")
        checkpoint = row["checkpoint"]
        step = row["step"]
        samples = row["samples"]
        seed = UInt64(bitPattern: row["seed"])
        target = row["target"]
        done = row["done"]
        total = row["total"]
        starts = row["starts"]
        result = try row.optionalJSON("result")
        failure = (row["error_code"] as String?).map {
            JobFailure(code: $0, detail: row["error_detail"] as String? ?? "")
        }
        revision = row["revision"]
        createdAt = row.timestamp("created_at")
        startedAt = row.optionalTimestamp("started_at")
        finishedAt = row.optionalTimestamp("finished_at")
    }
}

/// A report to be queued.
package struct NewReport: Sendable {
    package var modelID: String
    package var datasetID: String
    package var checkpoint: String
    package var step: Int
    package var samples: Int
    package var seed: UInt64
    /// The column that models are to predict, where the dataset is a table.
    package var target: String?
    /// How many parts the work has.
    package var total: Int
    /// The idempotency key of the request for it.
    package var key: String?

    package init(
        modelID: String, datasetID: String, checkpoint: String, step: Int, samples: Int, seed: UInt64,
        target: String? = nil, total: Int, key: String? = nil
    ) {
        self.key = key
        self.modelID = modelID
        self.datasetID = datasetID
        self.checkpoint = checkpoint
        self.step = step
        self.samples = samples
        self.seed = seed
        self.target = target
        self.total = total
    }
}

/// The outcome of making a report.
package enum ReportOutcome: Sendable, Equatable {
    /// The picture is a PNG of samples; `nil` where there is nothing to draw.
    case succeeded(result: JSON, step: Int, picture: [UInt8]?)
    case failed(JobFailure)
}
