import Glibc
import HTTPServer
import Synchronization
import TestSupport
import Testing

@Suite struct ReplyTests {
    /// Pieces of one size, counted as they are made.
    private final class Pieces: ByteStream {
        private let state: Mutex<(made: Int, count: Int)>
        private let size: Int
        private let failsAtEnd: Bool

        init(_ count: Int, of size: Int, failsAtEnd: Bool = false) {
            state = Mutex((0, count))
            self.size = size
            self.failsAtEnd = failsAtEnd
        }

        var made: Int { state.withLock { $0.made } }

        func next() throws -> [UInt8]? {
            try state.withLock { state in
                guard state.made < state.count else {
                    if failsAtEnd { throw CancellationError() }
                    return nil
                }
                state.made += 1
                return [UInt8](repeating: UInt8(truncatingIfNeeded: state.made), count: size)
            }
        }
    }

    private func get(_ path: String, _ lines: String..., method: String = "GET", version: String = "1.1") -> String {
        "\(method) \(path) HTTP/\(version)\r\nHost: localhost\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
    }

    private static let large = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    @Test func bytesOfAnySizeArrive() throws {
        let server = try TestServer([
            Route(.get, "/{size}") { request in
                let size = request.parameters["size"].flatMap { Int($0) } ?? 0
                return HTTPResponse(type: "text/plain", bytes: Array(Self.large.prefix(size)))
            }
        ])
        let client = try server.client()
        for size in [0, 1, 4096, 4097, 1_000_000] {
            try client.send(get("/\(size)"))
            #expect(try client.reply().body == Array(Self.large.prefix(size)), "\(size) bytes")
        }
    }

    @Test(arguments: [(0, 1_000_000), (0, 0), (10, 5), (999_999, 1), (300_000, 700_000)])
    func aRangeOfAFile(offset: Int, length: Int) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Self.large, as: "file")
        let server = try TestServer([
            Route(.get, "/file") { _ in HTTPResponse(body: .file(path: path, offset: offset, length: length)) }
        ])
        let reply = try server.reply(to: get("/file"))
        #expect(reply.body == Array(Self.large[offset..<offset + length]))
        #expect(reply.header("Content-Length") == "\(length)")
    }

    @Test(arguments: [("file", 0, 11), ("file", -1, 5), ("absent", 0, 1)])
    func aFileThatIsntThereIsAnErrorOfTheServers(name: String, offset: Int, length: Int) throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(Array("0123456789".utf8), as: "file")
        let server = try TestServer([
            Route(.get, "/file") { _ in
                HTTPResponse(body: .file(path: folder.file(name), offset: offset, length: length))
            }
        ])
        let reply = try server.reply(to: get("/file"))
        #expect(reply.status == 500)
        #expect(!reply.text.contains(folder.path))
    }

    @Test func headHasTheHeadersOfGetAndNoBody() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Self.large, as: "file")
        let server = try TestServer([
            Route(.get, "/bytes") { _ in text("twelve bytes") },
            Route(.get, "/inline", execution: .inline) { _ in text("twelve bytes") },
            Route(.get, "/file") { _ in HTTPResponse(body: .file(path: path, offset: 5, length: 1000)) },
            Route(.get, "/stream") { _ in HTTPResponse(body: .stream(Pieces(3, of: 10), length: 30)) },
        ])
        for path in ["/bytes", "/inline", "/file", "/stream", "/nowhere"] {
            let id = "X-Request-Id: same"
            let full = try server.reply(to: get(path, id))
            let client = try server.client()
            try client.send(get(path, id, method: "HEAD"))
            let head = try client.reply(hasBody: false)
            #expect(head.status == full.status)
            let names = { (reply: RawClient.Reply) in
                reply.headers.filter { $0.name != "Date" }.map { "\($0.name): \($0.value)" }.sorted()
            }
            #expect(names(head) == names(full), "\(path)")
            // Nothing of a body may stand before the next reply.
            try client.send(get("/bytes"))
            #expect(try client.reply().text == "twelve bytes")
        }
    }

    /// libmicrohttpd 0.9.75 would send the end of a chunked body here, and 304 likewise.
    @Test(arguments: ["HEAD", "GET"])
    func nothingFollowsAReplyWithoutABody(method: String) throws {
        let server = try TestServer([
            Route(.get, "/") { request in
                HTTPResponse(
                    status: request.method == .get ? 304 : 200, body: .stream(Pieces(3, of: 10), length: nil))
            }
        ])
        let client = try server.client()
        try client.send(get("/", method: method))
        let reply = try client.reply(hasBody: false)
        #expect(reply.status == (method == "GET" ? 304 : 200))
        if method == "HEAD" {
            #expect(reply.header("Content-Length") == nil)
            #expect(try client.isClosedByServer())
        } else {
            try client.send(get("/", method: method))
            #expect(try client.reply(hasBody: false).status == 304)
        }
    }

    @Test(arguments: [nil, 3_000_000])
    func streamsArriveWhole(length: Int?) throws {
        let server = try TestServer([
            Route(.get, "/") { _ in HTTPResponse(body: .stream(Pieces(30, of: 100_000), length: length)) }
        ])
        let client = try server.client()
        for _ in 0..<2 {
            try client.send(get("/"))
            let reply = try client.reply()
            #expect(reply.body.count == 3_000_000)
            #expect(stride(from: 0, to: 3_000_000, by: 100_000).allSatisfy { Int(reply.body[$0]) == $0 / 100_000 + 1 })
            #expect(reply.header("Transfer-Encoding") == (length == nil ? "chunked" : nil))
        }
    }

    @Test func aStreamToHTTP10EndsWithTheConnection() throws {
        let server = try TestServer([
            Route(.get, "/") { _ in HTTPResponse(body: .stream(Pieces(3, of: 10), length: nil)) }
        ])
        #expect(try server.reply(to: get("/", version: "1.0")).body.count == 30)
    }

    @Test func aSlowReaderHoldsTheStreamBack() throws {
        let pieces = Pieces(1000, of: 64 << 10)
        let server = try TestServer([
            Route(.get, "/") { _ in HTTPResponse(body: .stream(pieces, length: 1000 * (64 << 10))) }
        ])
        let client = try server.client(receiveBuffer: 8192)
        try client.send(get("/"))
        _ = try client.bytes(1)
        // Whatever the kernel buffers, 64 MB don't fit into it.
        #expect(pieces.made < 1000)
        #expect(client.rest(upTo: 1000 * (64 << 10)) > 60 << 20)
        #expect(pieces.made == 1000)
    }

    @Test func aStreamThatFailsBreaksTheConnectionOff() throws {
        let server = try TestServer([
            Route(.get, "/") { _ in HTTPResponse(body: .stream(Pieces(2, of: 10, failsAtEnd: true), length: nil)) }
        ])
        #expect(throws: RawClient.Failure.self) { try server.reply(to: get("/")) }
        #expect(server.nextCompletion()?.end == .brokenOff)
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() throws {
        let server = try TestServer([
            Route(.get, "/queue/{n}") { text($0.parameters["n"] ?? "?") },
            Route(.get, "/inline/{n}", execution: .inline) { text($0.parameters["n"] ?? "?") },
            Route(.post, "/body", body: .json(maximum: 100)) { request in
                guard case .bytes(let bytes) = request.body else { return text("?") }
                return text(String(decoding: bytes, as: UTF8.self))
            },
        ])
        let client = try server.client()
        var requests = ""
        for n in 0..<50 {
            requests += get("/\(n % 2 == 0 ? "queue" : "inline")/\(n)")
            requests +=
                "POST /body HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n[\(10 + n)]"
        }
        try client.send(requests)
        for n in 0..<50 {
            #expect(try client.reply().text == "\(n)")
            #expect(try client.reply().text == "[\(10 + n)]")
        }
        #expect(server.server.metrics().acceptedConnections == 1)
    }

    @Test(arguments: [
        ("abc-123", true), (String(repeating: "x", count: 128), true), (String(repeating: "x", count: 129), false),
        ("with blank", false), ("größe", false), ("", false),
    ])
    func theRequestIDIsTakenOrMade(given: String, isTaken: Bool) throws {
        let server = try TestServer([Route(.get, "/") { text($0.requestID) }])
        let reply = try server.reply(to: get("/", "X-Request-Id: \(given)"))
        #expect(reply.header("X-Request-Id") == reply.text)
        #expect((reply.text == given) == isTaken)
        #expect(reply.text.utf8.count >= 3)
        #expect(server.nextCompletion()?.requestID == reply.text)
    }

    @Test func aHeaderThatCantBeSentIsAnErrorOfTheServers() throws {
        let server = try TestServer([
            Route(.get, "/") { _ in HTTPResponse(headers: [("X-A", "b\r\nX-B: c")]) }
        ])
        let reply = try server.reply(to: get("/"))
        #expect(reply.status == 500)
        #expect(reply.header("X-B") == nil)
    }
}

extension RawClient {
    /// Reads up to so many bytes, keeping none.
    ///
    /// Returns how many there were.
    fileprivate func rest(upTo limit: Int) -> Int {
        var total = 0
        while total < limit, let part = try? bytes(min(65536, limit - total)) { total += part.count }
        return total
    }
}
