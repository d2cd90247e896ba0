import Glibc

/// A file open for reading at any offset, closed with its last reference.
///
/// `Sendable`: it holds nothing that changes, and `pread(2)` moves no shared position.
package final class ReadableFile: Sendable {
    package let path: String
    /// The size of the file in bytes when it was opened.
    package let size: Int
    package let descriptor: Int32

    /// Opens a regular file.
    ///
    /// - Throws: `FileError`, including where `path` names a folder or a device.
    package init(path: String) throws {
        // O_NONBLOCK: opening a FIFO would otherwise wait for its writer; regular files ignore it.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError(operation: "open", path: path, code: errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let code = errno
            close(descriptor)
            throw FileError(operation: "examine", path: path, code: code)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FileError(operation: "read as a file", path: path, code: EINVAL)
        }
        self.path = path
        self.size = Int(status.st_size)
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Fills `buffer` with as many bytes as the file has from `offset` on.
    ///
    /// - Returns: how many bytes were read: fewer than the buffer holds only at the file's end.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
        var filled = 0
        while filled < buffer.count {
            let count = pread(
                descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled, off_t(offset + filled))
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError(operation: "read", path: path, code: errno)
            }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// Exactly `count` bytes from `offset` on.
    ///
    /// - Throws: `CodecError` of kind `truncated` where the file ends before.
    package func bytes(at offset: Int, count: Int) throws -> [UInt8] {
        let bytes = try prefix(count, at: offset)
        guard bytes.count == count else {
            throw CodecError(
                .truncated, "\(count) bytes were expected from byte \(offset) on, and \(bytes.count) are there")
        }
        return bytes
    }

    /// Reads at most `count` bytes from `offset` on; fewer at the file's end.
    package func prefix(_ count: Int, at offset: Int = 0) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
            initialised = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
        }
    }

    /// The whole file.
    ///
    /// - Parameter limit: the most bytes that the caller will hold.
    /// - Throws: `CodecError` of kind `tooLarge` beyond `limit`, before anything is read.
    package static func contents(of path: String, limit: Int) throws -> [UInt8] {
        let file = try ReadableFile(path: path)
        guard file.size <= limit else {
            throw CodecError(.tooLarge, "the file has \(file.size) bytes, and \(limit) are the most that is read")
        }
        return try file.bytes(at: 0, count: file.size)
    }
}
