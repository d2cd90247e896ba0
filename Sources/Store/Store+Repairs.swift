package import Codecs
import GRDB

extension Store {
    /// Undoes what a running job did after a checkpoint and records why, in one transaction.
    ///
    /// Later points of its curves, evaluations and checkpoints are deleted, and the curves' revision rises.
    ///
    /// - Parameters:
    ///   - step: the step of the checkpoint to continue from; 0 starts again.
    ///   - resolved: the spec to continue with.
    ///   - data: the event's data.
    /// - Throws: `StoreError`: `fenced`, `notFound` where there is no such checkpoint, `diskFull`, `database`.
    package func rollBack(to step: Int, resolved: JSON, data: JSON, claim: JobClaim) throws {
        let dropped = try write(changing: [claim.job, claim.model]) { database in
            try requireClaim(claim, in: database)
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM checkpoint WHERE model_id = ? AND step = ?",
                arguments: [claim.model, step])
            let checkpoint = try row.map(CheckpointRecord.init(row:))
            if checkpoint == nil, step > 0 { throw StoreError.notFound("checkpoint", "\(step)") }
            _ = try removePoints(of: claim.job, after: step, in: database)
            try database.execute(
                sql: "DELETE FROM evaluation WHERE job_id = ? AND step > ?", arguments: [claim.job, step])
            let dropped = try Int.fetchAll(
                database, sql: "DELETE FROM checkpoint WHERE model_id = ? AND step > ? RETURNING step",
                arguments: [claim.model, step])
            try database.execute(
                sql: """
                    UPDATE job SET step = ?, samples_seen = ?, metrics_revision = metrics_revision + 1, resolved = ?,
                        revision = revision + 1 WHERE id = ?
                    """,
                arguments: [step, checkpoint?.samplesSeen ?? 0, resolved.text, claim.job])
            try database.execute(
                sql: "UPDATE model SET spec = ?, revision = revision + 1 WHERE id = ?",
                arguments: [resolved.text, claim.model])
            try appendEvent(.repair, of: claim.job, attempt: claim.attempt, data: data, in: database)
            return dropped
        }
        // The rows are gone; a folder that can't be removed now is an orphan, collected at the next start.
        for step in dropped { try? FileTree.remove(folder.checkpoint(of: claim.model, step: step)) }
    }

    /// How often a job has been repaired.
    package func repairCount(of job: String) throws -> Int {
        try read { database in
            try Int.fetchOne(
                database, sql: "SELECT count(*) FROM event WHERE job_id = ? AND kind = ?",
                arguments: [job, EventKind.repair.rawValue]) ?? 0
        }
    }
}
