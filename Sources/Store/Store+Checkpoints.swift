import Codecs
import GRDB
import Glibc

extension Store {
    /// A path for a new file or folder in `tmp`.
    package func temporaryPath(_ purpose: String) -> String {
        "\(folder.temporary)/\(purpose)-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
    }

    /// Puts a checkpoint in place and commits it; then removes those that the model doesn't keep.
    ///
    /// Unless this returns, nothing of the checkpoint is visible, and the earlier ones are untouched.
    ///
    /// - Throws: `StoreError`: `fenced`, `diskFull`, `file`, `database`.
    @discardableResult
    package func commit(_ checkpoint: NewCheckpoint, claim: JobClaim) throws -> CheckpointRecord {
        let place = folder.checkpoint(of: claim.model, step: checkpoint.step)
        let bytes = try StoreError.mapping { try synchronise(checkpoint) }
        try read { database in
            try requireClaim(claim, in: database)
            let exists = try Bool.fetchOne(
                database, sql: "SELECT count(*) > 0 FROM checkpoint WHERE model_id = ? AND step = ?",
                arguments: [claim.model, checkpoint.step])
            if exists == true {
                throw StoreError.conflict("checkpoint_exists", "there is a checkpoint at step \(checkpoint.step)")
            }
        }
        try StoreError.mapping {
            try FileTree.createFolder(folder.model(claim.model))
            // A crash between the rename and the row may have left this.
            try FileTree.remove(place)
            try FileTree.move(checkpoint.folder, to: place)
        }
        do {
            let (record, dropped) = try write(changing: [claim.job, claim.model]) { database in
                try insert(checkpoint, bytes: bytes, claim: claim, in: database)
            }
            // The rows are gone; a folder that can't be removed now is an orphan, collected at the next start.
            for step in dropped { try? FileTree.remove(folder.checkpoint(of: claim.model, step: step)) }
            return record
        } catch {
            try? FileTree.remove(place)
            throw error
        }
    }

    /// Makes the files durable, the manifest last.
    ///
    /// - Returns: their size together.
    private func synchronise(_ checkpoint: NewCheckpoint) throws -> Int {
        var bytes = 0
        for name in try FileTree.names(in: checkpoint.folder) {
            try FileTree.synchronise(file: "\(checkpoint.folder)/\(name)")
            bytes += try FileTree.size(ofFile: "\(checkpoint.folder)/\(name)")
        }
        let manifest = checkpoint.manifest.bytes
        try DurableFile.write(manifest, to: "\(checkpoint.folder)/manifest.json")
        return bytes + manifest.count
    }

    private func insert(
        _ checkpoint: NewCheckpoint, bytes: Int, claim: JobClaim, in database: Database
    ) throws -> (CheckpointRecord, dropped: [Int]) {
        try requireClaim(claim, in: database)
        try database.execute(
            sql: """
                INSERT INTO checkpoint (model_id, step, attempt, samples_seen, training_seconds, bytes, manifest, score,
                    bar, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                claim.model, checkpoint.step, claim.attempt, checkpoint.samplesSeen, checkpoint.trainingSeconds, bytes,
                checkpoint.manifest.text, checkpoint.score?.value, checkpoint.score?.bar, clock.now().microseconds,
            ])
        // The newest row has the highest bar there was, since the checkpoint that set it may not be kept.
        try database.execute(
            sql: """
                UPDATE checkpoint SET bar = (SELECT max(\(CheckpointScore.bar)) FROM checkpoint WHERE model_id = ?1)
                    WHERE model_id = ?1 AND step = ?2
                """,
            arguments: [claim.model, checkpoint.step])
        try database.execute(
            sql: """
                UPDATE job SET crashes = 0, step = ?, samples_seen = ?, training_seconds = ?, revision = revision + 1
                WHERE id = ?
                """,
            arguments: [checkpoint.step, checkpoint.samplesSeen, checkpoint.trainingSeconds, claim.job])
        try database.execute(
            sql: "UPDATE model SET revision = revision + 1 WHERE id = ?", arguments: [claim.model])
        try appendEvent(
            .checkpoint, of: claim.job, attempt: claim.attempt,
            data: [
                "step": .integer(Int64(checkpoint.step)), "bytes": .integer(Int64(bytes)),
                "score": checkpoint.score.map { .number($0.value) } ?? .null,
            ], in: database)
        let best = try CheckpointRecord.fetchBest(database, model: claim.model)
        let dropped = try Int.fetchAll(
            database,
            sql: """
                SELECT step FROM (SELECT step FROM checkpoint WHERE model_id = ? ORDER BY step DESC LIMIT -1 OFFSET ?)
                    WHERE step IS NOT ?
                """,
            arguments: [claim.model, max(1, checkpoint.keep), best?.step])
        for step in dropped {
            try database.execute(
                sql: "DELETE FROM checkpoint WHERE model_id = ? AND step = ?", arguments: [claim.model, step])
        }
        guard let record = try CheckpointRecord.fetchLatest(database, model: claim.model) else {
            throw StoreError.notFound("checkpoint of model", claim.model)
        }
        return (record, dropped)
    }

    /// A model's checkpoints, newest first.
    package func checkpoints(of model: String) throws -> [CheckpointRecord] {
        try read { database in
            _ = try Self.requireModel(database, model)
            return try Row.fetchAll(
                database, sql: "SELECT * FROM checkpoint WHERE model_id = ? ORDER BY step DESC", arguments: [model]
            ).map(CheckpointRecord.init(row:))
        }
    }

    /// The newest checkpoint; `nil` before the first.
    package func latestCheckpoint(of model: String) throws -> CheckpointRecord? {
        try read { database in
            _ = try Self.requireModel(database, model)
            return try CheckpointRecord.fetchLatest(database, model: model)
        }
    }

    /// The newest checkpoint whose score can't be told from the highest, or the newest of all where none has a score; `nil` before
    /// the first.
    package func bestCheckpoint(of model: String) throws -> CheckpointRecord? {
        try read { database in
            _ = try Self.requireModel(database, model)
            return try CheckpointRecord.fetchBest(database, model: model)
                ?? CheckpointRecord.fetchLatest(database, model: model)
        }
    }

    package func checkpoint(of model: String, step: Int) throws -> CheckpointRecord {
        try read { database in
            _ = try Self.requireModel(database, model)
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM checkpoint WHERE model_id = ? AND step = ?", arguments: [model, step])
            guard let row else {
                throw StoreError(
                    .notFound, code: "checkpoint_not_found", "model \(model) has no checkpoint at step \(step)")
            }
            return try CheckpointRecord(row: row)
        }
    }

    /// The files of a checkpoint: name and size, sorted by name.
    package func files(of checkpoint: CheckpointRecord) throws -> [(name: String, bytes: Int)] {
        let place = folder.checkpoint(of: checkpoint.model, step: checkpoint.step)
        return try StoreError.mapping {
            try FileTree.names(in: place).map { ($0, try FileTree.size(ofFile: "\(place)/\($0)")) }
        }
    }

    /// The path of one of a checkpoint's files.
    ///
    /// - Throws: `StoreError.notFound` where it has no file of that name: the name is compared before it becomes a
    ///   path.
    package func path(ofFile name: String, in checkpoint: CheckpointRecord) throws -> String {
        guard try files(of: checkpoint).contains(where: { $0.name == name }) else {
            throw StoreError.notFound("checkpoint file", name)
        }
        return "\(folder.checkpoint(of: checkpoint.model, step: checkpoint.step))/\(name)"
    }

    /// Removes folders that no row names, which a crash between a file operation and its row has left.
    ///
    /// Call it before work begins, since a checkpoint that is being put in place has no row yet.
    ///
    /// - Returns: the paths that were removed.
    package func removeOrphans() throws -> [String] {
        let orphans = try orphans()
        try StoreError.mapping {
            for orphan in orphans { try FileTree.remove(orphan) }
        }
        return orphans
    }

    /// The paths of folders and uploads that no row names.
    package func orphans() throws -> [String] {
        let (datasets, models, checkpoints, uploads) = try read { database in
            (
                try Set(String.fetchAll(database, sql: "SELECT id FROM dataset")),
                try Set(String.fetchAll(database, sql: "SELECT id FROM model")),
                try Set(String.fetchAll(database, sql: "SELECT model_id || '/' || step FROM checkpoint")),
                try Set(String.fetchAll(database, sql: "SELECT id FROM upload WHERE dataset_id IS NULL"))
            )
        }
        return try StoreError.mapping {
            var orphans = try FileTree.names(in: folder.datasets).filter { !datasets.contains($0) }
                .map(folder.dataset(_:))
            for model in try FileTree.names(in: folder.models) {
                guard models.contains(model) else {
                    orphans.append(folder.model(model))
                    continue
                }
                orphans += try FileTree.names(in: folder.model(model))
                    .filter { !checkpoints.contains("\(model)/\($0)") }.map { "\(folder.model(model))/\($0)" }
            }
            orphans += try FileTree.names(in: folder.uploads).filter { !uploads.contains($0) }
                .map(folder.resumable(_:))
            return orphans
        }
    }
}
