import Codecs
import GRDB

/// What the store refuses or could not do, with a sentence for the user.
package struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds that callers must distinguish.
    package enum Kind: Sendable, Equatable {
        /// Nothing with that identifier exists.
        case notFound
        /// The record's state doesn't allow it.
        case conflict
        /// The caller's revision isn't the newest.
        case stale
        /// The writer's claim on the job has ended.
        case fenced
        /// The page token isn't one of this list's.
        case invalidPageToken
        /// No space is left; what was there is intact.
        case diskFull
        /// Another process has the data folder open.
        case locked
        /// A newer version of the program wrote the data folder.
        case newerFormat
        /// SQLite failed.
        case database
        /// A file operation failed.
        case file
    }

    package let kind: Kind
    /// A code for programs, in `snake_case`.
    package let code: String
    /// The sentence.
    package let detail: String

    package init(_ kind: Kind, code: String, _ detail: String) {
        self.kind = kind
        self.code = code
        self.detail = detail
    }

    package var description: String { detail }

    static func notFound(_ what: String, _ id: String) -> StoreError {
        StoreError(.notFound, code: "not_found", "there is no \(what) \(id)")
    }

    static func conflict(_ code: String, _ detail: String) -> StoreError {
        StoreError(.conflict, code: code, detail)
    }

    static func stale(_ what: String, _ id: String) -> StoreError {
        StoreError(.stale, code: "stale", "the \(what) \(id) was changed since it was read")
    }

    static func fenced(_ claim: JobClaim) -> StoreError {
        StoreError(
            .fenced, code: "fenced",
            "attempt \(claim.attempt) of job \(claim.job) no longer holds the job, so nothing it writes is kept")
    }

    static func unreadable(_ detail: String) -> StoreError {
        StoreError(.database, code: "unreadable", detail)
    }

    /// Runs `body` and converts errors of SQLite and the file system into this type; other errors pass unchanged.
    static func mapping<T>(_ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let error as DatabaseError {
            if error.resultCode == .SQLITE_FULL { throw diskFull(error.description) }
            throw StoreError(.database, code: "database", "the database failed: \(error.description)")
        } catch let error as FileError {
            if error.isDiskFull { throw diskFull(error.description) }
            throw StoreError(.file, code: "file", error.description)
        } catch let error as JSONSyntaxError {
            throw unreadable("a record holds text that is not JSON: \(error.detail)")
        }
    }

    private static func diskFull(_ detail: String) -> StoreError {
        StoreError(.diskFull, code: "disk_full", "the disk is full: \(detail)")
    }
}
