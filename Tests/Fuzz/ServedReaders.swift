import Glibc
import HTTPServer
import Logging
import TestSupport

/// What is read as it comes from a socket: a request's head and framing, and forms, both by libmicrohttpd with our filter.
///
/// The client sends bytes and closes its half; the server may answer or not, but never with a fault of its own (5xx).
enum ServedReaders {
    static func request(_ bytes: [UInt8]) {
        exchange(bytes)
    }

    /// The bytes are the body of a form with the boundary "bb".
    static func multipart(_ bytes: [UInt8]) {
        let head =
            "POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=bb\r\n"
            + "Content-Length: \(bytes.count)\r\n\r\n"
        exchange(Array(head.utf8) + bytes)
    }

    private static let server: HTTPServer = {
        do {
            var configuration = ServerConfiguration(port: 0, threads: 1, handlerThreads: 1)
            configuration.discardLimit = 1 << 12
            // A client's end that libmicrohttpd misses, since it came with the last bytes, holds up each request so long.
            configuration.reaperInterval = .milliseconds(1)
            let server = HTTPServer(
                configuration: configuration, router: router(FuzzFolder.shared.path),
                logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() })
            try server.start()
            return server
        } catch {
            fatalError("no server: \(error)")
        }
    }()

    private static func router(_ folder: String) -> Router {
        let routes = [
            Route(.get, "/", execution: .inline) { _ in HTTPResponse(type: "text/plain", bytes: Array("here".utf8)) },
            Route(.post, "/json", body: .json(maximum: 1 << 12)) { request in
                guard case .bytes(let bytes) = request.body else { return HTTPResponse(status: 204) }
                return HTTPResponse(type: "application/json", bytes: bytes)
            },
            Route(.post, "/upload", body: .upload(maximum: 1 << 16, folder: folder)) { _ in HTTPResponse(status: 201) },
        ]
        return Router(routes: routes, logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }) { problem, _ in
            HTTPResponse(status: problem.status, type: "text/plain", bytes: Array(problem.detail.utf8))
        }
    }

    private static func exchange(_ bytes: [UInt8]) {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard connection >= 0 else { fatalError("socket: \(errno)") }
        defer { close(connection) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(server.port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        // libFuzzer looks after the time by a signal; a connection that this interrupts is made all the same (connect(2)).
        guard status == 0 || errno == EINTR && wait(for: POLLOUT, on: connection) else {
            fatalError("connect: \(errno)")
        }
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            // The server may have closed it already.
            guard count > 0 || errno == EINTR else { break }
            sent += max(0, count)
        }
        shutdown(connection, Int32(SHUT_WR))
        check(reply(on: connection))
    }

    /// All that comes until the server closes, or says nothing for a while.
    private static func reply(on connection: Int32) -> [UInt8] {
        var reply: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            guard wait(for: POLLIN, on: connection) else { return reply }
            let count = recv(connection, &buffer, buffer.count, 0)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return reply }
            reply += buffer[..<count]
        }
    }

    /// Whether a socket is ready within a second.
    private static func wait(for event: Int32, on connection: Int32) -> Bool {
        var awaited = pollfd(fd: connection, events: Int16(event), revents: 0)
        while true {
            let count = poll(&awaited, 1, 1000)
            guard count < 0 && errno == EINTR else { return count == 1 }
        }
    }

    private static func check(_ reply: [UInt8]) {
        guard !reply.isEmpty else { return }
        let head = String(decoding: reply.prefix(12), as: UTF8.self)
        guard head.hasPrefix("HTTP/1."), let status = Int(head.suffix(3)),
            (100..<500).contains(status) || [501, 505].contains(status)
        else {
            fatalError("the server answers: \(String(decoding: reply.prefix(400), as: UTF8.self))")
        }
    }
}
