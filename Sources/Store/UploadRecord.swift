import GRDB

/// An upload that comes in parts, as the database knows it.
package struct UploadRecord: Sendable, Equatable {
    package var id: String
    /// The name that its dataset will have.
    package var name: String
    /// The kind that the client asked for; `auto` lets the bytes decide.
    package var requestedKind: String
    /// What else the client asked for of its import, as text by name.
    package var parameters: [String: String]
    /// The client's Upload-Metadata, which is returned unchanged.
    package var metadata: String
    /// The size of the whole file in bytes.
    package var length: Int
    /// The dataset that it became; `nil` until it is complete.
    package var datasetID: String?
    /// When the last part arrived.
    package var touchedAt: Timestamp

    init(row: Row) throws {
        id = row["id"]
        name = row["name"]
        requestedKind = row["requested_kind"]
        parameters = try row.texts("parameters")
        metadata = row["metadata"]
        length = row["length"]
        datasetID = row["dataset_id"]
        touchedAt = row.timestamp("touched_at")
    }
}

/// An upload to be begun.
package struct NewUpload: Sendable {
    /// That of the dataset to be; nil for the upload's identifier.
    package var name: String?
    package var requestedKind: String
    package var parameters: [String: String]
    package var metadata: String
    package var length: Int
    /// The idempotency key of the request for it.
    package var key: String?

    package init(
        name: String?, requestedKind: String, parameters: [String: String] = [:], metadata: String, length: Int,
        key: String? = nil
    ) {
        self.name = name
        self.requestedKind = requestedKind
        self.parameters = parameters
        self.metadata = metadata
        self.length = length
        self.key = key
    }
}
