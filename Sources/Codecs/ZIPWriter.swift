import Glibc

/// A ZIP archive that is written entry by entry to a file, or to anything else that a path names.
///
/// Not `Sendable`: one thread writes it.
package final class ZIPWriter {
    private let path: String
    /// Nil once it is closed.
    private var file: UnsafeMutablePointer<FILE>?
    private var list = ZIPList()

    /// Opens the file `path`, replacing what is there.
    ///
    /// - Throws: `FileError`, for example where the folder doesn't exist.
    package init(path: String) throws(FileError) {
        self.path = path
        file = fopen(path, "wb")
        if file == nil { throw FileError(operation: "create", path: path, code: errno) }
    }

    deinit {
        if let file { fclose(file) }
    }

    /// Adds a file with a relative name such as `3/000013.png`.
    package func add(name: String, bytes: [UInt8]) throws(FileError) {
        var record: [UInt8] = []
        list.add(ZIPEntry(name: name, bytes, appendedTo: &record))
        try write(record)
    }

    /// Writes the list of entries and closes the file; nothing can be added afterwards.
    package func finish() throws(FileError) {
        guard let file else { return }
        try write(list.bytes)
        self.file = nil
        // fclose writes what is buffered, so a full disk may only show there.
        guard fclose(file) == 0 else { throw FileError(operation: "write", path: path, code: errno) }
    }

    private func write(_ bytes: [UInt8]) throws(FileError) {
        precondition(file != nil, "the archive is finished")
        guard let file, fwrite(bytes, 1, bytes.count, file) == bytes.count else {
            throw FileError(operation: "write", path: path, code: errno)
        }
    }
}
