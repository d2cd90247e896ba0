import Codecs
import GRDB

extension Store {
    /// How long an upload is kept after its last part, in seconds.
    package static let uploadLifetime = 24.0 * 3600

    /// Begins an upload, of which no bytes have arrived yet.
    ///
    /// - Parameter limit: how many uploads may be in progress.
    /// - Returns: `nil` where that many are.
    package func createUpload(_ upload: NewUpload, limit: Int) throws -> UploadRecord? {
        let id = identifiers.next(.upload)
        let path = folder.resumable(id)
        try StoreError.mapping { try DurableFile.write([UInt8](), to: path) }
        do {
            let record: UploadRecord? = try write { database in
                let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM upload WHERE dataset_id IS NULL")
                guard count ?? 0 < limit else { return nil }
                let now = clock.now().microseconds
                try database.execute(
                    sql: """
                        INSERT INTO upload (id, name, requested_kind, parameters, metadata, length, created_at,
                            touched_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        id, upload.name ?? id, upload.requestedKind, JSON(texts: upload.parameters).text,
                        upload.metadata,
                        upload.length, now, now,
                    ])
                try Self.note(id, key: upload.key, in: database)
                return try Self.requireUpload(database, id)
            }
            if record == nil { try? FileTree.remove(path) }
            return record
        } catch {
            try? FileTree.remove(path)
            throw error
        }
    }

    package func upload(_ id: String) throws -> UploadRecord {
        try read { try Self.requireUpload($0, id) }
    }

    /// How many bytes of an upload have arrived.
    package func offset(of upload: UploadRecord) throws -> Int {
        guard upload.datasetID == nil else { return upload.length }
        return try StoreError.mapping { try FileTree.size(ofFile: folder.resumable(upload.id)) }
    }

    /// Bytes of all datasets' files, including those of uploads in progress.
    package func datasetBytes() throws -> Int {
        try read { database in
            let sql = """
                SELECT (SELECT coalesce(sum(bytes), 0) FROM dataset)
                    + (SELECT coalesce(sum(length), 0) FROM upload WHERE dataset_id IS NULL)
                """
            return try Int.fetchOne(database, sql: sql) ?? 0
        }
    }

    /// Notes that a part has arrived.
    package func touchUpload(_ id: String) throws {
        try write { database in
            try database.execute(
                sql: "UPDATE upload SET touched_at = ? WHERE id = ?", arguments: [clock.now().microseconds, id])
        }
    }

    /// Makes a dataset, in state `validating`, from an upload that is complete.
    ///
    /// Where that was done before, it returns that dataset.
    ///
    /// - Parameter sha256: the digest of all its bytes, in hexadecimal.
    package func completeUpload(_ id: String, sha256: String) throws -> DatasetRecord {
        let upload = try upload(id)
        if let dataset = upload.datasetID { return try self.dataset(dataset) }
        let new = identifiers.next(.dataset)
        try StoreError.mapping {
            try FileTree.synchronise(file: folder.resumable(id))
            try FileTree.createFolder(folder.dataset(new))
            // A second name rather than a move: until the row exists, the upload must still exist.
            try FileTree.link(folder.resumable(id), to: folder.upload(of: new))
        }
        do {
            let record = try write { database in
                try insertDataset(
                    new, name: upload.name, requestedKind: upload.requestedKind, parameters: upload.parameters,
                    bytes: upload.length, sha256: sha256, in: database)
                try database.execute(
                    sql: "UPDATE upload SET dataset_id = ?, touched_at = ? WHERE id = ?",
                    arguments: [new, clock.now().microseconds, id])
                return try Self.requireDataset(database, new)
            }
            // Its bytes are the dataset's now; a name that can't be removed is an orphan, collected at the next start.
            try? FileTree.remove(folder.resumable(id))
            return record
        } catch {
            try? FileTree.remove(folder.dataset(new))
            throw error
        }
    }

    /// Removes an upload; the dataset that it became stays.
    package func deleteUpload(_ id: String) throws {
        try write { database in
            _ = try Self.requireUpload(database, id)
            try database.execute(sql: "DELETE FROM upload WHERE id = ?", arguments: [id])
        }
        try StoreError.mapping { try FileTree.remove(folder.resumable(id)) }
    }

    /// Removes uploads that have received nothing for `uploadLifetime`.
    ///
    /// - Parameter isBusy: whether an upload is receiving a part right now.
    package func expireUploads(except isBusy: (String) -> Bool = { _ in false }) throws {
        let limit = clock.now().microseconds - Int64(Self.uploadLifetime * 1e6)
        let old = try read { database in
            try String.fetchAll(database, sql: "SELECT id FROM upload WHERE touched_at < ?", arguments: [limit])
        }
        for id in old where !isBusy(id) {
            do {
                try deleteUpload(id)
            } catch let error as StoreError where error.kind == .notFound {
                // Its client deleted it meanwhile.
            }
        }
    }

    /// Uploads that are complete but became no dataset, because the process died in between.
    package func finishedUploads() throws -> [UploadRecord] {
        let uploads = try read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM upload WHERE dataset_id IS NULL ORDER BY id")
                .map(UploadRecord.init(row:))
        }
        return try uploads.filter { try offset(of: $0) == $0.length }
    }

    private static func requireUpload(_ database: Database, _ id: String) throws -> UploadRecord {
        let row = try Row.fetchOne(database, sql: "SELECT * FROM upload WHERE id = ?", arguments: [id])
        guard let row else { throw StoreError.notFound("upload", id) }
        return try UploadRecord(row: row)
    }
}
