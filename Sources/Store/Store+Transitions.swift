package import Codecs
import GRDB

/// A change of a job's state, valid only for the state in which it was decided.
package struct JobTransition: Sendable, Equatable {
    package var job: String
    /// The state and epoch that the job must still have.
    package var from: JobState
    package var epoch: Int
    package var to: JobState
    /// The attempt from now on.
    package var attempt: Int
    /// Crashes in a row without a new checkpoint, from now on.
    package var crashes: Int
    package var stopReason: StopReason?
    package var failure: JobFailure?
    /// The spec from now on; `nil` leaves it.
    package var resolved: JSON?
    /// Further members of the event, besides the state.
    package var remarks: [JSON.Member]

    package init(
        job: String, from: JobState, epoch: Int, to: JobState, attempt: Int, crashes: Int,
        stopReason: StopReason? = nil, failure: JobFailure? = nil, resolved: JSON? = nil, remarks: [JSON.Member] = []
    ) {
        self.job = job
        self.from = from
        self.epoch = epoch
        self.to = to
        self.attempt = attempt
        self.crashes = crashes
        self.stopReason = stopReason
        self.failure = failure
        self.resolved = resolved
        self.remarks = remarks
    }
}

extension Store {
    /// Changes a job's state, and writes the event, in one transaction.
    ///
    /// A job that returns to `queued` returns to its last checkpoint: later points of its curves are deleted, and the
    /// curves' revision rises if there were any. One that becomes `running` gets a new epoch.
    ///
    /// - Throws: `StoreError.conflict` with code `job_changed` where the job has changed meanwhile.
    package func apply(_ transition: JobTransition) throws -> JobRecord {
        try write(changing: [transition.job]) { database in
            let job = try Self.requireJob(database, transition.job)
            guard job.state == transition.from, job.epoch == transition.epoch else {
                throw StoreError.conflict(
                    "job_changed", "job \(job.id) became \(job.state.rawValue) meanwhile; look at it again")
            }
            if transition.to == .queued { try rollBack(job, in: database) }
            let now = clock.now().microseconds
            let ends = !transition.to.isLive
            try database.execute(
                sql: """
                    UPDATE job SET state = :state, attempt = :attempt, crashes = :crashes, stop_reason = :stopReason,
                        error_code = :code, error_detail = :detail, resolved = coalesce(:resolved, resolved),
                        epoch = epoch + :claims, started_at = CASE WHEN :claims THEN coalesce(started_at, :now)
                        ELSE started_at END, finished_at = :finished, revision = revision + 1 WHERE id = :id
                    """,
                arguments: [
                    "state": transition.to.rawValue, "attempt": transition.attempt, "crashes": transition.crashes,
                    "stopReason": transition.stopReason?.rawValue, "code": transition.failure?.code,
                    "detail": transition.failure?.detail, "resolved": transition.resolved?.text,
                    "claims": transition.from == .queued && transition.to == .running, "now": now,
                    "finished": ends ? now : nil, "id": job.id,
                ])
            if let resolved = transition.resolved {
                try database.execute(
                    sql: "UPDATE model SET spec = ?, revision = revision + 1 WHERE id = ?",
                    arguments: [resolved.text, job.modelID])
            }
            var data: [JSON.Member] = [JSON.Member(name: "state", value: .string(transition.to.rawValue))]
            if let reason = transition.stopReason {
                data.append(JSON.Member(name: "stop_reason", value: .string(reason.rawValue)))
            }
            if let failure = transition.failure {
                let error: JSON = ["code": .string(failure.code), "detail": .string(failure.detail)]
                data.append(JSON.Member(name: "error", value: error))
            }
            try appendEvent(
                .state, of: job.id, attempt: transition.attempt, data: .object(data + transition.remarks),
                in: database)
            return try Self.requireJob(database, job.id)
        }
    }

    /// Undoes what a job did after its last checkpoint.
    private func rollBack(_ job: JobRecord, in database: Database) throws {
        let checkpoint = try CheckpointRecord.fetchLatest(database, model: job.modelID)
        let removed = try removePoints(of: job.id, after: checkpoint?.step ?? 0, in: database)
        try database.execute(
            sql: "DELETE FROM evaluation WHERE job_id = ? AND step > ?", arguments: [job.id, checkpoint?.step ?? 0])
        try database.execute(
            sql: """
                UPDATE job SET step = ?, samples_seen = ?, metrics_revision = metrics_revision + ? WHERE id = ?
                """,
            arguments: [checkpoint?.step ?? 0, checkpoint?.samplesSeen ?? 0, removed ? 1 : 0, job.id])
    }
}
