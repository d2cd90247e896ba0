package import Codecs
import GRDB

/// A model's weights at one step, with everything that is needed to continue training from there.
package struct CheckpointRecord: Sendable, Equatable {
    package var model: String
    package var step: Int
    /// The attempt that wrote it.
    package var attempt: Int
    package var samplesSeen: Int
    /// Time spent training up to here, in all attempts together.
    package var trainingSeconds: Double
    /// The size of its files together.
    package var bytes: Int
    /// How good its samples were: greater is better; `nil` where that wasn't measured.
    package var score: Double?
    /// The least score that can't be told from the highest up to here; `nil` before the first score.
    package var bar: Double?
    /// The contents of `manifest.json` in its folder.
    package var manifest: JSON
    package var createdAt: Timestamp

    init(row: Row) throws {
        model = row["model_id"]
        step = row["step"]
        attempt = row["attempt"]
        samplesSeen = row["samples_seen"]
        trainingSeconds = row["training_seconds"]
        bytes = row["bytes"]
        score = row["score"]
        bar = row["bar"]
        manifest = try row.json("manifest")
        createdAt = row.timestamp("created_at")
    }

    static func fetchLatest(_ database: Database, model: String) throws -> CheckpointRecord? {
        let statement = try database.cachedStatement(
            sql: "SELECT * FROM checkpoint WHERE model_id = ? ORDER BY step DESC LIMIT 1")
        return try Row.fetchOne(statement, arguments: [model]).map(CheckpointRecord.init(row:))
    }

    /// The newest checkpoint whose score can't be told from the highest; `nil` where none has a score.
    ///
    /// After a roll back those that set the bar, and those that reached it, may be gone: then the highest that is left.
    static func fetchBest(_ database: Database, model: String) throws -> CheckpointRecord? {
        let statement = try database.cachedStatement(
            sql: """
                SELECT * FROM checkpoint
                    WHERE model_id = ?1 AND score >= (SELECT min(max(\(CheckpointScore.bar)), max(score)) FROM checkpoint WHERE model_id = ?1)
                    ORDER BY step DESC LIMIT 1
                """)
        return try Row.fetchOne(statement, arguments: [model]).map(CheckpointRecord.init(row:))
    }
}

/// How good a checkpoint's samples are.
package struct CheckpointScore: Sendable, Equatable {
    /// Greater is better.
    package var value: Double
    /// The least score that can't be told from it, at most `value`.
    package var bar: Double

    /// - Parameter bar: `nil` where scores tell all that they are.
    package init(_ value: Double, bar: Double? = nil) {
        self.value = value
        self.bar = min(bar ?? value, value)
    }

    /// The bar in a row, in SQL: what was written before there were bars has none.
    static let bar = "coalesce(bar, score)"
}

/// A new checkpoint, whose files are in a folder in `tmp`.
package struct NewCheckpoint: Sendable {
    package var step: Int
    package var samplesSeen: Int
    package var trainingSeconds: Double
    /// The folder with its files, except `manifest.json`.
    package var folder: String
    package var manifest: JSON
    /// `nil` where it wasn't measured.
    package var score: CheckpointScore?
    /// How many of the newest checkpoints the model keeps, at least 1; the best one is kept in addition.
    package var keep: Int

    package init(
        step: Int, samplesSeen: Int, trainingSeconds: Double, folder: String, manifest: JSON, keep: Int,
        score: CheckpointScore? = nil
    ) {
        self.step = step
        self.samplesSeen = samplesSeen
        self.trainingSeconds = trainingSeconds
        self.folder = folder
        self.manifest = manifest
        self.score = score
        self.keep = keep
    }
}
