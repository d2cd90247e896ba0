import Codecs
import Glibc
import HTTPServer
import Store
import Synchronization

/// One part of an upload on its way into the upload's file.
///
/// Without a checksum, what has come stays where the rest doesn't come; with one, a part is taken whole or not at all.
final class UploadPart: BodySink {
    private enum State {
        /// Nothing was done yet.
        case idle
        case open(Part)
        /// All of it is in the file.
        case finished
        case closed
    }

    private struct Part {
        /// -1 where nothing is missing of the upload.
        let descriptor: Int32
        /// Where the part begins in the file.
        let start: Int
        var size = 0
        let length: Int
        var hash: PartHash?
    }

    let keepsParts: Bool
    private let id: String
    private let headers: HTTPHeaders
    private let store: Store
    private let claims: UploadClaims
    private let state = Mutex(State.idle)
    private let hasClaim = Mutex(false)

    init(id: String, headers: HTTPHeaders, store: Store, claims: UploadClaims) {
        self.id = id
        self.headers = headers
        self.store = store
        self.claims = claims
        keepsParts = headers["Upload-Checksum"] == nil
    }

    func write(_ bytes: [UInt8]) throws(HTTPProblem) {
        try state.withLock { (state) throws(HTTPProblem) in
            var part = try open(state)
            state = .open(part)
            guard part.start + part.size + bytes.count <= part.length else {
                throw HTTPProblem(
                    status: 413, code: "part_too_large", title: "Content Too Large",
                    detail: "The upload has \(part.length) bytes, of which \(part.start) came before this part.")
            }
            part.hash?.update(bytes)
            try Self.append(bytes, to: part.descriptor)
            part.size += bytes.count
            state = .open(part)
        }
    }

    var body: RequestBody { .taken(by: self) }

    func finish() throws(HTTPProblem) {
        try state.withLock { (state) throws(HTTPProblem) in
            let part = try open(state)
            state = .open(part)
            if var hash = part.hash, !hash.isRight() {
                throw HTTPProblem(
                    status: 460, code: "checksum_mismatch", title: "Checksum Mismatch",
                    detail: "The part's digest isn't the one of Upload-Checksum; nothing of it was kept.")
            }
            if part.descriptor >= 0 {
                guard fsync(part.descriptor) == 0 else { throw Self.problem(errno) }
                Glibc.close(part.descriptor)
            }
            state = .finished
        }
    }

    func close() {
        state.withLock { state in
            if case .open(let part) = state, part.descriptor >= 0 {
                // A part with a checksum that didn't come to its end is as good as none.
                if part.hash != nil {
                    _ = ftruncate(part.descriptor, off_t(part.start))
                } else if part.size > 0 {
                    try? store.touchUpload(id)
                }
                Glibc.close(part.descriptor)
            }
            state = .closed
        }
        let hadClaim = hasClaim.withLock { hasClaim in
            defer { hasClaim = false }
            return hasClaim
        }
        if hadClaim { claims.release(id) }
    }

    /// Opens the file at the first call, once all is as the client thinks it is.
    private func open(_ state: State) throws(HTTPProblem) -> Part {
        switch state {
        case .open(let part): return part
        case .finished, .closed: throw Self.problem(EBADF)
        case .idle: break
        }
        try Tus.checkVersion(headers)
        let offset = try Tus.count("Upload-Offset", headers)
        let checksum = try UploadChecksum(headers["Upload-Checksum"])
        guard claims.claim(id) else {
            throw HTTPProblem(
                status: 423, code: "upload_locked", title: "Locked",
                detail: "Another request is sending a part of this upload.", headers: [("Retry-After", "1")])
        }
        hasClaim.withLock { $0 = true }
        let (upload, start) = try position()
        guard offset == start else {
            throw HTTPProblem(
                status: 409, code: "offset_mismatch", title: "Conflict",
                detail: "The part begins at \(offset), but \(start) bytes of the upload have come.",
                headers: [("Upload-Offset", String(start))])
        }
        guard upload.datasetID == nil else {
            // An empty part is the only one that fits.
            return Part(descriptor: -1, start: start, length: upload.length)
        }
        let descriptor = Glibc.open(store.folder.resumable(id), O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.problem(errno) }
        return Part(
            descriptor: descriptor, start: start, length: upload.length, hash: checksum.map(PartHash.init))
    }

    private func position() throws(HTTPProblem) -> (UploadRecord, Int) {
        do {
            let upload = try store.upload(id)
            return (upload, try store.offset(of: upload))
        } catch let error as StoreError where error.kind == .notFound {
            throw HTTPProblem(
                status: 404, code: "upload_not_found", title: "Not Found",
                detail: "There is no upload \(id); it may have expired.")
        } catch {
            throw Self.problem(EIO)
        }
    }

    private static func append(_ bytes: [UInt8], to descriptor: Int32) throws(HTTPProblem) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                written += count
            } else if count == 0 || errno != EINTR {
                throw problem(errno)
            }
        }
    }

    private static func problem(_ code: Int32) -> HTTPProblem {
        if code == ENOSPC || code == EDQUOT {
            return HTTPProblem(
                status: 507, code: "storage_full", title: "Insufficient Storage",
                detail: "The server's disk is full; what had come before this part is kept.")
        }
        return HTTPProblem(
            status: 500, code: "internal_error", title: "Internal Server Error",
            detail: "The part could not be written. The log has more under this request's id.")
    }
}

/// The digest of a part as it comes, and what it should be.
private struct PartHash {
    private enum Hash {
        case sha256(SHA256)
        case sha1(SHA1)
    }

    private var hash: Hash
    private let expected: [UInt8]

    init(_ checksum: UploadChecksum) {
        expected = checksum.digest
        hash =
            switch checksum.algorithm {
            case .sha256: .sha256(SHA256())
            case .sha1: .sha1(SHA1())
            }
    }

    mutating func update(_ bytes: [UInt8]) {
        switch hash {
        case .sha256(var sha256):
            sha256.update(bytes)
            hash = .sha256(sha256)
        case .sha1(var sha1):
            sha1.update(bytes)
            hash = .sha1(sha1)
        }
    }

    mutating func isRight() -> Bool {
        switch hash {
        case .sha256(var sha256): sha256.finalize() == expected
        case .sha1(var sha1): sha1.finalize() == expected
        }
    }
}
