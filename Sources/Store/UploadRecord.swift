import GRDB

/// An upload that comes in parts, as the database knows it.
package struct UploadRecord: Sendable, Equatable {
    package var id: String
    /// What its dataset will be called.
    package var name: String
    /// `auto` lets the bytes decide.
    package var requestedKind: String
    /// What the client said of it, to be told again as it was.
    package var metadata: String
    /// In bytes.
    package var length: Int
    /// The dataset that it became; `nil` until it is whole.
    package var datasetID: String?
    /// When a part came last.
    package var touchedAt: Timestamp

    init(row: Row) {
        id = row["id"]
        name = row["name"]
        requestedKind = row["requested_kind"]
        metadata = row["metadata"]
        length = row["length"]
        datasetID = row["dataset_id"]
        touchedAt = row.timestamp("touched_at")
    }
}

/// What an upload is begun with.
package struct NewUpload: Sendable {
    package var name: String
    package var requestedKind: String
    package var metadata: String
    package var length: Int
    /// The idempotency key that it was asked for under.
    package var key: String?

    package init(name: String, requestedKind: String, metadata: String, length: Int, key: String? = nil) {
        self.name = name
        self.requestedKind = requestedKind
        self.metadata = metadata
        self.length = length
        self.key = key
    }
}
