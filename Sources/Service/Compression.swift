import Codecs
import HTTPServer
import Synchronization

/// Compresses replies of text for clients that take gzip (RFC 9110, section 8.4).
enum Compression {
    /// Shorter replies gain less than a packet.
    private static let minimum = 1400

    /// The reply, compressed where that is worth it and the client takes it.
    static func applied(to response: HTTPResponse, for request: HTTPRequest) -> HTTPResponse {
        guard isText(response.header("Content-Type")) else { return response }
        var compressed = response
        // Caches must keep both forms apart, also where this client gets the plain one.
        compressed.headers.append(("Vary", "Accept-Encoding"))
        guard takesGzip(request.headers["Accept-Encoding"]), let body = body(response.body) else { return compressed }
        compressed.body = body
        compressed.headers.append(("Content-Encoding", "gzip"))
        // What a strong tag promises, equal bytes, holds of one form alone (RFC 9110, section 8.8.3).
        compressed.headers = compressed.headers.map { name, value in
            name == "ETag" && !value.hasPrefix("W/") ? (name, "W/" + value) : (name, value)
        }
        return compressed
    }

    private static func body(_ body: ResponseBody) -> ResponseBody? {
        switch body {
        case .bytes(let bytes) where bytes.count >= minimum:
            guard let writer = try? GzipWriter(), let compressed = try? writer.compress(bytes, isLast: true) else {
                return nil
            }
            return .bytes(compressed)
        case .stream(let stream, _):
            return (try? CompressedStream(stream)).map { .stream($0, length: nil) }
        case .bytes, .empty, .file, .live, .omitted:
            return nil
        }
    }

    private static func isText(_ type: String?) -> Bool {
        guard let type = type?.split(separator: ";").first else { return false }
        return type.hasPrefix("text/") && type != "text/event-stream" || type.hasPrefix("application/json")
            || type == "application/problem+json" || type == "application/x-ndjson" || type == "image/svg+xml"
    }

    /// Whether a list of codings names gzip, or any, and doesn't refuse it (RFC 9110, section 12.5.3).
    static func takesGzip(_ field: String?) -> Bool {
        var weights: [String: Double] = [:]
        for coding in (field ?? "").split(separator: ",") {
            let parts = coding.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let name = parts.first else { continue }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 }
            weights[name] = quality ?? 1
        }
        return weights["gzip"] ?? weights["*"] ?? 0 > 0
    }
}

/// A stream's bytes, compressed as they are made.
private final class CompressedStream: ByteStream {
    private struct State {
        // Only within the lock, and so by one thread at a time.
        nonisolated(unsafe) let writer: GzipWriter
        var hasEnded = false
    }

    private let source: any ByteStream
    private let state: Mutex<State>

    init(_ source: any ByteStream) throws {
        self.source = source
        state = Mutex(State(writer: try GzipWriter()))
    }

    func next() throws -> [UInt8]? {
        if state.withLock({ $0.hasEnded }) { return nil }
        let bytes = try source.next()
        return try state.withLock { state in
            state.hasEnded = bytes == nil
            return try state.writer.compress(bytes ?? [], isLast: bytes == nil)
        }
    }
}
