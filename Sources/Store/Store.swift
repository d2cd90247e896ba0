import Codecs
import GRDB
import Glibc
import Synchronization

/// The daemon's persistent state: one SQLite database and the files that it refers to, in one data folder.
///
/// Once a call that writes has returned, its effect is durable: it survives a crash of the process and of the machine.
/// Files are synchronised and in place before the row that names them is committed; the row is the commit point. All
/// methods block the calling thread and may be called from any thread.
package final class Store: Sendable {
    /// The folder and the paths within it.
    package let folder: DataFolder
    let pool: DatabasePool
    let identifiers: IdentifierGenerator
    package let clock: WallClock
    /// Notifies of every change of a dataset, job, model or report.
    package let changes = ChangeFeed()
    let summaries: CurveSummaries
    /// The idempotency keys of requests that aren't answered yet, with their fingerprints.
    let keysUnderWay = Mutex([String: String]())
    private let lock: FolderLock

    /// Opens a data folder, creating what is missing and emptying `tmp`.
    ///
    /// - Parameter curveSummaryLimit: how many stretches may summarise a long job's curves in memory.
    /// - Throws: `StoreError`: `locked` where another process has the folder open, `newerFormat` where a newer version
    ///   of this program wrote it, `diskFull`, `file`, `database`.
    package init(folder path: String, clock: WallClock = .system, curveSummaryLimit: Int = 65_536) throws {
        summaries = CurveSummaries(limit: curveSummaryLimit)
        let folder = DataFolder(path: path)
        self.folder = folder
        self.clock = clock
        (lock, pool) = try StoreError.mapping {
            try folder.create()
            let lock = try FolderLock(path: folder.lockFile)
            try folder.emptyTemporary()
            let pool = try DatabasePool(path: folder.databaseFile, configuration: Self.configuration())
            // GRDB sets NORMAL when it enables the write-ahead log; a power cut then loses the newest commits
            // (sqlite.org/pragma.html#pragma_synchronous), and a request that was answered must not be among them.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            try Migrations.migrate(pool)
            try DurableFile.synchronise(folder: folder.path)
            return (lock, pool)
        }
        identifiers = IdentifierGenerator(clock: clock)
        if let newest = try newestIdentifier() { identifiers.continue(after: newest) }
        try resolveInterruptedKeys()
    }

    /// Closes the database, merging the write-ahead log into it, and releases the folder for another process.
    package func close() throws {
        try StoreError.mapping { try pool.close() }
        lock.release()
    }

    private static func configuration() -> Configuration {
        var configuration = Configuration()
        // One process has the folder; the timeout is for a person with sqlite3 in a shell.
        configuration.busyMode = .timeout(10)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { database in
            // Keeps the log from staying as large as the slowest reader once made it.
            try database.execute(sql: "PRAGMA journal_size_limit = 67108864")
        }
        return configuration
    }

    /// - Parameter changed: identifiers of the records that the transaction changes, for those who wait for changes.
    func write<T>(changing changed: [String] = [], _ body: (Database) throws -> T) throws -> T {
        let result = try StoreError.mapping { try pool.write(body) }
        changes.post(changed)
        return result
    }

    func read<T>(_ body: (Database) throws -> T) throws -> T {
        try StoreError.mapping { try pool.read(body) }
    }

    /// The newest identifier of all, without its prefix; new ones come after it even where the clock was set back.
    private func newestIdentifier() throws -> String? {
        try read { database in
            try ["dataset", "job", "model", "report", "upload"].compactMap { table in
                try String.fetchOne(database, sql: "SELECT max(id) FROM \(table)")
            }.compactMap { $0.split(separator: "_").last.map(String.init) }.max()
        }
    }
}
