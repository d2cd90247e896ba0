package import Codecs
import FoundationEssentials
import GRDB
import Synchronization

/// A reply that is sent again when the same request comes again.
package struct KeptReply: Sendable, Equatable {
    package var status: Int
    /// The header fields' names and values.
    package var headers: [JSON.Member]
    package var body: [UInt8]

    package init(status: Int, headers: [JSON.Member], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// What is known about a request with an idempotency key.
package enum KeyedRequest: Sendable, Equatable {
    /// It is the first, and `keep` or `forget` must be called at its end.
    case first
    /// It was answered by this reply.
    case answered(KeptReply)
    /// It created this record, but its reply wasn't stored: the process died, or the disk was full.
    case made(String)
    /// The record that it created doesn't exist any more.
    case gone(String)
    /// It is still being processed.
    case underWay
    /// The key came with a different request before.
    case differentRequest
}

extension Store {
    /// How long keys are remembered, in seconds.
    package static let keyLifetime = 24.0 * 3600

    /// Looks up a key, and claims it for this request where it is new.
    ///
    /// - Parameter fingerprint: a digest that is the same for equal requests.
    package func begin(key: String, fingerprint: String) throws -> KeyedRequest {
        let current = keysUnderWay.withLock { keys in
            let current = keys[key]
            keys[key] = current ?? fingerprint
            return current
        }
        if let current { return current == fingerprint ? .underWay : .differentRequest }
        var isFirst = false
        defer { if !isFirst { release(key) } }
        let known = try lookUp(key, fingerprint: fingerprint)
        isFirst = known == .first
        return known
    }

    /// Says that a key's request isn't under way any more.
    private func release(_ key: String) {
        keysUnderWay.withLock { $0[key] = nil }
    }

    /// What the database knows of a key that no request under way has.
    private func lookUp(_ key: String, fingerprint: String) throws -> KeyedRequest {
        try write { database in
            let now = clock.now().microseconds
            try database.execute(
                sql: "DELETE FROM idempotency_key WHERE created_at < ? AND is_under_way = 0",
                arguments: [now - Int64(Self.keyLifetime * 1e6)])
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM idempotency_key WHERE key = ?", arguments: [key])
            let (subject, status): (String?, Int?) = (row?["subject"], row?["status"])
            // With neither it is that of a request that failed and couldn't be forgotten.
            guard let row, subject != nil || status != nil else {
                try database.execute(
                    sql: """
                        INSERT OR REPLACE INTO idempotency_key (key, fingerprint, is_under_way, created_at)
                        VALUES (?, ?, 1, ?)
                        """,
                    arguments: [key, fingerprint, now])
                return .first
            }
            guard row["fingerprint"] as String == fingerprint else { return .differentRequest }
            if let subject, try !Self.exists(subject, in: database) { return .gone(subject) }
            if let status, let body: Data = row["body"] {
                return .answered(
                    KeptReply(status: status, headers: try row.json("headers").object ?? [], body: [UInt8](body)))
            }
            return subject.map(KeyedRequest.made) ?? .underWay
        }
    }

    /// Whether the record that was created under a key still exists.
    private static func exists(_ id: String, in database: Database) throws -> Bool {
        let table =
            switch id.split(separator: "_").first {
            case "ds": "dataset"
            case "job": "job"
            case "upl": "upload"
            default: "report"
            }
        return try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM \(table) WHERE id = ?)", arguments: [id]) ?? false
    }

    /// Stores the reply to a key's request; where that fails, `forget` must be called.
    package func keep(_ reply: KeptReply, key: String) throws {
        try write { database in
            try database.execute(
                sql: """
                    UPDATE idempotency_key SET is_under_way = 0, status = ?, headers = ?, body = ? WHERE key = ?
                    """,
                arguments: [reply.status, JSON.object(reply.headers).text, Data(reply.body), key])
        }
        release(key)
    }

    /// Forgets a key whose request failed, so that it can be tried again, unless it has created a record all the same.
    ///
    /// It can be tried again where this throws, too.
    package func forget(key: String) throws {
        defer { release(key) }
        try write { database in
            try database.execute(
                sql: "DELETE FROM idempotency_key WHERE key = ? AND subject IS NULL", arguments: [key])
            try database.execute(sql: "UPDATE idempotency_key SET is_under_way = 0 WHERE key = ?", arguments: [key])
        }
    }

    /// Notes, in the transaction that creates a record, the key of the request.
    static func note(_ subject: String, key: String?, in database: Database) throws {
        guard let key else { return }
        try database.execute(
            sql: "UPDATE idempotency_key SET subject = ? WHERE key = ?", arguments: [subject, key])
    }

    /// Resolves requests that were in progress when the process died: those that created nothing can be tried again.
    func resolveInterruptedKeys() throws {
        try write { database in
            try database.execute(sql: "DELETE FROM idempotency_key WHERE is_under_way = 1 AND subject IS NULL")
            try database.execute(sql: "UPDATE idempotency_key SET is_under_way = 0 WHERE is_under_way = 1")
        }
    }
}
