import Codecs
import HTTPServer
import Logging
import Service
import TestSupport
import Testing

/// A few of the routes through a socket: what the server adds to the router.
@Suite struct LiveTests {
    @Test func uploadsProblemsAndFiguresGoThroughTheServer() throws {
        let fixture = try ServiceFixture(workers: 0)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = HTTPServer(
            configuration: ServerConfiguration(port: 0, threads: 1, allowedHosts: []), router: fixture.router,
            logger: logger)
        try server.start()
        defer { server.stop(graceful: .zero) }
        let client = PlainClient(port: server.port)

        let form = [("Content-Type", "application/x-www-form-urlencoded")]
        let upload = try client.send(
            "POST", "/v1/datasets?name=ring", headers: form, body: SampleDatasets.pointsTable())
        #expect(upload.status == 201, "\(upload.text)")
        let id = try #require(try JSON(parsing: upload.body)["id"]?.string)
        #expect(upload.headers["location"] == "/v1/datasets/\(id)")

        let wrongType = try client.send("POST", "/v1/jobs", headers: form, body: Array("{}".utf8))
        #expect(wrongType.status == 415)
        #expect(wrongType.headers["content-type"] == "application/problem+json")
        #expect(try JSON(parsing: wrongType.body)["title"] == "Unsupported Media Type")

        let tagged = try client.send("GET", "/v1/nothing", headers: [("X-Request-Id", "mine-1")])
        #expect(tagged.status == 404)
        #expect(tagged.headers["x-request-id"] == "mine-1")
        #expect(try JSON(parsing: tagged.body)["request_id"] == "mine-1")

        #expect(try client.send("GET", "/v1", headers: [("Host", "evil.example")]).status == 421)
        #expect(try client.send("GET", "/v1", headers: [("Origin", "http://evil.example")]).status == 403)

        let router = fixture.service.operatorRouter { server.metrics() }
        let figures = Reply(router.respond(to: try HTTPRequest(target: "/metrics"))).text
        #expect(figures.contains(#"gand_http_requests_total{method="POST",route="/v1/datasets",code="201"} 1"#))
        #expect(
            figures.contains(
                #"gand_http_request_duration_seconds_bucket{method="POST",route="/v1/datasets",le="+Inf"} 1"#))
        #expect(
            figures.contains(#"gand_http_request_duration_seconds_count{method="POST",route="/v1/datasets"} 1"#))
    }

    @Test func manySamplesArriveWholeThroughTheServer() throws {
        let model = try TrainedModel.points.get()
        let server = HTTPServer(
            configuration: ServerConfiguration(port: 0, threads: 1), router: model.fixture.router,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try server.start()
        defer { server.stop(graceful: .zero) }
        let reply = try PlainClient(port: server.port).send("GET", "\(model.samples)?n=20000&seed=1&checkpoint=20")
        #expect(reply.status == 200)
        #expect(reply.headers["transfer-encoding"] == "chunked")
        let samples = try JSON(parsing: reply.body)["samples"]?.array
        #expect(samples?.count == 20_000)
    }
}
