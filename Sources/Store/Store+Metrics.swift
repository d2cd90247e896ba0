import FoundationEssentials
import GRDB

extension Store {
    /// A stored block is extended until it holds this many points, so that slow jobs don't leave a row for each point.
    static let pointsPerBlock = 256

    /// Appends points to a job's curves and writes the job's progress, in one transaction.
    ///
    /// - Parameter trainingSeconds: the time spent training, in all attempts together.
    /// - Throws: `StoreError`: `fenced`, `diskFull`, `database`; nothing is written then.
    package func appendMetrics(_ block: MetricBlock, trainingSeconds: Double, claim: JobClaim) throws {
        guard let first = block.steps.first, let last = block.steps.last, let samples = block.samplesSeen.last else {
            return
        }
        try write(changing: [claim.job, claim.model]) { database in
            try requireClaim(claim, in: database)
            try database.execute(
                sql: "UPDATE job SET step = ?, samples_seen = ?, training_seconds = ? WHERE id = ?",
                arguments: [last, samples, trainingSeconds, claim.job])
            if try topUp(block, claim: claim, in: database) { return }
            try database.execute(
                sql: """
                    INSERT INTO metric_block (job_id, first_step, last_step, points, attempt, names, data)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    claim.job, first, last, block.count, claim.attempt, block.joinedNames, block.encoded,
                ])
        }
    }

    /// Adds the points to the newest block, where that is small and has the same attempt and the same names.
    private func topUp(_ block: MetricBlock, claim: JobClaim, in database: Database) throws -> Bool {
        let row = try Row.fetchOne(
            database,
            sql: "SELECT rowid, * FROM metric_block WHERE job_id = ? ORDER BY first_step DESC LIMIT 1",
            arguments: [claim.job])
        guard let row, let first = block.steps.first, let last = block.steps.last else { return false }
        guard first > row["last_step"] as Int64 else {
            throw StoreError.conflict("points_out_of_order", "job \(claim.job) has points at step \(first) already")
        }
        guard row["points"] as Int + block.count <= Self.pointsPerBlock, row["attempt"] as Int == claim.attempt,
            row["names"] as String == block.joinedNames
        else { return false }
        var merged = try MetricBlock(names: block.names, data: row["data"])
        merged.append(block)
        try database.execute(
            sql: "UPDATE metric_block SET last_step = ?, points = ?, data = ? WHERE rowid = ?",
            arguments: [last, merged.count, merged.encoded, row["rowid"] as Int64])
        return true
    }

    /// Deletes a job's points after a step.
    ///
    /// - Returns: whether there were any.
    func removePoints(of job: String, after step: Int, in database: Database) throws -> Bool {
        let cut = try Row.fetchOne(
            database,
            sql: "SELECT rowid, * FROM metric_block WHERE job_id = ? AND first_step <= ? AND last_step > ?",
            arguments: [job, step, step])
        if let cut {
            var block = try MetricBlock(names: MetricBlock.names(joined: cut["names"]), data: cut["data"])
            block.keep(through: step)
            try database.execute(
                sql: "UPDATE metric_block SET last_step = ?, points = ?, data = ? WHERE rowid = ?",
                arguments: [block.steps.last, block.count, block.encoded, cut["rowid"] as Int64])
        }
        try database.execute(
            sql: "DELETE FROM metric_block WHERE job_id = ? AND first_step > ?", arguments: [job, step])
        return cut != nil || database.changesCount > 0
    }
}
