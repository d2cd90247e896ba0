package import Codecs
import GRDB

/// Whether a dataset can be trained on.
package enum DatasetState: String, Sendable, CaseIterable {
    /// The upload is being read.
    case validating
    case ready
    /// The upload is no dataset; the problems say why.
    case invalid
}

/// A dataset as the database knows it.
package struct DatasetRecord: Sendable, Equatable, StoredRecord {
    /// An item that couldn't be used, and why.
    package struct Problem: Sendable, Equatable {
        package var item: String
        package var detail: String

        package init(item: String, detail: String) {
            self.item = item
            self.detail = detail
        }
    }

    package var id: String
    package var name: String
    package var labels: [String: String]
    package var state: DatasetState
    /// The kind that the upload asked for; `auto` lets the bytes decide.
    package var requestedKind: String
    /// What else the upload asked for of its import, as text by name.
    package var parameters: [String: String]
    /// The actual kind; `nil` until it is known.
    package var kind: String?
    package var items: Int?
    /// The size of the upload in bytes.
    package var bytes: Int
    /// The digest of the upload, in hexadecimal.
    package var sha256: String
    package var schema: JSON?
    /// The first 100 problems.
    package var problems: [Problem]
    package var problemCount: Int
    /// Why the dataset is invalid, as a code for programs.
    package var errorCode: String?
    /// Rises with every change.
    package var revision: Int
    package var createdAt: Timestamp

    static let table = "dataset"

    init(row: Row) throws {
        id = row["id"]
        name = row["name"]
        labels = try row.labels()
        state = try row.named("state")
        requestedKind = row["requested_kind"]
        parameters = try row.texts("parameters")
        kind = row["kind"]
        items = row["items"]
        bytes = row["bytes"]
        sha256 = row["sha256"]
        schema = try row.optionalJSON("schema")
        problems = (try row.json("problems").array ?? []).map {
            Problem(item: $0["item"]?.string ?? "", detail: $0["detail"]?.string ?? "")
        }
        problemCount = row["problem_count"]
        errorCode = row["error_code"]
        revision = row["revision"]
        createdAt = row.timestamp("created_at")
    }
}

/// The outcome of reading an upload.
package enum DatasetOutcome: Sendable, Equatable {
    case ready(kind: String, items: Int, schema: JSON, problems: [DatasetRecord.Problem], problemCount: Int)
    case invalid(code: String, problems: [DatasetRecord.Problem], problemCount: Int)
}
