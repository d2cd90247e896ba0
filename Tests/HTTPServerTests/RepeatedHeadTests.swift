import Dispatch
import Glibc
import HTTPServer
import Logging
import Synchronization
import Testing

/// A connection on which the same head comes again is answered as any other.
@Suite struct RepeatedHeadTests {
    private func head(_ method: String, _ target: String, _ fields: String...) -> String {
        "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\n" + fields.map { "\($0)\r\n" }.joined() + "\r\n"
    }

    /// Says what of the request it saw.
    private let echo = Route(.get, "/{n}") { request in
        let fields = request.headers.dropFirst().map { "\($0.name)=\($0.value)" }.sorted().joined(separator: " ")
        return text("\(request.parameters["n"] ?? "?") \(request.query("q") ?? "-") \(fields) \(request.requestID)")
    }

    @Test func eachOfSeveralHeadsIsSeenAsItIs() throws {
        let server = try TestServer([echo])
        let client = try server.client()
        let cases = [
            (head("GET", "/a"), "a - "), (head("GET", "/a"), "a - "), (head("GET", "/a?q=1"), "a 1 "),
            (head("GET", "/a?q=1"), "a 1 "), (head("GET", "/a"), "a - "), (head("GET", "/b"), "b - "),
            (head("GET", "/b", "x: yz"), "b - x=yz"), (head("GET", "/b", "xy: z"), "b - xy=z"),
            (head("GET", "/b", "xy: z", "k: v"), "b - k=v xy=z"), (head("GET", "/b", "xy: z"), "b - xy=z"),
            (head("GET", "/b", "XY: z"), "b - XY=z"),
        ]
        var ids: Set<String> = []
        for (request, expected) in cases {
            try client.send(request)
            let reply = try client.reply()
            let id = try #require(reply.header("X-Request-Id"))
            #expect(reply.text == "\(expected) \(id)")
            ids.insert(id)
        }
        #expect(ids.count == cases.count)
        server.awaitCompletions(cases.count)
        #expect(server.server.metrics().routes.first?.statuses.first?.count == cases.count)
    }

    @Test func theClientsOwnIdentifierStays() throws {
        let server = try TestServer([Route(.get, "/live", execution: .inline) { _ in text("alive") }, echo])
        for target in ["/live", "/a"] {
            let client = try server.client()
            for id in ["one", "one", "two", "two", "one"] {
                try client.send(head("GET", target, "X-Request-Id: \(id)"))
                #expect(try client.reply().header("X-Request-Id") == id)
            }
        }
    }

    @Test func aCachedReplyIsGivenForAsLongAsItIsValid() throws {
        let version = Mutex(1)
        let handled = Mutex(0)
        let route = Route(.get, "/poll") { _ in
            handled.withLock { $0 += 1 }
            return text("whole \(version.withLock { $0 })")
        }
        let server = try TestServer([route]) {
            $0.cachedReply = { request in
                let now = version.withLock { $0 }
                guard request.headers["If-None-Match"] == "\(now)" else { return nil }
                return CachedReply(HTTPResponse(status: 304, headers: [("ETag", "\(now)")])) {
                    version.withLock { $0 == now }
                }
            }
        }
        let client = try server.client()
        var ids: Set<String> = []
        func poll(_ tag: Int) throws -> RawClient.Reply {
            try client.send(head("GET", "/poll", "If-None-Match: \(tag)"))
            let reply = try client.reply()
            ids.insert(reply.header("X-Request-Id") ?? "")
            return reply
        }
        for _ in 0..<3 { #expect(try poll(1).status == 304) }
        version.withLock { $0 = 2 }
        for _ in 0..<2 { #expect(try poll(1).text == "whole 2") }
        for _ in 0..<2 { #expect(try poll(2).header("ETag") == "2") }
        #expect(ids.count == 7)
        #expect(handled.withLock { $0 } == 2)
        let levels = (0..<7).map { _ in server.nextCompletion()?.level }
        #expect(levels == [.debug, .debug, .debug, .info, .info, .debug, .debug])
    }

    @Test func whatIsAskedOfEachRequestIsAskedAgain() throws {
        let isAllowed = Mutex(true)
        let server = try TestServer([Route(.get, "/live", execution: .inline) { _ in text("alive") }, echo]) {
            $0.admission = { request, route in
                guard route != nil, request.headers["Authorization"] == "Bearer x", isAllowed.withLock({ $0 }) else {
                    return HTTPProblem(status: 401, code: "unauthorized", title: "Unauthorized", detail: "No.")
                }
                return nil
            }
        }
        for target in ["/live", "/a"] {
            let client = try server.client()
            for (allowed, status) in [(true, 200), (true, 200), (false, 401), (false, 401), (true, 200)] {
                isAllowed.withLock { $0 = allowed }
                try client.send(head("GET", target, "Authorization: Bearer x"))
                #expect(try client.reply().status == status)
            }
            try client.send(head("GET", target, "Authorization: Bearer y"))
            #expect(try client.reply().status == 401)
        }
    }

    @Test func aProblemOfAnInlineRouteNamesItsOwnRequest() throws {
        let server = try TestServer([
            Route(.get, "/live", execution: .inline) { _ -> HTTPResponse in
                throw HTTPProblem(status: 400, code: "bad", title: "Bad", detail: "Bad.")
            }
        ])
        let client = try server.client()
        for _ in 0..<3 {
            try client.send(head("GET", "/live"))
            let reply = try client.reply()
            #expect(reply.text == "bad: Bad. [\(reply.header("X-Request-Id") ?? "")]")
        }
    }

    @Test func whileTheServerDrainsAKnownReplyEndsItsConnectionToo() throws {
        let wake = Mutex<(@Sendable () -> Void)?>(nil)
        let server = try TestServer([
            Route(.get, "/live", execution: .inline) { _ in text("alive") },
            Route.awaitable(.get, "/wait") { request in
                guard request.mayWait else { return .reply(text("over")) }
                return .wait(Waiting(limit: .seconds(60)) { listener in wake.withLock { $0 = listener } })
            },
        ])
        let (client, waiting) = (try server.client(), try server.client())
        try waiting.send(head("GET", "/wait"))
        // With a request in flight the server doesn't end before it is answered.
        while wake.withLock({ $0 == nil }) { sched_yield() }
        let http = server.server
        DispatchQueue(label: "test.stop").async { http.stop(graceful: .seconds(60)) }
        var replies = 0
        repeat {
            try client.send(head("GET", "/live"))
            replies += 1
        } while try client.reply().header("Connection") != "close"
        wake.withLock { $0 }?()
        #expect(try waiting.reply().text == "over")
        #expect(replies > 0)
    }
}
