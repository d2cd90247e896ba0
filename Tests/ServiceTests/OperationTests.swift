import Codecs
import HTTPServer
import Logging
import Service
import Store
import Testing

@Suite struct OperationTests {
    @Test func theServerSaysWhatItIsAndAllows() throws {
        let fixture = try ServiceFixture(workers: 0)
        #expect(try fixture.get("/livez").json == ["status": "ok"])
        let description = try fixture.get("/v1").json
        #expect(description["name"] == "gand")
        #expect(description["engine"]?["name"] == "libtorch")
        #expect(description["devices"]?.array?.first?["id"] == "cpu")
        #expect(
            description["limits"]?["samples"] == [
                "json": 10_000_000, "png": 4096, "npy": 10_000_000, "csv": 10_000_000, "zip": 100_000,
            ])
    }

    @Test func readinessIsItemisedAndEndsWithDraining() throws {
        let fixture = try ServiceFixture(workers: 0)
        let router = operatorRouter(fixture)
        let ready = Reply(router.respond(to: try HTTPRequest(target: "/readyz")))
        #expect(ready.status == 200)
        #expect(ready.json["ready"] == true)
        #expect(ready.json["checks"]?.array?.map { $0["name"] } == ["accepting", "workers", "store", "disk"])
        fixture.service.beginDraining()
        let draining = Reply(router.respond(to: try HTTPRequest(target: "/readyz")))
        #expect(draining.status == 503)
        #expect(draining.json["checks"]?.array?.first?["ok"] == false)
        #expect(Reply(router.respond(to: try HTTPRequest(target: "/livez"))).status == 200)
    }

    @Test func metricsFollowTheNamingRules() throws {
        let fixture = try ServiceFixture(workers: 0)
        let reply = Reply(operatorRouter(fixture).respond(to: try HTTPRequest(target: "/metrics")))
        #expect(reply.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
        let lines = reply.text.split(separator: "\n").map(String.init)
        for line in [
            #"gand_jobs{state="queued"} 0"#, "# TYPE gand_live_tensors gauge",
            "# TYPE process_resident_memory_bytes gauge", "# TYPE gand_http_requests_total counter",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        let declarations = lines.filter { $0.hasPrefix("# TYPE") }.map { $0.split(separator: " ") }
        #expect(Set(declarations.map { $0[2] }).count == declarations.count)
        for declaration in declarations {
            #expect((declaration[3] == "counter") == declaration[2].hasSuffix("_total"), "\(declaration)")
        }
    }

    @Test func aRunningJobIsShownByItsNewestFigures() throws {
        let fixture = try ServiceFixture()
        let spec = ServiceFixture.tinySpec(
            try fixture.points(), steps: 200_000,
            [
                .init(name: "checkpoint", value: ["every_steps": 10]),
                .init(name: "evaluation", value: ["every_steps": 20]),
            ])
        let made = try fixture.post("/v1/jobs", spec)
        let job = try #require(made.json["id"]?.string, "\(made.text)")
        let router = operatorRouter(fixture)
        func figures() throws -> String { Reply(router.respond(to: try HTTPRequest(target: "/metrics"))).text }
        // A step, a checkpoint and a verdict come soon.
        var text = try figures()
        while !text.contains(#"gand_job_loss{job_id="\#(job)",network="generator"}"#)
            || text.contains("gand_checkpoints_total 0\n")
            || !text.contains(#"gand_job_health{job_id="\#(job)",verdict=""#)
        {
            try #require(fixture.store.job(job).state.isLive)
            text = try figures()
        }
        for name in ["steps_per_second", "step", "checkpoint_age_seconds"] {
            #expect(text.contains(#"gand_job_\#(name){job_id="\#(job)"} "#), "\(name)")
        }
        #expect(!text.contains("gand_training_steps_total 0\n"))
        #expect(!text.contains("gand_training_step_seconds_total 0\n"))
        let model = try #require(try fixture.get("/v1/jobs/\(job)").json["model_id"]?.string)
        #expect(try fixture.get("/v1/models/\(model)/samples?n=7").status == 200)
        #expect(try figures().contains("gand_samples_total 7\n"))
        _ = try fixture.post("/v1/jobs/\(job)/stop")
        _ = try fixture.job(job, after: .stopped)
        #expect(try !figures().contains(job))
    }

    private func operatorRouter(_ fixture: ServiceFixture) -> Router {
        let server = HTTPServer(
            configuration: ServerConfiguration(), router: fixture.router,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return fixture.service.operatorRouter { server.metrics() }
    }

    private static let values: [(value: Double, text: String)] = [
        (1, "1"), (0.25, "0.25"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (1e15, "1000000000000000"),
    ]

    @Test(arguments: values)
    func numbersAreWrittenAsPrometheusReadsThem(value: Double, text: String) {
        var exposition = PrometheusText()
        exposition.sample("a", value)
        #expect(exposition.text == "a \(text)\n")
    }

    @Test func labelValuesAreEscaped() {
        var exposition = PrometheusText()
        exposition.sample("a", labels: [("path", "C:\\ \"x\"\ny")], 1)
        #expect(exposition.text == #"a{path="C:\\ \"x\"\ny"} 1"# + "\n")
    }
}
