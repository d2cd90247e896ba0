import Codecs
import Dispatch
import Glibc
import HTTPServer
import Jobs
import Logging
import Service
import Store
import TestSupport
import Testing

/// An upload's reply waits a moment for the file to be read, and holds no thread meanwhile.
@Suite struct AwaitedImportTests {
    private let fixture: ServiceFixture
    private let route: Route

    init() throws {
        fixture = try ServiceFixture(workers: 0)
        route = try #require(fixture.router.routes.first { $0.method == .post && $0.template == "/v1/datasets" })
    }

    /// A request as the server makes it of an upload.
    private func upload(mayWait: Bool = true, headers: HTTPHeaders = [:]) throws -> HTTPRequest {
        let bytes = SampleDatasets.pointsTable()
        let path = fixture.store.temporaryPath("test")
        try DurableFile.write(bytes, to: path)
        var request = try HTTPRequest(
            method: .post, target: "/v1/datasets", headers: headers, body: .file(path: path, size: bytes.count))
        request.mayWait = mayWait
        return request
    }

    private func reply(_ outcome: Outcome) throws -> Reply {
        guard case .reply(let response) = outcome else { throw Failure() }
        return Reply(response)
    }

    private func waiting(_ outcome: Outcome) throws -> Waiting {
        guard case .wait(let waiting) = outcome else { throw Failure() }
        return waiting
    }

    /// What comes after a wait.
    private func resumed(_ waiting: Waiting, _ request: HTTPRequest) throws -> Outcome {
        guard let handler = waiting.handler else { throw Failure() }
        return try handler(request)
    }

    private struct Failure: Error {}

    @Test func theReplyShowsWhatTheImportCameTo() throws {
        let request = try upload()
        var outcome = try route.handler(request)
        while case .wait(let waiting) = outcome {
            let rung = DispatchSemaphore(value: 0)
            waiting.listen { rung.signal() }
            #expect(rung.wait(timeout: .now() + 60) == .success)
            outcome = try resumed(waiting, request)
        }
        let made = try reply(outcome)
        #expect(made.status == 201 && made.json["state"] == "ready")
        #expect(made.header("Location") == "/v1/datasets/\(made.json["id"]?.string ?? "")")
    }

    /// Through the server; nobody listens any more once the reply is sent.
    @Test func theWaitEndsByItself() throws {
        fixture.jobs.drain()
        let server = HTTPServer(
            configuration: ServerConfiguration(port: 0, threads: 1, handlerThreads: 1), router: fixture.router,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try server.start()
        defer { server.stop(graceful: .zero) }
        let made = try PlainClient(port: server.port).send(
            "POST", "/v1/datasets", headers: [("Content-Type", "text/csv")], body: SampleDatasets.pointsTable())
        #expect(made.status == 201)
        #expect(try JSON(parsing: made.body)["state"] == "validating")
        while fixture.store.changes.count > 0 { usleep(200) }
    }

    @Test func aFileThatTakesLongerIsValidatingAndTakenOnce() throws {
        // Now nothing is read any more.
        fixture.jobs.drain()
        var request = try upload()
        let first = try waiting(try route.handler(request))
        #expect(first.limit == .milliseconds(500))
        // A change that isn't the import's end.
        let again = try waiting(resumed(first, request))
        request.mayWait = false
        let made = try reply(resumed(again, request))
        #expect(made.status == 201 && made.json["state"] == "validating")
        #expect(try fixture.get("/v1/datasets").json["items"]?.array?.count == 1)
        #expect(try reply(try route.handler(upload(mayWait: false))).json["state"] == "validating")
    }

    @Test func theWaitEndsWhereTheDatasetIsDeletedOrTheServerEnds() throws {
        fixture.jobs.drain()
        let request = try upload()
        let deleted = try waiting(try route.handler(request))
        let id = try #require(try fixture.get("/v1/datasets").json["items"]?.array?.first?["id"]?.string)
        #expect(try fixture.send(.delete, "/v1/datasets/\(id)").status == 204)
        let rung = DispatchSemaphore(value: 0)
        deleted.listen { rung.signal() }
        #expect(rung.wait(timeout: .now() + 60) == .success)
        expectProblem(try reply(resumed(deleted, request)), 404)

        let ended = try waiting(try route.handler(upload()))
        fixture.service.endWaiting()
        #expect(try reply(resumed(ended, request)).json["state"] == "validating")
    }

    @Test func anIdempotencyKeyKeepsTheReplyThatWasGiven() throws {
        fixture.jobs.drain()
        let headers: HTTPHeaders = ["Idempotency-Key": "k"]
        var request = try upload(headers: headers)
        let first = try waiting(try route.handler(request))
        expectProblem(try reply(try route.handler(upload(headers: headers))), 409, "idempotency_key_in_use")
        request.mayWait = false
        let made = try reply(resumed(first, request))
        #expect(made.status == 201)
        #expect(try reply(try route.handler(upload(headers: headers))).bytes == made.bytes)
    }
}
