import Codecs
import GRDB

extension Store {
    /// Accepts an upload: moves the file to its place and makes the dataset, in state `validating`.
    ///
    /// - Parameters:
    ///   - parameters: what else than the kind was asked for of its import, as text by name.
    ///   - upload: a file in the data folder's `tmp`; it is gone from there when this returns.
    ///   - bytes: its size.
    ///   - sha256: its digest, in hexadecimal.
    ///   - key: the idempotency key that this was asked for under.
    package func createDataset(
        name: String, requestedKind: String, parameters: [String: String] = [:], labels: [String: String] = [:],
        upload: String, bytes: Int, sha256: String, key: String? = nil
    ) throws -> DatasetRecord {
        let id = identifiers.next(.dataset)
        try StoreError.mapping {
            try FileTree.synchronise(file: upload)
            try FileTree.createFolder(folder.dataset(id))
            try FileTree.move(upload, to: folder.upload(of: id))
        }
        do {
            return try write { database in
                try insertDataset(
                    id, name: name, requestedKind: requestedKind, parameters: parameters, bytes: bytes, sha256: sha256,
                    in: database)
                try LabelTable.replace(labels, of: id, in: database)
                try Self.note(id, key: key, in: database)
                return try Self.requireDataset(database, id)
            }
        } catch {
            try? FileTree.remove(folder.dataset(id))
            throw error
        }
    }

    func insertDataset(
        _ id: String, name: String, requestedKind: String, parameters: [String: String], bytes: Int, sha256: String,
        in database: Database
    ) throws {
        try database.execute(
            sql: """
                INSERT INTO dataset (id, name, state, requested_kind, parameters, bytes, sha256, problems, problem_count,
                    revision, created_at) VALUES (?, ?, 'validating', ?, ?, ?, ?, '[]', 0, 1, ?)
                """,
            arguments: [
                id, name, requestedKind, JSON(texts: parameters).text, bytes, sha256, clock.now().microseconds,
            ])
    }

    /// Records the outcome of reading the upload, once: a dataset that isn't `validating` any more stays as it is.
    package func finishDataset(_ id: String, _ outcome: DatasetOutcome) throws -> DatasetRecord {
        try write(changing: [id]) { database in
            let current = try Self.requireDataset(database, id)
            guard current.state == .validating else { return current }
            switch outcome {
            case .ready(let kind, let items, let schema, let problems, let count):
                try database.execute(
                    sql: """
                        UPDATE dataset SET state = 'ready', kind = ?, items = ?, schema = ?, problems = ?,
                            problem_count = ?, revision = revision + 1 WHERE id = ?
                        """,
                    arguments: [kind, items, schema.text, Self.json(problems).text, count, id])
            case .invalid(let code, let problems, let count):
                try database.execute(
                    sql: """
                        UPDATE dataset SET state = 'invalid', error_code = ?, problems = ?, problem_count = ?,
                            revision = revision + 1 WHERE id = ?
                        """,
                    arguments: [code, Self.json(problems).text, count, id])
            }
            return try Self.requireDataset(database, id)
        }
    }

    /// Counts a start of reading the upload.
    ///
    /// - Returns: how often it has started, including this time: more than once where the process died while reading; `nil`
    ///   where it has been read.
    package func beginImport(of id: String) throws -> Int? {
        try write(changing: [id]) { database in
            guard try Self.requireDataset(database, id).state == .validating else { return nil }
            try database.execute(sql: "UPDATE dataset SET imports = imports + 1 WHERE id = ?", arguments: [id])
            return try Int.fetchOne(database, sql: "SELECT imports FROM dataset WHERE id = ?", arguments: [id])
        }
    }

    /// Takes back the count of an import that was interrupted in good order.
    package func takeBackImport(of id: String) throws {
        try write(changing: [id]) { database in
            try database.execute(sql: "UPDATE dataset SET imports = imports - 1 WHERE id = ?", arguments: [id])
        }
    }

    package func dataset(_ id: String) throws -> DatasetRecord {
        try read { try Self.requireDataset($0, id) }
    }

    package func datasets(_ filter: RecordFilter = RecordFilter(), page: PageRequest) throws -> Page<DatasetRecord> {
        try read { try DatasetRecord.fetchPage($0, filter: filter, request: page) }
    }

    /// Changes name or labels.
    ///
    /// - Parameter revision: throws `StoreError.stale` where given and not the newest.
    package func updateDataset(_ id: String, _ changes: RecordChanges, revision: Int? = nil) throws -> DatasetRecord {
        try write(changing: [id]) { database in
            try change("dataset", "dataset", id: id, changes: changes, revision: revision, in: database)
            return try Self.requireDataset(database, id)
        }
    }

    /// Removes a dataset with its files; models trained on it stay.
    ///
    /// - Throws: `StoreError.conflict` while a job that is queued, running or stopping uses it.
    package func deleteDataset(_ id: String) throws {
        try write(changing: [id]) { database in
            _ = try Self.requireDataset(database, id)
            let user = try String.fetchOne(
                database,
                sql: """
                    SELECT id FROM job WHERE dataset_id = ? AND state IN ('queued', 'running', 'stopping') LIMIT 1
                    """,
                arguments: [id])
            if let user {
                throw StoreError.conflict("dataset_in_use", "job \(user) uses the dataset; stop it first")
            }
            try LabelTable.remove(of: id, in: database)
            try database.execute(sql: "DELETE FROM dataset WHERE id = ?", arguments: [id])
        }
        try StoreError.mapping { try FileTree.remove(folder.dataset(id)) }
    }

    /// Datasets whose upload is still to be read, oldest first.
    package func validatingDatasets() throws -> [DatasetRecord] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT \(DatasetRecord.selection) FROM dataset WHERE state = 'validating' ORDER BY id"
            ).map(DatasetRecord.init(row:))
        }
    }

    static func requireDataset(_ database: Database, _ id: String) throws -> DatasetRecord {
        guard let record = try DatasetRecord.fetch(database, id: id) else { throw StoreError.notFound("dataset", id) }
        return record
    }

    private static func json(_ problems: [DatasetRecord.Problem]) -> JSON {
        .array(problems.prefix(100).map { ["item": .string($0.item), "detail": .string($0.detail)] })
    }
}
