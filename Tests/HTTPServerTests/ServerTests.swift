import Dispatch
import Glibc
import HTTPServer
import Logging
import Synchronization
import TestSupport
import Testing

@Suite struct ServerTests {
    /// Blocks handlers until it is opened.
    private final class Gate: Sendable {
        private let entered = DispatchSemaphore(value: 0)
        private let opened = DispatchSemaphore(value: 0)

        func pass() {
            entered.signal()
            opened.wait()
        }

        /// Waits until a handler has come in; `false` where none does.
        @discardableResult
        func awaitEntry(_ timeout: DispatchTimeInterval = .seconds(60)) -> Bool {
            let hasEntered = entered.wait(timeout: .now() + timeout) == .success
            if !hasEntered, timeout == .seconds(60) { Issue.record("no handler came in") }
            return hasEntered
        }

        func open(_ count: Int) {
            for _ in 0..<count { opened.signal() }
        }
    }

    private func get(_ path: String) -> String {
        "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n"
    }

    @Test func twoHundredRequestsAtOnce() throws {
        let server = try TestServer([Route(.get, "/{n}") { text($0.parameters["n"] ?? "?") }])
        let clients = try (0..<200).map { _ in try server.client() }
        for round in 0..<3 {
            for (n, client) in clients.enumerated() { try client.send(get("/\(round)-\(n)")) }
            for (n, client) in clients.enumerated() { #expect(try client.reply().text == "\(round)-\(n)") }
        }
        #expect(server.server.suspendedRequests == 0)
        server.awaitCompletions(600)
        // An optimised build closes clients behind their last use.
        let metrics = withExtendedLifetime(clients) { server.server.metrics() }
        #expect(metrics.acceptedConnections == 200)
        #expect(metrics.openConnections == 200)
        #expect(metrics.routes.first?.statuses.map { [$0.status, $0.count] } == [[200, 600]])
        #expect(metrics.routes.first?.durationBuckets.last == 600)
    }

    /// libmicrohttpd takes 128 events at a time and, having got as many, asks for more before it sees to any.
    @Test(arguments: [127, 128, 129, 256])
    func requestsThatFillABatchOfEventsAreAnswered(count: Int) throws {
        let gate = Gate()
        let server = try TestServer([
            Route(.get, "/busy", execution: .inline) { _ in
                gate.pass()
                return text("busy")
            },
            Route(.get, "/{n}", execution: .inline) { text($0.parameters["n"] ?? "?") },
        ]) { $0.threads = 1 }
        let clients = try (0..<count).map { _ in try server.client() }
        for client in clients {
            try client.send(get("/first"))
            #expect(try client.reply().text == "first")
        }
        // While the only thread is held, all the others' requests come in.
        let busy = try server.client()
        try busy.send(get("/busy"))
        gate.awaitEntry()
        for (n, client) in clients.enumerated() { try client.send(get("/\(n)")) }
        gate.open(1)
        for (n, client) in clients.enumerated() { #expect(try client.reply().text == "\(n)") }
        #expect(try busy.reply().text == "busy")
    }

    @Test func beyondTheQueueRequestsAreRefused() throws {
        let gate = Gate()
        let server = try TestServer([
            Route(.get, "/slow") { _ in
                gate.pass()
                return text("slow")
            },
            Route(.get, "/livez", execution: .inline) { _ in text("alive") },
        ]) {
            $0.handlerThreads = 1
            $0.queueLimit = 1
        }
        let first = try server.client()
        try first.send(get("/slow"))
        gate.awaitEntry()
        // One of these two waits, the other is refused; which, is up to the threads.
        let others = [try server.client(), try server.client()]
        for client in others { try client.send(get("/slow")) }
        let refused = server.nextCompletion()
        #expect(refused?.status == 503)
        #expect(try server.reply(to: get("/livez")).text == "alive")
        gate.open(2)
        #expect(try first.reply().status == 200)
        let replies = try others.map { try $0.reply() }.sorted { $0.status < $1.status }
        #expect(replies.map(\.status) == [200, 503])
        #expect(replies[1].header("Retry-After") == "1")
    }

    @Test func stoppingAnswersThoseWhoWait() throws {
        let gate = Gate()
        let folder = try TemporaryFolder()
        let server = try TestServer([
            Route(.get, "/slow") { _ in
                gate.pass()
                return text("too late")
            },
            Route(.post, "/upload", body: .upload(maximum: 100, folder: folder.path)) { _ in
                gate.pass()
                return text("too late")
            },
        ]) { $0.handlerThreads = 6 }
        let clients = try (0..<5).map { _ in try server.client() }
        for client in clients { try client.send(get("/slow")) }
        let upload = try server.client()
        try upload.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
        for _ in 0..<6 { gate.awaitEntry() }
        #expect(server.server.suspendedRequests == 6)

        server.server.stop(graceful: .zero)
        for client in clients + [upload] { #expect(try client.reply().status == 503) }
        #expect(folder.names().isEmpty)
        gate.open(6)
    }

    @Test func stoppingEndsAStreamThatWaits() throws {
        final class Endless: ByteStream {
            let gate = Gate()

            func next() throws -> [UInt8]? {
                gate.pass()
                return [1]
            }
        }
        let stream = Endless()
        let server = try TestServer([Route(.get, "/") { _ in HTTPResponse(body: .stream(stream, length: nil)) }])
        let client = try server.client()
        try client.send(get("/"))
        stream.gate.awaitEntry()
        // Once the connection was resumed by the stop, which waits for the stream's last piece.
        let stopping = server.server
        DispatchQueue(label: "test.opener").async {
            while stopping.suspendedRequests > 0 { sched_yield() }
            stream.gate.open(1)
        }
        server.server.stop(graceful: .zero)
        #expect(throws: RawClient.Failure.self) { try client.reply() }
    }

    @Test func stoppingGracefullyLetsRequestsEnd() throws {
        let gate = Gate()
        let server = try TestServer([
            Route(.get, "/slow") { _ in
                gate.pass()
                return text("in time")
            }
        ])
        let client = try server.client()
        try client.send(get("/slow"))
        gate.awaitEntry()
        let stopped = DispatchSemaphore(value: 0)
        let stopping = server.server
        DispatchQueue(label: "test.stop").async {
            stopping.stop(graceful: .seconds(20))
            stopped.signal()
        }
        gate.open(1)
        #expect(try client.reply().text == "in time")
        stopped.wait()
        #expect(try client.isClosedByServer())
        #expect(throws: RawClient.Failure.self) { try RawClient(port: server.server.port) }
    }

    @Test(arguments: ["", "GET / HT", "GET / HTTP/1.1\r\nHost: loc", "GET / HTTP/1.1\r\nHost: localhost\r\n"])
    func aHeadThatDoesntEndIsCutOff(sent: String) throws {
        let server = try TestServer([Route(.get, "/") { _ in text("ok") }]) {
            $0.headDeadline = .milliseconds(30)
            $0.reaperInterval = .milliseconds(5)
        }
        let client = try server.client()
        try client.send(sent)
        #expect(try client.isClosedByServer())
        #expect(server.server.metrics().rejections.map(\.reason) == ["too_slow"])
    }

    @Test func aClientThatDoesntTakeItsReplyIsCutOff() throws {
        let large = [UInt8](repeating: 65, count: 32 << 20)
        let server = try TestServer([
            Route(.get, "/large") { _ in HTTPResponse(type: "text/plain", bytes: large) },
            Route(.get, "/small") { _ in text("small") },
        ]) {
            $0.headDeadline = .milliseconds(60)
            $0.reaperInterval = .milliseconds(5)
        }
        let client = try server.client(receiveBuffer: 8192)
        try client.send("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        let completed = server.nextCompletion()
        #expect(completed?.end == .brokenOff)
        #expect(server.server.metrics().rejections.map(\.reason) == ["too_slow"])
        #expect(try server.reply(to: "GET /small HTTP/1.1\r\nHost: localhost\r\n\r\n").text == "small")
    }

    @Test func aBodyThatComesTooSlowlyIsCutOff() throws {
        let folder = try TemporaryFolder()
        let server = try TestServer([
            Route(.post, "/", body: .upload(maximum: 100, folder: folder.path)) { _ in text("ok") }
        ]) {
            $0.bodyGrace = .milliseconds(30)
            $0.minimumBodyRate = 1 << 20
            $0.reaperInterval = .milliseconds(5)
        }
        let client = try server.client()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
        #expect(try client.isClosedByServer())
        #expect(server.nextCompletion()?.end == .brokenOff)
        #expect(folder.names().isEmpty)
    }

    @Test func aHandlerMayTakeLongerThanAnyDeadline() throws {
        let gate = Gate()
        let server = try TestServer([
            Route(.get, "/") { _ in
                gate.pass()
                return text("ok")
            }
        ]) {
            $0.headDeadline = .milliseconds(5)
            $0.reaperInterval = .milliseconds(1)
        }
        // On a busy machine the deadline may pass before the head has been read.
        var client = try server.client()
        try? client.send(get("/"))
        while !gate.awaitEntry(.milliseconds(200)) {
            client = try server.client()
            try? client.send(get("/"))
        }
        // Connections opened after it are cut off, so the deadline of this one has passed.
        for _ in 0..<3 { #expect(try server.client().isClosedByServer()) }
        gate.open(1)
        #expect(try client.reply().text == "ok")
    }

    @Test func anAddressInUseIsSaid() throws {
        let server = try TestServer([])
        let port = server.server.port
        let second = HTTPServer(
            configuration: ServerConfiguration(port: port), router: testRouter([]), logger: Logger(label: "test"))
        let error = #expect(throws: ServerError.self) { try second.start() }
        #expect(error?.description == "Cannot listen on 127.0.0.1:\(port): the address is in use by another process.")
    }

    @Test(arguments: [("300.0.0.1", 0), ("127.0.0.1", 70000), ("203.0.113.7", 0)])
    func anAddressThatCantBeBoundIsSaid(host: String, port: Int) throws {
        let server = HTTPServer(
            configuration: ServerConfiguration(host: host, port: port), router: testRouter([]),
            logger: Logger(label: "test"))
        let error = #expect(throws: ServerError.self) { try server.start() }
        #expect(error?.description.hasPrefix("Cannot listen on \(host):\(port): ") == true)
    }

    @Test func aServerOnOneThread() throws {
        let server = try TestServer([Route(.get, "/") { _ in text("ok") }]) { $0.threads = 1 }
        #expect(try server.reply(to: get("/")).text == "ok")
    }

    @Test func requestsAreCountedByRoute() throws {
        let server = try TestServer([
            Route(.get, "/{n}") { _ in text("ok") }, Route(.post, "/x", body: .json(maximum: 5)) { _ in text("ok") },
        ])
        for path in ["/a", "/b", "/c/d", "/a%00"] { _ = try server.reply(to: get(path)) }
        _ = try server.reply(to: "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n")
        for _ in 0..<5 { _ = server.nextCompletion() }
        let metrics = server.server.metrics()
        let table = metrics.routes.map { route in
            "\(route.method) \(route.route) " + route.statuses.map { "\($0.status):\($0.count)" }.joined(separator: " ")
        }
        #expect(table == ["GET /{n} 200:2", "POST /x 415:1", "other unmatched 400:1 404:1"])
        #expect(
            metrics.rejections.map { "\($0.reason):\($0.count)" } == [
                "malformed_target:1", "not_found:1", "unsupported_media_type:1",
            ])
        #expect(metrics.requestsInFlight == 0)
    }
}

@Suite struct WorkQueueTests {
    @Test func takesNoMoreThanItsWidthAndItsLimit() {
        let queue = WorkQueue(label: "test", width: 2, limit: 3)
        let gate = DispatchSemaphore(value: 0)
        let running = Mutex((now: 0, most: 0))
        for _ in 0..<5 {
            #expect(queue.reserve())
            queue.run {
                running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                gate.wait()
                running.withLock { $0.now -= 1 }
            }
        }
        #expect(!queue.reserve())
        for _ in 0..<5 { gate.signal() }
        #expect(queue.waitUntilIdle(timeout: .seconds(20)))
        #expect(running.withLock { $0.most } <= 2)
        #expect(queue.reserve())
        queue.cancelReservation()
        #expect(queue.count == 0)
    }
}
