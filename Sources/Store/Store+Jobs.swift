package import Codecs
import GRDB

extension Store {
    /// Creates a queued job and the model that it will train.
    ///
    /// - Throws: `StoreError`: `notFound` or `conflict` where the dataset isn't there or isn't ready.
    package func createJob(_ job: NewJob) throws -> JobRecord {
        let id = identifiers.next(.job)
        let modelID = identifiers.next(.model)
        return try write { database in
            let dataset = try Self.requireDataset(database, job.datasetID)
            guard dataset.state == .ready, let kind = dataset.kind else {
                throw StoreError.conflict(
                    "dataset_not_ready",
                    "dataset \(dataset.id) is \(dataset.state.rawValue); a job needs one that is ready")
            }
            let now = clock.now().microseconds
            try database.execute(
                sql: """
                    INSERT INTO job (id, name, dataset_id, model_id, state, requested, resolved, priority, attempt,
                        epoch, crashes, step, samples_seen, training_seconds, metrics_revision, revision, created_at)
                    VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, 1, 0, 0, 0, 0, 0, 0, 1, ?)
                    """,
                arguments: [
                    id, job.name, job.datasetID, modelID, job.requested.text, job.resolved.text, job.priority, now,
                ])
            try database.execute(
                sql: """
                    INSERT INTO model (id, name, job_id, dataset_id, kind, spec, revision, created_at)
                    VALUES (?, ?, ?, ?, ?, ?, 1, ?)
                    """,
                arguments: [modelID, job.name, id, job.datasetID, kind, job.resolved.text, now])
            try LabelTable.replace(job.labels, of: id, in: database)
            try appendEvent(.state, of: id, attempt: 1, data: ["state": "queued"], in: database)
            try Self.note(id, key: job.key, in: database)
            return try Self.requireJob(database, id)
        }
    }

    package func job(_ id: String) throws -> JobRecord {
        try read { try Self.requireJob($0, id) }
    }

    package func jobs(_ filter: RecordFilter = RecordFilter(), page: PageRequest) throws -> Page<JobRecord> {
        try read { try JobRecord.fetchPage($0, filter: filter, request: page) }
    }

    /// How many jobs are in each state.
    package func jobCounts() throws -> [JobState: Int] {
        try read { database in
            var counts: [JobState: Int] = [:]
            for row in try Row.fetchAll(database, sql: "SELECT state, count(*) AS jobs FROM job GROUP BY state") {
                counts[try row.named("state")] = row["jobs"]
            }
            return counts
        }
    }

    /// Changes name, labels or priority.
    ///
    /// - Parameter revision: throws `StoreError.stale` where given and not the newest.
    package func updateJob(_ id: String, _ changes: JobChanges, revision: Int? = nil) throws -> JobRecord {
        try write(changing: [id]) { database in
            try change(
                "job", "job", id: id, changes: RecordChanges(name: changes.name, labels: changes.labels),
                revision: revision, in: database)
            if let priority = changes.priority {
                try database.execute(sql: "UPDATE job SET priority = ? WHERE id = ?", arguments: [priority, id])
            }
            return try Self.requireJob(database, id)
        }
    }

    /// The job that a free worker should take: the highest priority, then the oldest.
    package func nextQueuedJob() throws -> JobRecord? {
        try read { database in
            try Row.fetchOne(
                database,
                sql: """
                    SELECT \(JobRecord.selection) FROM job WHERE state = 'queued' ORDER BY priority DESC, id LIMIT 1
                    """
            ).map(JobRecord.init(row:))
        }
    }

    /// Jobs that a worker has, or had when the process died; oldest first.
    package func runningJobs() throws -> [JobRecord] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT \(JobRecord.selection) FROM job WHERE state IN ('running', 'stopping') ORDER BY id"
            ).map(JobRecord.init(row:))
        }
    }

    /// Writes the spec with what was measured at the first start, or chosen anew on another machine.
    ///
    /// - Parameter adaptation: what an event of that kind tells; `nil` for no event.
    package func fixResolved(_ resolved: JSON, adaptation: JSON? = nil, claim: JobClaim) throws {
        try write(changing: [claim.job, claim.model]) { database in
            try requireClaim(claim, in: database)
            try database.execute(
                sql: "UPDATE job SET resolved = ?, revision = revision + 1 WHERE id = ?",
                arguments: [resolved.text, claim.job])
            try database.execute(
                sql: "UPDATE model SET spec = ?, revision = revision + 1 WHERE id = ?",
                arguments: [resolved.text, claim.model])
            guard let adaptation else { return }
            try appendEvent(.adaptation, of: claim.job, attempt: claim.attempt, data: adaptation, in: database)
        }
    }

    /// Removes a job with its curves and events.
    ///
    /// - Parameter deletingModel: whether its model is removed too; otherwise the model stays, with all its
    ///   checkpoints.
    /// - Throws: `StoreError.conflict` while a worker has it.
    package func deleteJob(_ id: String, deletingModel: Bool) throws {
        let model = try write(changing: [id]) { database in
            let job = try Self.requireJob(database, id)
            guard !job.state.isRunning else {
                throw StoreError.conflict("job_running", "job \(id) is \(job.state.rawValue); stop it first")
            }
            try LabelTable.remove(of: id, in: database)
            try database.execute(sql: "DELETE FROM job WHERE id = ?", arguments: [id])
            if deletingModel { try Self.removeModel(job.modelID, in: database) }
            return job.modelID
        }
        if deletingModel { try StoreError.mapping { try FileTree.remove(folder.model(model)) } }
    }

    static func requireJob(_ database: Database, _ id: String) throws -> JobRecord {
        guard let record = try JobRecord.fetch(database, id: id) else { throw StoreError.notFound("job", id) }
        return record
    }

    /// Checks, within the transaction of a write, that the writer still holds the job.
    func requireClaim(_ claim: JobClaim, in database: Database) throws {
        let holds = try Bool.fetchOne(
            database,
            sql: "SELECT epoch = ? AND attempt = ? AND state IN ('running', 'stopping') FROM job WHERE id = ?",
            arguments: [claim.epoch, claim.attempt, claim.job])
        guard holds == true else { throw StoreError.fenced(claim) }
    }
}
