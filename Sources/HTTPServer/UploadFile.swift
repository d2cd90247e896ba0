import Glibc
import Logging
import Synchronization

/// The part of a file system that uploads need; tests of a full disk replace it.
package struct UploadStorage: Sendable {
    /// Bytes that can still be written in a folder; nil where that isn't known.
    package var freeBytes: @Sendable (_ folder: String) -> Int?
    /// Writes as write(2) does.
    package var write: @Sendable (_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int

    package init(
        freeBytes: @escaping @Sendable (_ folder: String) -> Int?,
        write: @escaping @Sendable (_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int
    ) {
        self.freeBytes = freeBytes
        self.write = write
    }

    /// The real file system.
    package static let disk = UploadStorage(
        freeBytes: { folder in
            var status = statvfs()
            guard statvfs(folder, &status) == 0 else { return nil }
            return Int(
                clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
        },
        write: { descriptor, bytes in Glibc.write(descriptor, bytes.baseAddress, bytes.count) })
}

/// The file into which one upload goes.
///
/// It is used on queues only, where its calls may block.
final class UploadFile: BodySink {
    private enum State {
        case absent
        case open(Int32)
        case finished
        case removed
    }

    let keepsParts = false
    let path: String
    private let storage: UploadStorage
    private let logger: Logger
    private let state = Mutex(State.absent)
    private let size = Atomic<Int>(0)

    init(folder: String, name: String, storage: UploadStorage, logger: Logger) {
        path = folder + "/" + name
        self.storage = storage
        self.logger = logger
    }

    /// Appends bytes; the first call creates the file.
    ///
    /// - Throws: `HTTPProblem` with 507 where the disk is full, 500 for any other error; the file is then removed.
    func write(_ bytes: [UInt8]) throws(HTTPProblem) {
        size.wrappingAdd(bytes.count, ordering: .relaxed)
        try perform { (descriptor) throws(HTTPProblem) in try append(bytes, to: descriptor) }
    }

    /// Makes the file durable and closes it.
    ///
    /// - Throws: the same as `write`.
    func finish() throws(HTTPProblem) {
        try perform { (descriptor) throws(HTTPProblem) in
            guard fsync(descriptor) == 0 else { throw problem("fsync", errno) }
        }
        state.withLock { state in
            guard case .open(let descriptor) = state else { return }
            Glibc.close(descriptor)
            state = .finished
        }
    }

    var body: RequestBody { .file(path: path, size: size.load(ordering: .relaxed)) }

    /// Removes the file, unless it has been renamed.
    func close() {
        state.withLock { state in
            switch state {
            case .open(let descriptor):
                Glibc.close(descriptor)
                unlink(path)
            case .finished:
                unlink(path)
            case .absent, .removed:
                break
            }
            state = .removed
        }
    }

    private func perform(_ work: (Int32) throws(HTTPProblem) -> Void) throws(HTTPProblem) {
        do {
            try state.withLock { (state) throws(HTTPProblem) in
                if case .absent = state {
                    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
                    guard descriptor >= 0 else { throw problem("open", errno) }
                    state = .open(descriptor)
                }
                guard case .open(let descriptor) = state else { throw .internalError }
                try work(descriptor)
            }
        } catch {
            close()
            throw error
        }
    }

    private func append(_ bytes: [UInt8], to descriptor: Int32) throws(HTTPProblem) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                storage.write(descriptor, UnsafeRawBufferPointer(rebasing: buffer[written...]))
            }
            if count > 0 {
                written += count
            } else if count == 0 || errno != EINTR {
                throw problem("write", errno)
            }
        }
    }

    private func problem(_ operation: String, _ error: Int32) -> HTTPProblem {
        logger.error(
            "upload failed",
            metadata: ["operation": "\(operation)", "path": "\(path)", "error": "\(String(cString: strerror(error)))"])
        return error == ENOSPC || error == EDQUOT ? .storageFull : .internalError
    }
}
