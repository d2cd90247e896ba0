import Dispatch
import Glibc
import HTTPServer
import Synchronization
import TestSupport
import Testing

@Suite struct WaitingTests {
    /// What a test rings, and handlers listen to.
    private final class Bell: Sendable {
        private let listeners = Mutex<[@Sendable () -> Void]>([])

        var waiting: Int { listeners.withLock { $0.count } }

        func listen(_ listener: @escaping @Sendable () -> Void) {
            listeners.withLock { $0.append(listener) }
        }

        func ring() {
            let all = listeners.withLock { listeners in
                defer { listeners = [] }
                return listeners
            }
            for listener in all { listener() }
        }
    }

    /// Pieces that a test delivers.
    private final class Pieces: LiveStream {
        private struct State {
            var ready: [[UInt8]?] = []
            var deliver: (@Sendable ([UInt8]?) -> Void)?
        }

        private let state = Mutex(State())

        func next(_ deliver: @escaping @Sendable ([UInt8]?) -> Void) {
            let piece: [UInt8]?? = state.withLock { state in
                guard state.ready.isEmpty else { return state.ready.removeFirst() }
                state.deliver = deliver
                return nil
            }
            if let piece { deliver(piece) }
        }

        func add(_ text: String?) {
            let bytes = text.map { Array($0.utf8) }
            let deliver = state.withLock { state in
                defer { state.deliver = nil }
                if state.deliver == nil { state.ready.append(bytes) }
                return state.deliver
            }
            deliver?(bytes)
        }
    }

    private func get(_ path: String, _ method: String = "GET") -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n"
    }

    /// Answers /wait once the bell has rung as often as the path says, with how often it was called.
    private func server(_ bell: Bell, limit: Duration) throws -> TestServer {
        let calls = Counter()
        return try TestServer([
            .awaitable(.get, "/wait/{rings}") { request in
                let call = calls.next()
                guard request.mayWait, call <= Int(request.parameters["rings"] ?? "") ?? 0 else {
                    return .reply(text("call \(call), may wait: \(request.mayWait)"))
                }
                return .wait(Waiting(limit: limit) { bell.listen($0) })
            },
            Route(.get, "/quick") { _ in text("quick") },
        ]) { $0.handlerThreads = 1 }
    }

    private final class Counter: Sendable {
        private let count = Mutex(0)

        func next() -> Int {
            count.withLock { count in
                count += 1
                return count
            }
        }
    }

    @Test func aRequestIsAskedAgainAtEachRing() throws {
        let bell = Bell()
        let server = try server(bell, limit: .seconds(60))
        let client = try server.client()
        try client.send(get("/wait/2"))
        for _ in 0..<2 {
            while bell.waiting == 0 { usleep(200) }
            // No handler's thread is held meanwhile.
            #expect(try server.reply(to: get("/quick")).text == "quick")
            bell.ring()
        }
        #expect(try client.reply().text == "call 3, may wait: true")
        // The connection serves on.
        try client.send(get("/quick"))
        #expect(try client.reply().text == "quick")
    }

    @Test func afterItsTimeARequestMayNotWaitAnyMore() throws {
        let bell = Bell()
        let server = try server(bell, limit: .milliseconds(50))
        #expect(try server.reply(to: get("/wait/9")).text == "call 2, may wait: false")
        // A ring that comes later finds nobody.
        bell.ring()
        #expect(try server.reply(to: get("/quick")).text == "quick")
        #expect(try server.reply(to: get("/wait/9", "HEAD"), hasBody: false).body.isEmpty)
    }

    @Test func whatFollowsAnUploadsWaitIsDoneInAnyCase() throws {
        let folder = try TemporaryFolder()
        let (bell, calls) = (Bell(), Counter())
        let (entered, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let server = try TestServer([
            .awaitable(.post, "/upload", body: .upload(maximum: 100, folder: folder.path)) { request in
                guard case .file(let path, let size) = request.body, request.mayWait else {
                    return .reply(text("?", status: 500))
                }
                rename(path, folder.path + "/kept")
                let call = calls.next()
                return .wait(
                    Waiting(limit: .seconds(60), listen: { bell.listen($0) }) { request in
                        .reply(text("\(size) bytes, call \(call), may wait: \(request.mayWait)"))
                    })
            },
            Route(.get, "/busy") { _ in
                entered.signal()
                gate.wait()
                return text("free")
            },
        ]) { ($0.handlerThreads, $0.queueLimit) = (1, 0) }
        let (uploader, other) = (try server.client(), try server.client())
        try uploader.send("POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc")
        while bell.waiting == 0 { usleep(200) }
        try other.send(get("/busy"))
        entered.wait()
        // The queue is full now.
        #expect(try server.reply(to: get("/busy")).status == 503)
        bell.ring()
        gate.signal()
        #expect(try other.reply().text == "free")
        #expect(try uploader.reply().text == "3 bytes, call 1, may wait: true")
        #expect(folder.names() == ["kept"])
    }

    @Test func aServerThatStopsEndsWaits() throws {
        let bell = Bell()
        let server = try server(bell, limit: .seconds(60))
        let client = try server.client()
        try client.send(get("/wait/1"))
        while bell.waiting == 0 { usleep(200) }
        server.server.stop(graceful: .zero)
        #expect(try client.reply().status == 503)
        bell.ring()
    }

    @Test func aPatientRouteHoldsUpNoneButItsOwnKindAndRefusesBeyondItsQueue() throws {
        let (entered, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let server = try TestServer([
            Route(.get, "/patient", execution: .patient) { _ in
                entered.signal()
                gate.wait()
                return text("at last")
            },
            Route(.get, "/quick") { _ in text("quick") },
        ]) {
            $0.handlerThreads = 1
            $0.patientThreads = 1
            $0.patientQueueLimit = 0
        }
        let client = try server.client()
        try client.send(get("/patient"))
        entered.wait()
        #expect(try server.reply(to: get("/quick")).text == "quick")
        let refused = try server.reply(to: get("/patient"))
        #expect(refused.status == 503 && refused.header("Retry-After") == "1")
        gate.signal()
        #expect(try client.reply().text == "at last")
    }

    @Test func aHandlerLearnsThatItsClientHasGone() throws {
        let entered = DispatchSemaphore(value: 0)
        let server = try TestServer([
            Route(.get, "/long", execution: .patient) { request in
                entered.signal()
                while !request.isAbandoned() { sched_yield() }
                throw ClientGone()
            }
        ])
        var client: RawClient? = try server.client()
        try client?.send(get("/long"))
        entered.wait()
        client = nil
        let completed = server.nextCompletion()
        #expect(completed?.status == 499)
    }

    @Test func withoutASocketNothingWaits() throws {
        let router = testRouter([
            .awaitable(.get, "/") { .reply(text("\($0.mayWait)")) },
            .awaitable(.get, "/wrong") { _ in .wait(Waiting(limit: .seconds(1)) { _ in }) },
        ])
        var request = try HTTPRequest(target: "/")
        request.mayWait = true
        guard case .bytes(let bytes) = router.respond(to: request).body else { return #expect(Bool(false)) }
        #expect(String(decoding: bytes, as: UTF8.self) == "false")
        #expect(router.respond(to: try HTTPRequest(target: "/wrong")).status == 500)
    }

    @Test func liveBytesGoOutAsTheyCome() throws {
        let pieces = Pieces()
        let server = try TestServer([
            Route(.get, "/live") { _ in HTTPResponse(headers: [("Content-Type", "text/plain")], body: .live(pieces)) }
        ])
        let client = try server.client()
        try client.send(get("/live"))
        let head = try client.line(endingWith: Array("\r\n\r\n".utf8))
        #expect(String(decoding: head, as: UTF8.self).contains("Transfer-Encoding: chunked"))
        for piece in ["one", "a second one"] {
            pieces.add(piece)
            let chunk = try client.line(endingWith: Array("\(piece)\r\n".utf8))
            #expect(
                String(decoding: chunk, as: UTF8.self)
                    == "\(String(piece.utf8.count, radix: 16, uppercase: true))\r\n\(piece)\r\n")
        }
        pieces.add(nil)
        #expect(String(decoding: try client.line(endingWith: Array("\r\n\r\n".utf8)), as: UTF8.self) == "0\r\n\r\n")
        try client.send(get("/live", "HEAD"))
        #expect(try client.reply(hasBody: false).status == 200)
    }

    @Test func aLiveReplyIsBrokenOffByTheServersEnd() throws {
        let pieces = Pieces()
        let server = try TestServer([Route(.get, "/live") { _ in HTTPResponse(body: .live(pieces)) }])
        let client = try server.client()
        try client.send(get("/live"))
        _ = try client.line(endingWith: Array("\r\n\r\n".utf8))
        server.server.stop(graceful: .zero)
        #expect(throws: RawClient.Failure.self) { try client.line(endingWith: Array("0\r\n\r\n".utf8)) }
        pieces.add("late")
    }
}
