import Codecs
import GRDB
import Glibc

/// The space of the data folder's file system.
package struct StoreReadiness: Sendable, Equatable {
    /// Bytes that this user may still write to the data folder's file system.
    package var freeBytes: Int
    package var totalBytes: Int
}

extension Store {
    /// Writes a file and a row, durably, as an upload or a job would.
    ///
    /// - Throws: `StoreError`, which says what prevents it.
    package func probe() throws -> StoreReadiness {
        let path = temporaryPath("probe")
        try StoreError.mapping {
            try DurableFile.write([UInt8](repeating: 0x55, count: 4096), to: path)
            try FileTree.remove(path)
        }
        try write { database in
            try database.execute(
                sql: "INSERT INTO probe (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at",
                arguments: [clock.now().microseconds])
        }
        return try space()
    }

    /// The space of the data folder's file system.
    package func space() throws -> StoreReadiness {
        var status = statvfs()
        guard statvfs(folder.path, &status) == 0 else {
            throw StoreError(.file, code: "file", "could not look at \(folder.path): \(FileError.sentence(for: errno))")
        }
        let block = Int(clamping: status.f_frsize)
        return StoreReadiness(
            freeBytes: Int(clamping: status.f_bavail) * block, totalBytes: Int(clamping: status.f_blocks) * block)
    }

    /// What SQLite finds wrong with the database (sqlite.org/pragma.html, integrity_check and foreign_key_check); empty
    /// where it is intact.
    package func databaseFaults() throws -> [String] {
        try read { database in
            let faults = try String.fetchAll(database, sql: "PRAGMA integrity_check(100)").filter { $0 != "ok" }
            let strays = try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").map { row in
                "table \(row[0] as String) has a row that names none of \(row[2] as String)"
            }
            return faults + strays
        }
    }
}
