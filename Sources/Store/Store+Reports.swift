import FoundationEssentials
import GRDB

extension Store {
    /// Queues a report.
    ///
    /// - Parameter limit: how many may wait.
    /// - Returns: `nil` where that many wait already.
    /// - Throws: `StoreError` of kind `notFound` where the model is gone.
    package func createReport(_ report: NewReport, limit: Int) throws -> ReportRecord? {
        let id = identifiers.next(.report)
        return try write { database in
            _ = try Self.requireModel(database, report.modelID)
            let waiting = try Int.fetchOne(database, sql: "SELECT count(*) FROM report WHERE state = 'queued'")
            guard waiting ?? 0 < limit else { return nil }
            try database.execute(
                sql: """
                    INSERT INTO report (id, model_id, dataset_id, state, checkpoint, step, samples, seed, target, done,
                        total, starts, revision, created_at) VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?, 0, ?, 0, 1, ?)
                    """,
                arguments: [
                    id, report.modelID, report.datasetID, report.checkpoint, report.step, report.samples,
                    Int64(bitPattern: report.seed), report.target, report.total, clock.now().microseconds,
                ])
            try Self.note(id, key: report.key, in: database)
            return try Self.requireReport(database, id)
        }
    }

    package func report(_ id: String) throws -> ReportRecord {
        try read { try Self.requireReport($0, id) }
    }

    /// A model's reports, newest first.
    package func reports(of model: String, states: [String] = [], page: PageRequest) throws -> Page<ReportRecord> {
        try read { database in
            _ = try Self.requireModel(database, model)
            return try ReportRecord.fetchPage(
                database, filter: RecordFilter(states: states, model: model), request: page)
        }
    }

    /// The newest report on a model that has succeeded; `nil` where there is none.
    package func newestReport(of model: String) throws -> ReportRecord? {
        try read { database in
            _ = try Self.requireModel(database, model)
            return try Row.fetchOne(
                database,
                sql: """
                    SELECT \(ReportRecord.selection) FROM report WHERE model_id = ? AND state = 'succeeded'
                    ORDER BY id DESC LIMIT 1
                    """,
                arguments: [model]
            ).map(ReportRecord.init(row:))
        }
    }

    /// The PNG of a report's samples; `nil` where it has none.
    package func picture(ofReport id: String) throws -> [UInt8]? {
        try read { database in
            try Data.fetchOne(
                database, sql: "SELECT png FROM report_picture WHERE report_id = ?", arguments: [id]
            ).map { [UInt8]($0) }
        }
    }

    /// Returns reports to the queue that were being made when the process died.
    ///
    /// - Returns: all reports in the queue, oldest first.
    package func requeueReports() throws -> [ReportRecord] {
        try write { database in
            try database.execute(
                sql: "UPDATE report SET state = 'queued', revision = revision + 1 WHERE state = 'running'")
            return try Row.fetchAll(
                database,
                sql: "SELECT \(ReportRecord.selection) FROM report WHERE state = 'queued' ORDER BY id"
            ).map(ReportRecord.init(row:))
        }
    }

    /// Takes a report out of the queue, and counts the start.
    ///
    /// - Throws: `StoreError`: `notFound`, `conflict` where it isn't in the queue any more.
    package func beginReport(_ id: String) throws -> ReportRecord {
        try write(changing: [id]) { database in
            let report = try Self.requireReport(database, id)
            guard report.state == .queued else {
                throw StoreError.conflict("report_not_queued", "report \(id) is \(report.state.rawValue)")
            }
            try database.execute(
                sql: """
                    UPDATE report SET state = 'running', starts = starts + 1, started_at = coalesce(started_at, ?),
                        revision = revision + 1 WHERE id = ?
                    """,
                arguments: [clock.now().microseconds, id])
            return try Self.requireReport(database, id)
        }
    }

    /// Returns a report to the queue that was interrupted in good order, and takes back the count of its start.
    package func takeBackReport(_ id: String) throws {
        try write(changing: [id]) { database in
            try database.execute(
                sql: """
                    UPDATE report SET state = 'queued', starts = starts - 1, revision = revision + 1
                    WHERE id = ? AND state = 'running'
                    """,
                arguments: [id])
        }
    }

    /// Records the outcome of making a report; one that isn't being made any more stays as it is.
    ///
    /// - Parameter done: parts of the work that were done.
    package func finishReport(_ id: String, _ outcome: ReportOutcome, done: Int) throws {
        try write(changing: [id]) { database in
            guard try ReportRecord.fetch(database, id: id)?.state == .running else { return }
            let now = clock.now().microseconds
            switch outcome {
            case .succeeded(let result, let step, let picture):
                try database.execute(
                    sql: """
                        UPDATE report SET state = 'succeeded', result = ?, step = ?, done = total, finished_at = ?,
                            revision = revision + 1 WHERE id = ?
                        """,
                    arguments: [result.text, step, now, id])
                if let picture {
                    try database.execute(
                        sql: "INSERT INTO report_picture (report_id, png) VALUES (?, ?)",
                        arguments: [id, Data(picture)])
                }
            case .failed(let failure):
                try database.execute(
                    sql: """
                        UPDATE report SET state = 'failed', error_code = ?, error_detail = ?, done = min(?, total),
                            finished_at = ?, revision = revision + 1 WHERE id = ?
                        """,
                    arguments: [failure.code, failure.detail, done, now, id])
            }
        }
    }

    /// Cancels a report that waits or is being made, or removes one that has ended.
    ///
    /// - Parameters:
    ///   - revision: throws `StoreError.stale` where given and not the newest.
    ///   - done: parts of the work that were done.
    /// - Returns: the cancelled report; `nil` where it was removed.
    package func cancelOrDeleteReport(_ id: String, revision: Int? = nil, done: Int) throws -> ReportRecord? {
        try write(changing: [id]) { database in
            let report = try Self.requireReport(database, id)
            guard revision == nil || revision == report.revision else { throw StoreError.stale("report", id) }
            guard report.state.isLive else {
                try database.execute(sql: "DELETE FROM report WHERE id = ?", arguments: [id])
                return nil
            }
            try database.execute(
                sql: """
                    UPDATE report SET state = 'cancelled', done = min(?, total), finished_at = ?,
                        revision = revision + 1 WHERE id = ?
                    """,
                arguments: [done, clock.now().microseconds, id])
            return try Self.requireReport(database, id)
        }
    }

    private static func requireReport(_ database: Database, _ id: String) throws -> ReportRecord {
        guard let record = try ReportRecord.fetch(database, id: id) else { throw StoreError.notFound("report", id) }
        return record
    }
}
