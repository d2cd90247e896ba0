package import Codecs
import GRDB

/// Where a report on a model stands.
package enum ReportState: String, Sendable, CaseIterable {
    case queued, running, succeeded, failed, cancelled

    /// Whether it is being made, or will be.
    package var isLive: Bool { self == .queued || self == .running }
}

/// A report on a model's quality as the database knows it.
package struct ReportRecord: Sendable, Equatable, StoredRecord {
    package var id: String
    package var modelID: String
    /// What the model was trained on.
    package var datasetID: String
    package var state: ReportState
    /// The checkpoint as it was asked for: `best`, `latest` or a step.
    package var checkpoint: String
    /// The step that this was.
    package var step: Int
    /// Samples that it is made of.
    package var samples: Int
    package var seed: UInt64
    /// Of a table, the column that models are to foretell.
    package var target: String?
    /// Parts of the work that are done, as of its end, and that there are.
    package var done: Int
    package var total: Int
    /// How often making it has begun without coming to an end in good order.
    package var starts: Int
    /// Members of the finished report.
    package var result: JSON?
    package var failure: JobFailure?
    /// Rises with every change but progress.
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

/// A report to be made.
package struct NewReport: Sendable {
    package var modelID: String
    package var datasetID: String
    package var checkpoint: String
    package var step: Int
    package var samples: Int
    package var seed: UInt64
    /// Of a table, the column that models are to foretell.
    package var target: String?
    /// Parts of the work that it will be.
    package var total: Int
    /// The idempotency key that it was asked for under.
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

/// What making a report came to.
package enum ReportOutcome: Sendable, Equatable {
    /// The picture shows samples, as a PNG; `nil` where there is nothing to draw.
    case succeeded(result: JSON, step: Int, picture: [UInt8]?)
    case failed(JobFailure)
}
