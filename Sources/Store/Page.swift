import Codecs
import GRDB

/// One page of a list, newest first.
package struct Page<Item: Sendable>: Sendable {
    package var items: [Item]
    /// The token that requests the next page; `nil` on the last one.
    package var nextPageToken: String?
}

extension Page: Equatable where Item: Equatable {}

/// Which page of a list is wanted.
package struct PageRequest: Sendable {
    /// The most items on the page, 1…1000.
    package var limit: Int
    /// The token from the page before; `nil` requests the first.
    package var token: String?

    package init(limit: Int = 50, token: String? = nil) {
        self.limit = limit
        self.token = token
    }
}

/// Which records a list holds: those that have all these labels, and one of these states.
package struct RecordFilter: Sendable, Equatable {
    /// A label that a record must have, with this value.
    package struct Label: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Raw values of states; an empty list lets all pass.
    package var states: [String]
    package var labels: [Label]
    /// The model that the records belong to; `nil` lets all pass.
    package var model: String?

    package init(states: [String] = [], labels: [Label] = [], model: String? = nil) {
        self.states = states
        self.labels = labels
        self.model = model
    }
}

/// The place in a list after which a page begins.
///
/// It names the last item of the page before rather than a count, so that insertions and removals in between neither
/// repeat an item nor leave one out. It carries a digest of the list's filter: another list refuses it.
struct PageToken: Equatable {
    var last: String
    private let filter: String

    init(last: String, table: String, filter: RecordFilter) {
        self.last = last
        self.filter = Self.digest(table: table, filter: filter)
    }

    init(text: String, table: String, filter: RecordFilter) throws {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, parts[1] == Self.digest(table: table, filter: filter) else {
            throw StoreError(
                .invalidPageToken, code: "invalid_page_token",
                "the page token is not one that this list, with this filter, gave")
        }
        self.init(last: parts[0], table: table, filter: filter)
    }

    var text: String { "\(last).\(filter)" }

    private static func digest(table: String, filter: RecordFilter) -> String {
        let parts: [JSON] = [
            .string(table), .array(filter.states.map { .string($0) }),
            .array(filter.labels.flatMap { [.string($0.name), .string($0.value)] }),
            filter.model.map { .string($0) } ?? .null,
        ]
        return String(SHA256.hex(of: JSON.array(parts).bytes).prefix(16))
    }
}

/// A record that a list can hold.
protocol StoredRecord: Sendable {
    static var table: String { get }
    /// The columns of a query, `labels` among them.
    static var selection: String { get }
    var id: String { get }
    init(row: Row) throws
}

extension StoredRecord {
    static var selection: String { "\(table).*, \(labelsColumn)" }

    /// The record's labels as one JSON object.
    static var labelsColumn: String {
        "(SELECT json_group_object(name, value) FROM label WHERE owner = \(table).id) AS labels"
    }

    static func fetch(_ database: Database, id: String) throws -> Self? {
        // Cached, since parsing it takes longer than running it.
        let statement = try database.cachedStatement(sql: "SELECT \(selection) FROM \(table) WHERE id = ?")
        return try Row.fetchOne(statement, arguments: [id]).map(Self.init(row:))
    }

    static func fetchPage(_ database: Database, filter: RecordFilter, request: PageRequest) throws -> Page<Self> {
        var conditions: [String] = []
        var arguments: StatementArguments = []
        if !filter.states.isEmpty {
            conditions.append("state IN (\(filter.states.map { _ in "?" }.joined(separator: ", ")))")
            arguments += StatementArguments(filter.states)
        }
        for label in filter.labels {
            conditions.append("id IN (SELECT owner FROM label WHERE name = ? AND value = ?)")
            arguments += [label.name, label.value]
        }
        if let model = filter.model {
            conditions.append("model_id = ?")
            arguments += [model]
        }
        if let text = request.token {
            conditions.append("id < ?")
            arguments += [try PageToken(text: text, table: table, filter: filter).last]
        }
        let limit = min(max(request.limit, 1), 1000)
        let condition = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND "))"
        var items = try Row.fetchAll(
            database, sql: "SELECT \(selection) FROM \(table) \(condition) ORDER BY id DESC LIMIT \(limit + 1)",
            arguments: arguments
        ).map(Self.init(row:))
        guard items.count > limit else { return Page(items: items, nextPageToken: nil) }
        items.removeLast()
        return Page(
            items: items,
            nextPageToken: items.last.map { PageToken(last: $0.id, table: table, filter: filter).text })
    }
}
