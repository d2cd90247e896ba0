import CMicroHTTPD
import Glibc

/// A reply in libmicrohttpd's form, made on any thread and queued on the connection's.
///
/// `@unchecked Sendable`: libmicrohttpd counts references to a reply under a lock of its own, and the request's id
/// changes only in `rename`, which only the one thread that has the reply may call.
final class NativeReply: @unchecked Sendable {
    let status: Int
    private let pointer: OpaquePointer
    private var requestID: String

    private init(status: Int, requestID: String, taking pointer: OpaquePointer) {
        self.status = status
        self.requestID = requestID
        self.pointer = pointer
    }

    deinit {
        cmhd_destroy(pointer)
    }

    /// - Returns: false if libmicrohttpd refuses; the connection should then be closed.
    func queue(on connection: ConnectionReference) -> Bool {
        cmhd_queue(connection.pointer, UInt32(status), pointer) == 1
    }

    /// Makes it the reply to another request; to be called only while no connection sends it and one thread has it.
    ///
    /// - Returns: false where memory is short; the reply can't be used then.
    func rename(_ requestID: String) -> Bool {
        guard requestID != self.requestID else { return true }
        defer { self.requestID = requestID }
        return cmhd_replace_header(pointer, Self.requestIDField, self.requestID, requestID) == 1
    }
}

extension NativeReply {
    /// Why a reply couldn't be made.
    struct Failure: Error {
        let description: String
    }

    private static let requestIDField = "X-Request-Id"

    /// - Parameters:
    ///   - requestID: becomes a header field.
    ///   - extra: header fields that the server adds.
    ///   - stream: makes the pump for a streamed body.
    /// - Throws: `Failure` where a file can't be opened or is too short, a header field isn't allowed, or memory is
    ///   short.
    convenience init(
        _ response: HTTPResponse, requestID: String, extra: [(String, String)],
        stream: (StreamPump.Source) -> StreamPump
    ) throws(Failure) {
        guard (200...599).contains(response.status) else {
            throw Failure(description: "\(response.status) isn't the status of a reply")
        }
        // A streamed body must not be begun where it isn't sent, for the reason given at `cmhd_response_bodiless`.
        let body: ResponseBody = response.status == 204 || response.status == 304 ? .empty : response.body
        guard let pointer = try Self.pointer(body, stream) else {
            throw Failure(description: "libmicrohttpd couldn't make the reply")
        }
        self.init(status: response.status, requestID: requestID, taking: pointer)
        for (name, value) in response.headers + [(Self.requestIDField, requestID)] + extra
        where cmhd_add_header(pointer, name, value) != 1 {
            throw Failure(description: "the header field \(name) has a name or value that isn't allowed")
        }
    }

    private static func pointer(
        _ body: ResponseBody, _ stream: (StreamPump.Source) -> StreamPump
    ) throws(Failure) -> OpaquePointer? {
        switch body {
        case .empty:
            return cmhd_response_copying(nil, 0)
        case .bytes(let bytes):
            return bytes.count <= 4096 ? copying(bytes) : borrowing(bytes)
        case .file(let path, let offset, let length):
            return try file(path, offset, length)
        case .stream(let source, let length):
            return pumping(stream(.made(source)), length)
        case .live(let source):
            return pumping(stream(.live(source)), nil)
        case .omitted(let length):
            return cmhd_response_bodiless(length.map(UInt64.init) ?? cmhd_length_unknown)
        }
    }

    private static func pumping(_ pump: StreamPump, _ length: Int?) -> OpaquePointer? {
        let pump = Unmanaged.passRetained(pump)
        let pointer = cmhd_response_stream(
            length.map(UInt64.init) ?? cmhd_length_unknown, 32 << 10,
            { source, _, buffer, capacity in
                guard let source, let buffer else { return cmhd_end_with_error }
                let pump = Unmanaged<StreamPump>.fromOpaque(source).takeUnretainedValue()
                return pump.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: capacity))
            },
            pump.toOpaque(),
            { source in
                if let source { Unmanaged<StreamPump>.fromOpaque(source).release() }
            })
        if pointer == nil { pump.release() }
        return pointer
    }

    private static func copying(_ bytes: [UInt8]) -> OpaquePointer? {
        bytes.withUnsafeBytes { cmhd_response_copying($0.baseAddress, $0.count) }
    }

    /// Keeps an array alive; its elements don't move as long as nobody changes it.
    private final class Borrowed: Sendable {
        let bytes: [UInt8]

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
        }
    }

    private static func borrowing(_ bytes: [UInt8]) -> OpaquePointer? {
        let owner = Unmanaged.passRetained(Borrowed(bytes))
        let pointer: OpaquePointer? = owner.takeUnretainedValue().bytes.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress else { return nil }
            return cmhd_response_borrowing(
                start, buffer.count,
                { owner in
                    if let owner { Unmanaged<Borrowed>.fromOpaque(owner).release() }
                }, owner.toOpaque())
        }
        if pointer == nil { owner.release() }
        return pointer
    }

    private static func file(_ path: String, _ offset: Int, _ length: Int) throws(Failure) -> OpaquePointer? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Failure(description: "\(path) can't be opened: \(String(cString: strerror(errno)))")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, offset >= 0, length >= 0, Int(status.st_size) - offset >= length else {
            close(descriptor)
            throw Failure(description: "\(path) hasn't \(length) bytes from \(offset) on")
        }
        // libmicrohttpd makes no reply from a file's range of 0 bytes.
        guard length > 0 else {
            close(descriptor)
            return cmhd_response_copying(nil, 0)
        }
        guard let pointer = cmhd_response_file(descriptor, UInt64(offset), UInt64(length)) else {
            close(descriptor)
            return nil
        }
        return pointer
    }
}
