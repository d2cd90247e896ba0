import Codecs
import Dispatch
import Glibc
import HTTPServer
import Logging
import Service
import Store
import Synchronization
import TestSupport
import Testing

/// `Prefer: wait`, which needs a connection that can be suspended.
@Suite struct WaitingTests {
    private let fixture: ServiceFixture
    private let server: HTTPServer
    private let job: String
    private let tag: String

    init() throws {
        fixture = try ServiceFixture(workers: 0)
        let spec = ServiceFixture.tinySpec(try fixture.points(), steps: 3)
        job = try #require(try fixture.post("/v1/jobs", spec).json["id"]?.string)
        tag = try #require(try fixture.get("/v1/jobs/\(job)").header("ETag"))
        // One thread for handlers, so that a wait that held it would show.
        server = HTTPServer(
            configuration: ServerConfiguration(port: 0, threads: 1, handlerThreads: 1), router: fixture.router,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try server.start()
    }

    @Test func aChangeEndsTheWait() throws {
        defer { server.stop(graceful: .zero) }
        let headers = [("If-None-Match", tag), ("Prefer", "respond-async, wait=60")]
        for (target, expected) in [("/v1/jobs/\(job)", 200), ("/v1/jobs/\(job)?until=terminal", 200)] {
            let reply = try reply(to: target, headers) { client in
                // Others are answered meanwhile.
                #expect(try client.send("GET", "/v1/jobs/\(job)").status == 200)
                _ = try client.send(
                    "PATCH", "/v1/jobs/\(job)", headers: [("Content-Type", "application/json")],
                    body: Array(#"{"name":"renamed"}"#.utf8))
                if target.contains("until") {
                    // A change that isn't the end.
                    while server.suspendedRequests == 0 { usleep(500) }
                    _ = try fixture.post("/v1/jobs/\(job)/stop")
                }
            }
            #expect(reply.status == expected)
            let shown = try JSON(parsing: reply.body)
            #expect(shown["name"] == "renamed")
            #expect(shown["state"]?.string == (target.contains("until") ? "stopped" : "queued"))
        }
    }

    @Test func withoutAChangeTheWaitEndsByItself() throws {
        defer { server.stop(graceful: .zero) }
        let client = PlainClient(port: server.port)
        let unchanged = try client.send(
            "GET", "/v1/jobs/\(job)", headers: [("If-None-Match", tag), ("Prefer", "wait=1")])
        #expect(unchanged.status == 304)
        let alive = try client.send("GET", "/v1/jobs/\(job)?until=terminal", headers: [("Prefer", "wait=1")])
        #expect(alive.status == 200)
        #expect(try JSON(parsing: alive.body)["state"] == "queued")
        #expect(fixture.store.changes.count == 0)
    }

    @Test(arguments: ["wait=0", "wait=-5", "wait", "wait=soon", "respond-async", ""])
    func whatAsksForNoWaitIsAnsweredAtOnce(preference: String) throws {
        defer { server.stop(graceful: .zero) }
        let reply = try PlainClient(port: server.port).send(
            "GET", "/v1/jobs/\(job)", headers: [("If-None-Match", tag), ("Prefer", preference)])
        #expect(reply.status == 304)
    }

    @Test func aStopEndsTheWait() throws {
        let reply = try reply(to: "/v1/jobs/\(job)", [("If-None-Match", tag), ("Prefer", "wait=60")]) { client in
            fixture.service.endWaiting()
            server.stop()
        }
        #expect(reply.status == 304)
    }

    @Test func untilTakesNothingElse() throws {
        defer { server.stop(graceful: .zero) }
        expectProblem(try fixture.get("/v1/jobs/\(job)?until=tomorrow"), 400, places: ["until"])
    }

    /// Sends a request on a thread of its own, and does something once it waits.
    private func reply(
        to target: String, _ headers: [(String, String)], whenWaiting body: (PlainClient) throws -> Void
    ) throws -> PlainClient.Reply {
        let outcome = Mutex<Result<PlainClient.Reply, any Error>?>(nil)
        let hasEnded = DispatchSemaphore(value: 0)
        let client = PlainClient(port: server.port)
        DispatchQueue(label: "test.client").async {
            let result = Result { try client.send("GET", target, headers: headers) }
            outcome.withLock { $0 = result }
            hasEnded.signal()
        }
        while fixture.store.changes.count == 0 || server.suspendedRequests == 0 {
            try #require(outcome.withLock { $0 == nil }, "it didn't wait")
            usleep(500)
        }
        try body(client)
        hasEnded.wait()
        return try #require(try outcome.withLock { try $0?.get() })
    }
}
