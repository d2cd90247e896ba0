package import Codecs
import GRDB

/// Figures of a model's quality at a step of its job.
package struct EvaluationRecord: Sendable, Equatable {
    package var step: Int
    /// Seconds since 1970, UTC.
    package var wallTime: Double
    package var samplesSeen: Int
    /// The figures by the names of their curves; `nil` where one wasn't finite.
    package var figures: [Figure]

    package struct Figure: Sendable, Equatable {
        package var name: String
        package var value: Float?

        package init(name: String, value: Float?) {
            self.name = name
            self.value = value
        }
    }

    package init(step: Int, wallTime: Timestamp, samplesSeen: Int, figures: [Figure]) {
        self.step = step
        self.wallTime = wallTime.seconds
        self.samplesSeen = samplesSeen
        self.figures = figures
    }

    init(row: Row) throws {
        step = row["step"]
        wallTime = row["wall_time"]
        samplesSeen = row["samples_seen"]
        figures = (try row.json("figures").object ?? []).map {
            Figure(name: $0.name, value: $0.value.number.map { Float($0) })
        }
    }
}

extension Store {
    /// Writes the figures that were measured at a step, replacing earlier ones of that step.
    ///
    /// - Throws: `StoreError`: `fenced`, `diskFull`, `database`.
    package func record(_ evaluation: EvaluationRecord, claim: JobClaim) throws {
        let figures = evaluation.figures.map { figure in
            let value = figure.value.flatMap { $0.isFinite ? $0 : nil }
            return JSON.Member(name: figure.name, value: value.map { .number(Double($0)) } ?? .null)
        }
        try write(changing: [claim.job]) { database in
            try requireClaim(claim, in: database)
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO evaluation (job_id, step, wall_time, samples_seen, figures)
                    VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [
                    claim.job, evaluation.step, evaluation.wallTime, evaluation.samplesSeen,
                    JSON.object(figures).text,
                ])
        }
    }

    /// Writes how the training is going.
    ///
    /// - Parameter isChange: whether the verdict differs from the previous one, which is an event.
    /// - Throws: `StoreError`: `fenced`, `diskFull`, `database`.
    package func record(health: JSON, isChange: Bool, claim: JobClaim) throws {
        try write(changing: [claim.job]) { database in
            try requireClaim(claim, in: database)
            try database.execute(
                sql: "UPDATE job SET health = ?, revision = revision + 1 WHERE id = ?",
                arguments: [health.text, claim.job])
            if isChange {
                try appendEvent(.health, of: claim.job, attempt: claim.attempt, data: health, in: database)
            }
        }
    }

    /// A job's evaluations from some step on, oldest first.
    ///
    /// - Parameter limit: how many; the newest ones where there are more.
    package func evaluations(of job: String, limit: Int) throws -> [EvaluationRecord] {
        try read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM evaluation WHERE job_id = ? ORDER BY step DESC LIMIT ?",
                arguments: [job, limit]
            ).map(EvaluationRecord.init(row:)).reversed()
        }
    }
}
