import Dispatch
import Glibc
import HTTPServer
import Synchronization
import TestSupport
import Testing

@Suite struct RequestBodyTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A server whose /upload keeps what it gets as "kept", or throws it away if asked.
    private func makeServer(
        maximum: Int = 16 << 20, configure: (inout ServerConfiguration) -> Void = { _ in }
    ) throws -> TestServer {
        let path = folder.path
        return try TestServer(
            [
                Route(.post, "/upload", body: .upload(maximum: maximum, folder: path)) { request in
                    guard case .file(let file, let size) = request.body else { return text("?", status: 500) }
                    if request.query("keep") == "yes" { rename(file, path + "/kept") }
                    return text("\(size)", status: 201)
                },
                Route(.post, "/json", body: .json(maximum: 1000)) { request in
                    guard case .bytes(let bytes) = request.body else { return text("?", status: 500) }
                    return text("\(bytes.count)")
                },
                Route(.post, "/nothing") { _ in text("done") },
            ], configure: configure)
    }

    private func head(_ path: String, _ lines: String...) -> String {
        "POST \(path) HTTP/1.1\r\nHost: localhost\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
    }

    private static func noise(_ count: Int) -> [UInt8] {
        var state: UInt64 = 42
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
    }

    private func file(_ name: String) -> [UInt8] {
        guard let stream = fopen(folder.path + "/" + name, "r") else { return [] }
        defer { fclose(stream) }
        fseek(stream, 0, SEEK_END)
        let size = ftell(stream)
        rewind(stream)
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = fread(buffer.baseAddress, 1, size, stream)
        }
    }

    @Test(arguments: [0, 1, 255 << 10, 256 << 10, 5 << 20])
    func uploadsArriveByteForByte(size: Int) throws {
        let server = try makeServer()
        let bytes = Self.noise(size)
        let client = try server.client()
        try client.send(head("/upload?keep=yes", "Content-Length: \(size)"))
        try client.send(bytes)
        let reply = try client.reply()
        #expect(reply.status == 201)
        #expect(reply.text == "\(size)")
        #expect(file("kept") == bytes)
        #expect(folder.names() == ["kept"])
    }

    @Test func chunkedUploadsToo() throws {
        let server = try makeServer()
        let bytes = Self.noise(1 << 20)
        let client = try server.client()
        try client.send(head("/upload?keep=yes", "Transfer-Encoding: chunked"))
        for start in stride(from: 0, to: bytes.count, by: 100_000) {
            let part = bytes[start..<min(start + 100_000, bytes.count)]
            try client.send(Array((String(part.count, radix: 16) + "\r\n").utf8) + part + [13, 10])
        }
        try client.send("0\r\n\r\n")
        #expect(try client.reply().text == "1048576")
        #expect(file("kept") == bytes)
    }

    /// libmicrohttpd 0.9 hands on the chunks that it has already read while the connection is suspended for a write.
    @Test func chunksThatComeWhileTheDiskIsWrittenToAreKept() throws {
        let server = try makeServer { $0.uploadBlock = 10 }
        let bytes = Self.noise(5000)
        let client = try server.client()
        var message = Array(head("/upload?keep=yes", "Transfer-Encoding: chunked").utf8)
        for start in stride(from: 0, to: bytes.count, by: 10) {
            message += Array("a\r\n".utf8) + bytes[start..<start + 10] + [13, 10]
        }
        try client.send(message + Array("0\r\n\r\n".utf8))
        #expect(try client.reply().text == "5000")
        #expect(file("kept") == bytes)
    }

    @Test func whatTheHandlerDoesntKeepIsRemoved() throws {
        let server = try makeServer()
        let client = try server.client()
        try client.send(head("/upload", "Content-Length: 300000"))
        try client.send(Self.noise(300_000))
        #expect(try client.reply().status == 201)
        #expect(folder.names().isEmpty)
    }

    /// All of these are answered before a byte of the body was sent.
    @Test(
        arguments: [
            ("/upload", ["Content-Length: 1001"], 413),
            ("/upload", ["Content-Length: 1001", "Expect: 100-continue"], 413),
            ("/upload", ["Content-Length: 10", "Content-Encoding: gzip"], 415),
            ("/upload", [], 411),
            ("/json", ["Content-Length: 1001", "Content-Type: application/json"], 413),
            ("/json", ["Content-Length: 1001", "Content-Type: application/json", "Expect: 100-continue"], 413),
            ("/json", ["Content-Length: 10", "Content-Type: text/plain"], 415),
            ("/nothing", ["Content-Length: 9999999"], 413),
            ("/nowhere", ["Content-Length: 9999999"], 404),
            ("/upload", ["Content-Length: 10", "X-Refuse: me"], 401),
        ] as [(String, [String], Int)])
    func refusalsDontWaitForTheBody(path: String, lines: [String], status: Int) throws {
        let server = try makeServer(maximum: 1000) { configuration in
            configuration.admission = { request, _ in
                guard request.headers["x-refuse"] != nil else { return nil }
                return HTTPProblem(status: 401, code: "no_token", title: "Unauthorized", detail: "No token.")
            }
        }
        let request = "POST \(path) HTTP/1.1\r\nHost: localhost\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
        #expect(try server.reply(to: request).status == status)
        #expect(folder.names().isEmpty)
    }

    @Test func aClientThatSendsAllTheSameGetsTheReply() throws {
        // Made before: a sanitizer takes its time over it, and a client that pauses for long is given up.
        let bytes = Self.noise(3_000_000)
        let client = try makeServer(maximum: 1000).client()
        try client.send(head("/upload", "Content-Length: 3000000"))
        try client.send(bytes)
        #expect(try client.reply().status == 413)
    }

    @Test func theContinuationIsSentForWhatIsTaken() throws {
        let client = try makeServer().client()
        try client.send(head("/upload", "Content-Length: 3", "Expect: 100-continue"))
        #expect(try client.reply().status == 100)
        try client.send("abc")
        #expect(try client.reply().status == 201)
    }

    @Test(arguments: ["/json", "/upload"])
    func aChunkedBodyOverTheCapIsReadALittleFurther(path: String) throws {
        let server = try makeServer(maximum: 1000) { $0.discardLimit = 4000 }
        let client = try server.client()
        try client.send(head(path, "Content-Type: application/json", "Transfer-Encoding: chunked"))
        try client.send("bb8\r\n" + String(repeating: "x", count: 3000) + "\r\n0\r\n\r\n")
        #expect(try client.reply().status == 413)
        #expect(folder.names().isEmpty)
        try client.send(head("/nothing"))
        #expect(try client.reply().text == "done")
    }

    @Test(arguments: ["/json", "/upload"])
    func andNoFurtherThanThat(path: String) throws {
        let server = try makeServer(maximum: 1000) { $0.discardLimit = 4000 }
        let client = try server.client()
        try client.send(head(path, "Content-Type: application/json", "Transfer-Encoding: chunked"))
        // The server may close before all is sent.
        for _ in 0..<20 { try? client.send("3e8\r\n" + String(repeating: "x", count: 1000) + "\r\n") }
        #expect(try client.isClosedByServer())
        #expect(server.nextCompletion()?.status == 0)
        #expect(folder.names().isEmpty)
    }

    @Test(arguments: [10, 1_000_000])
    func aBodyThatIsCutOffLeavesNoFile(sent: Int) throws {
        let server = try makeServer { $0.reaperInterval = .milliseconds(5) }
        let client = try server.client()
        try client.send(head("/upload", "Content-Length: 2000000"))
        try client.send(Self.noise(sent))
        client.finishSending()
        #expect(try client.isClosedByServer())
        let completed = server.nextCompletion()
        #expect(completed?.end == .brokenOff)
        #expect(completed?.route == "/upload")
        #expect(folder.names().isEmpty)
        #expect(server.server.metrics().truncatedUploads == 1)
    }

    @Test func aFullDiskIsSaidBeforeTheBody() throws {
        let server = try makeServer { configuration in
            configuration.uploadStorage.freeBytes = { _ in 1000 }
        }
        let request = head("/upload", "Content-Length: 1001", "Expect: 100-continue")
        #expect(try server.reply(to: request).status == 507)
    }

    @Test func aDiskThatFillsUpIsSaidAfterwards() throws {
        let written = Mutex(0)
        let server = try makeServer { configuration in
            configuration.uploadStorage.write = { descriptor, bytes in
                let before = written.withLock { total in
                    defer { total += bytes.count }
                    return total
                }
                guard before + bytes.count <= 600_000 else {
                    errno = ENOSPC
                    return -1
                }
                return write(descriptor, bytes.baseAddress, bytes.count)
            }
        }
        let client = try server.client()
        try client.send(head("/upload", "Content-Length: 2000000"))
        try client.send(Self.noise(2_000_000))
        let reply = try client.reply()
        #expect(reply.status == 507)
        #expect(reply.text.hasPrefix("storage_full"))
        #expect(folder.names().isEmpty)
        try client.send(head("/nothing"))
        #expect(try client.reply().status == 200)
    }

    @Test func aDiskThatFillsUpWithChunksIsSaidAfterwards() throws {
        let written = Mutex(0)
        let server = try makeServer { configuration in
            configuration.uploadStorage.write = { descriptor, bytes in
                guard
                    written.withLock({
                        $0 += bytes.count; return $0
                    }) <= 600_000
                else {
                    errno = ENOSPC
                    return -1
                }
                return write(descriptor, bytes.baseAddress, bytes.count)
            }
        }
        let client = try server.client()
        try client.send(head("/upload", "Transfer-Encoding: chunked"))
        let noise = Self.noise(100_000)
        for _ in 0..<20 { try client.send(Array("186a0\r\n".utf8) + noise + [13, 10]) }
        try client.send("0\r\n\r\n")
        let reply = try client.reply()
        #expect(reply.status == 507 && reply.text.hasPrefix("storage_full"))
        #expect(folder.names().isEmpty)
    }

    @Test func aMissingFolderIsAnErrorOfTheServers() throws {
        let server = try TestServer([
            Route(.post, "/upload", body: .upload(maximum: 10, folder: folder.path + "/absent")) { _ in text("?") }
        ])
        let reply = try server.reply(to: head("/upload", "Content-Length: 3") + "abc")
        #expect(reply.status == 500)
        #expect(!reply.text.contains(folder.path))
    }

    @Test func aSmallBodyNobodyWantsIsPassedOver() throws {
        let client = try makeServer().client()
        try client.send(head("/nothing", "Content-Length: 5") + "hello" + head("/nothing"))
        #expect(try client.reply().text == "done")
        #expect(try client.reply().text == "done")
    }
}
