import Codecs
import GRDB

extension Row {
    /// The JSON that a text column holds.
    func json(_ column: String) throws -> JSON {
        try JSON(parsing: (self[column] as String).utf8)
    }

    /// The JSON that a text column holds, where it holds any.
    func optionalJSON(_ column: String) throws -> JSON? {
        try (self[column] as String?).map { try JSON(parsing: $0.utf8) }
    }

    func timestamp(_ column: String) -> Timestamp {
        Timestamp(microseconds: self[column])
    }

    func optionalTimestamp(_ column: String) -> Timestamp? {
        (self[column] as Int64?).map(Timestamp.init(microseconds:))
    }

    /// A column whose text names a case.
    func named<Value: RawRepresentable>(_ column: String) throws -> Value where Value.RawValue == String {
        let text: String = self[column]
        guard let value = Value(rawValue: text) else {
            throw StoreError.unreadable("a record says \(column) \(text), which this program does not know")
        }
        return value
    }

    /// The record's labels, from the column that `StoredRecord.labelsColumn` selects.
    func labels() throws -> [String: String] { try texts("labels") }

    /// The object of texts that a column holds.
    func texts(_ column: String) throws -> [String: String] {
        let members = try json(column).object ?? []
        return Dictionary(members.map { ($0.name, $0.value.string ?? "") }) { first, _ in first }
    }
}

extension JSON {
    /// An object of texts, by name.
    init(texts: [String: String]) {
        self = .object(texts.sorted { $0.key < $1.key }.map { Member(name: $0.key, value: .string($0.value)) })
    }

    /// The text that a column holds.
    var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// What a client may change of a dataset or a model; `nil` leaves it.
package struct RecordChanges: Sendable, Equatable {
    package var name: String?
    /// The labels that replace all present ones.
    package var labels: [String: String]?

    package init(name: String? = nil, labels: [String: String]? = nil) {
        self.name = name
        self.labels = labels
    }
}

enum LabelTable {
    static func replace(_ labels: [String: String], of owner: String, in database: Database) throws {
        try remove(of: owner, in: database)
        for (name, value) in labels {
            try database.execute(
                sql: "INSERT INTO label (owner, name, value) VALUES (?, ?, ?)", arguments: [owner, name, value])
        }
    }

    static func remove(of owner: String, in database: Database) throws {
        try database.execute(sql: "DELETE FROM label WHERE owner = ?", arguments: [owner])
    }
}

extension Store {
    /// Changes name and labels of a record, if its revision is the one expected.
    func change(
        _ table: String, _ what: String, id: String, changes: RecordChanges, revision: Int?, in database: Database
    ) throws {
        guard
            let current = try Int.fetchOne(database, sql: "SELECT revision FROM \(table) WHERE id = ?", arguments: [id])
        else { throw StoreError.notFound(what, id) }
        guard revision == nil || revision == current else { throw StoreError.stale(what, id) }
        try database.execute(
            sql: "UPDATE \(table) SET name = coalesce(?, name), revision = revision + 1 WHERE id = ?",
            arguments: [changes.name, id])
        if let labels = changes.labels { try LabelTable.replace(labels, of: id, in: database) }
    }
}
