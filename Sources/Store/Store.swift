import Codecs
import GRDB
import Glibc

/// The daemon's memory: one SQLite database and the files it speaks of, in one data folder.
///
/// What a call that writes returned for is durable: it survives the death of the process and of the machine. Files are
/// put in place, synchronised, before the row that names them is committed; the row is the commit point. All methods
/// block the calling thread and may be called from any.
package final class Store: Sendable {
    /// The folder, and where things are in it.
    package let folder: DataFolder
    let pool: DatabasePool
    let identifiers: IdentifierGenerator
    package let clock: WallClock
    /// Tells of every change of a dataset, job, model or report.
    package let changes = ChangeFeed()
    let summaries: CurveSummaries
    private let lock: FolderLock

    /// Opens a data folder, creating what is missing and emptying `tmp`.
    ///
    /// - Parameter curveSummaryLimit: stretches in which a long job's curves are summed up in memory.
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
            // GRDB sets NORMAL as it turns the log on, with which a power cut loses the newest commits
            // (sqlite.org/pragma.html#pragma_synchronous); an answered request must not be among them.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            try Migrations.migrate(pool)
            try DurableFile.synchronise(folder: folder.path)
            return (lock, pool)
        }
        identifiers = IdentifierGenerator(clock: clock)
        if let newest = try newestIdentifier() { identifiers.continue(after: newest) }
        try settleKeys()
    }

    /// Closes the database, folding the log into it, and lets another process have the folder.
    package func close() throws {
        try StoreError.mapping { try pool.close() }
        lock.release()
    }

    private static func configuration() -> Configuration {
        var configuration = Configuration()
        // One process has the folder; this is for a person with sqlite3 in a shell.
        configuration.busyMode = .timeout(10)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { database in
            // Keeps the log from staying as large as the longest reader once made it.
            try database.execute(sql: "PRAGMA journal_size_limit = 67108864")
        }
        return configuration
    }

    /// - Parameter changed: the records that the transaction changes, for those who wait for them.
    func write<T>(changing changed: [String] = [], _ body: (Database) throws -> T) throws -> T {
        let result = try StoreError.mapping { try pool.write(body) }
        changes.post(changed)
        return result
    }

    func read<T>(_ body: (Database) throws -> T) throws -> T {
        try StoreError.mapping { try pool.read(body) }
    }

    /// The newest identifier of all, without its prefix; new ones follow it even where the clock was set back.
    private func newestIdentifier() throws -> String? {
        try read { database in
            try ["dataset", "job", "model", "report", "upload"].compactMap { table in
                try String.fetchOne(database, sql: "SELECT max(id) FROM \(table)")
            }.compactMap { $0.split(separator: "_").last.map(String.init) }.max()
        }
    }
}
