package import Codecs
import FoundationEssentials
import GRDB

/// A reply that is given again to whoever asks the same again.
package struct KeptReply: Sendable, Equatable {
    package var status: Int
    /// Names and values.
    package var headers: [JSON.Member]
    package var body: [UInt8]

    package init(status: Int, headers: [JSON.Member], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// What is known of a request that came with a key.
package enum KeyedRequest: Sendable, Equatable {
    /// It is the first, and has to be told of by `keep` or `forget`.
    case first
    /// It was answered.
    case answered(KeptReply)
    /// It made this record, but the process died before the reply was kept.
    case made(String)
    /// What it made isn't there any more.
    case gone(String)
    /// It isn't answered yet.
    case underWay
    /// The key came with another request before.
    case another
}

extension Store {
    /// How long keys are kept, in seconds.
    package static let keyLifetime = 24.0 * 3600

    /// Looks a key up, and takes it for this request where it is new.
    ///
    /// - Parameter fingerprint: the same for equal requests.
    package func begin(key: String, fingerprint: String) throws -> KeyedRequest {
        try write { database in
            let now = clock.now().microseconds
            try database.execute(
                sql: "DELETE FROM idempotency_key WHERE created_at < ? AND is_under_way = 0",
                arguments: [now - Int64(Self.keyLifetime * 1e6)])
            guard
                let row = try Row.fetchOne(
                    database, sql: "SELECT * FROM idempotency_key WHERE key = ?", arguments: [key])
            else {
                try database.execute(
                    sql: "INSERT INTO idempotency_key (key, fingerprint, is_under_way, created_at) VALUES (?, ?, 1, ?)",
                    arguments: [key, fingerprint, now])
                return .first
            }
            guard row["fingerprint"] as String == fingerprint else { return .another }
            if row["is_under_way"] { return .underWay }
            let subject: String? = row["subject"]
            if let subject, try !Self.exists(subject, in: database) { return .gone(subject) }
            if let status: Int = row["status"], let body: Data = row["body"] {
                return .answered(
                    KeptReply(status: status, headers: try row.json("headers").object ?? [], body: [UInt8](body)))
            }
            return subject.map(KeyedRequest.made) ?? .underWay
        }
    }

    /// Whether a record that a key was noted with is still there.
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

    /// Keeps the reply to a key's request.
    package func keep(_ reply: KeptReply, key: String) throws {
        try write { database in
            try database.execute(
                sql: """
                    UPDATE idempotency_key SET is_under_way = 0, status = ?, headers = ?, body = ? WHERE key = ?
                    """,
                arguments: [reply.status, JSON.object(reply.headers).text, Data(reply.body), key])
        }
    }

    /// Lets go of a key whose request failed, so that it can be tried again; what it made after all stays known.
    package func forget(key: String) throws {
        try write { database in
            try database.execute(
                sql: "DELETE FROM idempotency_key WHERE key = ? AND subject IS NULL", arguments: [key])
            try database.execute(sql: "UPDATE idempotency_key SET is_under_way = 0 WHERE key = ?", arguments: [key])
        }
    }

    /// Notes, in the transaction that makes a record, under which key that was.
    static func note(_ subject: String, key: String?, in database: Database) throws {
        guard let key else { return }
        try database.execute(
            sql: "UPDATE idempotency_key SET subject = ? WHERE key = ?", arguments: [subject, key])
    }

    /// Settles what was under way when the process died: what made nothing can be tried again.
    func settleKeys() throws {
        try write { database in
            try database.execute(sql: "DELETE FROM idempotency_key WHERE is_under_way = 1 AND subject IS NULL")
            try database.execute(sql: "UPDATE idempotency_key SET is_under_way = 0 WHERE is_under_way = 1")
        }
    }
}
