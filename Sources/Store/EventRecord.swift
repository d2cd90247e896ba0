package import Codecs
import GRDB

/// What an event is about.
package enum EventKind: String, Sendable, CaseIterable {
    case state, health, checkpoint, repair
    /// What the spec had fixed on another machine and this one hasn't was chosen anew.
    case adaptation
}

/// Something that happened to a job, kept for later requests.
package struct EventRecord: Sendable, Equatable {
    /// A number that rises from event to event, across all jobs.
    package var sequence: Int64
    package var job: String
    package var kind: EventKind
    package var attempt: Int
    package var data: JSON
    package var createdAt: Timestamp
}

extension Store {
    /// A job's events after one of them, oldest first.
    package func events(of job: String, after sequence: Int64 = 0, limit: Int = 100) throws -> [EventRecord] {
        try read { database in
            _ = try Self.requireJob(database, job)
            return try Row.fetchAll(
                database,
                sql: "SELECT * FROM event WHERE job_id = ? AND sequence > ? ORDER BY sequence LIMIT ?",
                arguments: [job, sequence, min(max(limit, 1), 1000)]
            ).map { row in
                EventRecord(
                    sequence: row["sequence"], job: row["job_id"], kind: try row.named("kind"),
                    attempt: row["attempt"], data: try row.json("data"), createdAt: row.timestamp("created_at"))
            }
        }
    }

    func appendEvent(_ kind: EventKind, of job: String, attempt: Int, data: JSON, in database: Database) throws {
        try database.execute(
            sql: "INSERT INTO event (job_id, kind, attempt, data, created_at) VALUES (?, ?, ?, ?, ?)",
            arguments: [job, kind.rawValue, attempt, data.text, clock.now().microseconds])
    }
}
