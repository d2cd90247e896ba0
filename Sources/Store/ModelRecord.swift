package import Codecs
import GRDB

/// A model, which a job trains; it outlives the job.
package struct ModelRecord: Sendable, Equatable, StoredRecord {
    package var id: String
    package var name: String
    package var labels: [String: String]
    /// The job that trains it; `nil` once the job was deleted.
    package var jobID: String?
    package var datasetID: String
    /// The dataset's kind.
    package var kind: String
    /// The job's resolved spec.
    package var spec: JSON
    /// The step of the newest checkpoint; `nil` before the first.
    package var latestStep: Int?
    /// Rises with every change.
    package var revision: Int
    package var createdAt: Timestamp

    static let table = "model"

    static var selection: String {
        "model.*, (SELECT max(step) FROM checkpoint WHERE model_id = model.id) AS latest_step, \(labelsColumn)"
    }

    init(row: Row) throws {
        id = row["id"]
        name = row["name"]
        labels = try row.labels()
        jobID = row["job_id"]
        datasetID = row["dataset_id"]
        kind = row["kind"]
        spec = try row.json("spec")
        latestStep = row["latest_step"]
        revision = row["revision"]
        createdAt = row.timestamp("created_at")
    }
}

extension Store {
    package func model(_ id: String) throws -> ModelRecord {
        try read { try Self.requireModel($0, id) }
    }

    /// Models that have all these labels, newest first.
    package func models(labels: [RecordFilter.Label] = [], page: PageRequest) throws -> Page<ModelRecord> {
        try read { try ModelRecord.fetchPage($0, filter: RecordFilter(labels: labels), request: page) }
    }

    /// Changes name or labels.
    ///
    /// - Parameter revision: throws `StoreError.stale` where given and not the newest.
    package func updateModel(_ id: String, _ changes: RecordChanges, revision: Int? = nil) throws -> ModelRecord {
        try write(changing: [id]) { database in
            try change("model", "model", id: id, changes: changes, revision: revision, in: database)
            return try Self.requireModel(database, id)
        }
    }

    /// Removes a model with its checkpoints; its job, if it exists, can't be resumed any more.
    ///
    /// - Throws: `StoreError.conflict` while its job is queued, running or stopping.
    package func deleteModel(_ id: String) throws {
        try write(changing: [id]) { database in
            let model = try Self.requireModel(database, id)
            if let job = try model.jobID.flatMap({ try JobRecord.fetch(database, id: $0) }), job.state.isLive {
                throw StoreError.conflict(
                    "model_in_use", "job \(job.id), which is \(job.state.rawValue), trains the model; stop it first")
            }
            try Self.removeModel(id, in: database)
        }
        try StoreError.mapping { try FileTree.remove(folder.model(id)) }
    }

    static func requireModel(_ database: Database, _ id: String) throws -> ModelRecord {
        guard let record = try ModelRecord.fetch(database, id: id) else { throw StoreError.notFound("model", id) }
        return record
    }

    static func removeModel(_ id: String, in database: Database) throws {
        try LabelTable.remove(of: id, in: database)
        try database.execute(sql: "DELETE FROM model WHERE id = ?", arguments: [id])
    }
}
