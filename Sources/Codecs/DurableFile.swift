import Glibc

/// Files that exist completely after a crash, or not at all.
package enum DurableFile {
    /// Writes a file so that a reader, or a process started after a crash, sees all of it or what was there before.
    ///
    /// The bytes go to a sibling, which is synchronised and renamed over `path`; then the folder is synchronised.
    ///
    /// - Throws: `FileError`; the sibling is removed then.
    package static func write(_ bytes: some Collection<UInt8>, to path: String) throws {
        let writer = try DurableFileWriter(path: path)
        try writer.write(bytes)
        try writer.commit()
    }

    /// Makes the creations, renames and removals in a folder survive a crash (`fsync(2)`, notes on directories).
    package static func synchronise(folder: String) throws {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(operation: "open", path: folder, code: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileError(operation: "synchronise", path: folder, code: errno) }
    }

    /// The folder that holds `path`.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

/// A file that is being written beside its final place; `commit()` puts it there, and without that it is removed.
///
/// Not `Sendable`: one thread writes it.
package final class DurableFileWriter {
    private let path: String
    private let partialPath: String
    private var descriptor: Int32
    private var buffer: [UInt8] = []
    private static let bufferSize = 1 << 18

    /// Bytes written so far.
    package private(set) var size = 0

    /// Begins a file, overwriting what an attempt that ended in a crash may have left.
    package init(path: String) throws {
        self.path = path
        partialPath = path + ".partial"
        descriptor = open(partialPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard descriptor >= 0 else { throw FileError(operation: "create", path: partialPath, code: errno) }
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(partialPath)
    }

    package func write(_ bytes: some Collection<UInt8>) throws {
        let written: Void? = try bytes.withContiguousStorageIfAvailable { storage in
            try write(UnsafeRawBufferPointer(storage))
        }
        guard written == nil else { return }
        try Array(bytes).withUnsafeBytes { try write($0) }
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        size += bytes.count
        if buffer.count + bytes.count > Self.bufferSize { try flush() }
        if bytes.count >= Self.bufferSize {
            try writeThrough(bytes)
        } else {
            buffer.append(contentsOf: bytes)
        }
    }

    /// Synchronises the bytes, renames the file to its place and synchronises the folder.
    package func commit() throws {
        try flush()
        guard fsync(descriptor) == 0 else { throw FileError(operation: "synchronise", path: path, code: errno) }
        let closing = descriptor
        descriptor = -1
        // A network file system reports a failed write here (close(2), notes).
        guard close(closing) == 0 else {
            let code = errno
            unlink(partialPath)
            throw FileError(operation: "close", path: path, code: code)
        }
        guard rename(partialPath, path) == 0 else {
            let code = errno
            unlink(partialPath)
            throw FileError(operation: "rename", path: partialPath, code: code)
        }
        try DurableFile.synchronise(folder: DurableFile.folder(of: path))
    }

    private func flush() throws {
        guard !buffer.isEmpty else { return }
        try buffer.withUnsafeBytes { try writeThrough($0) }
        buffer.removeAll(keepingCapacity: true)
    }

    private func writeThrough(_ bytes: UnsafeRawBufferPointer) throws {
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError(operation: "write", path: path, code: errno)
            }
            done += count
        }
    }
}
