import Codecs
import HTTPServer
import Jobs
import Store
import TestSupport
import Testing

/// A service with a trained model whose name, and whose dataset's name, are markup.
struct ReportedModel: Sendable {
    static let markup = #"<script>alert("a' & b")</script>"#

    let fixture: ServiceFixture
    let id: String
    let dataset: String

    var reports: String { "/v1/models/\(id)/reports" }
    var report: String { "/v1/models/\(id)/report" }

    /// 400 points in the plane, of which no more than 40 are held out.
    static let points = Result { try ReportedModel { _ in SampleDatasets.pointsTable(count: 400) } }

    /// 240 grey images of 8×8 in two classes.
    static let images = Result {
        try ReportedModel { _ in try SampleDatasets.imageArchive(count: 240, classes: 2, side: 8) }
    }

    init(dataset bytes: (ServiceFixture) throws -> [UInt8]) throws {
        fixture = try ServiceFixture()
        dataset = try fixture.dataset(bytes(fixture))
        let name: JSON = ["name": .string(Self.markup)]
        _ = try fixture.send(.patch, "/v1/datasets/\(dataset)", body: .bytes(name.bytes))
        let spec = ServiceFixture.tinySpec(
            dataset, steps: 4,
            [.init(name: "name", value: "m"), .init(name: "checkpoint", value: ["every_steps": 2])])
        id = try #require(try fixture.trained(spec)["model_id"]?.string)
        _ = try fixture.send(.patch, "/v1/models/\(id)", body: .bytes(name.bytes))
    }

    /// Has a report made; gives it as the API shows it.
    func made(_ body: JSON) throws -> JSON {
        let reply = try fixture.post(reports, body)
        #expect(reply.status == 202, "\(reply.text)")
        let id = try #require(reply.json["id"]?.string)
        #expect(fixture.jobs.waitForReport(id, timeout: 120))
        return try fixture.get("/v1/reports/\(id)").json
    }
}

@Suite struct ReportRouteTests {
    @Test func aReportOnPointsIsMadeAndShown() throws {
        let model = try ReportedModel.points.get()
        let reply = try model.fixture.post(model.reports, ["n": 50, "seed": 9, "checkpoint": 2])
        #expect(reply.status == 202 && ["queued", "running"].contains(reply.json["state"]?.string))
        let id = try #require(reply.json["id"]?.string)
        #expect(reply.header("Location") == "/v1/reports/\(id)" && reply.header("Retry-After") != nil)
        #expect(model.fixture.jobs.waitForReport(id, timeout: 120))
        let shown = try model.fixture.get("/v1/reports/\(id)")
        let report = shown.json
        #expect(report["state"] == "succeeded" && report["error"] == .null, "\(shown.text)")
        #expect(report["n"] == 50 && report["seed"] == 9 && report["step"] == 2 && report["checkpoint"] == "2")
        #expect(report["model_id"]?.string == model.id && report["dataset_id"]?.string == model.dataset)
        #expect(report["progress"]?["fraction"] == 1 || report["progress"]?["fraction"]?.number == 1)
        #expect(report["progress"]?["done"] == report["progress"]?["total"])
        #expect(report["feature_space"]?["name"] == "columns")
        #expect(
            report["figures"]?.object?.map(\.name) == [
                "score", "precision", "recall", "density", "coverage", "missing", "two_sample_accuracy", "mmd",
                "nearest_training",
            ])
        #expect(report["figures"]?["coverage"]?["sample_count"] == 50)
        #expect(report["figures"]?["coverage"]?["real"]?.number != nil)
        #expect(report["verdict"]?.string?.isEmpty == false && report["classes"] == [])
        #expect(try model.fixture.get("/v1/reports/\(id)", ["If-None-Match": shown.header("ETag") ?? ""]).status == 304)
        // The same request gives the same figures.
        #expect(try model.made(["n": 50, "seed": 9, "checkpoint": 2])["figures"] == report["figures"])
    }

    @Test func aReportOnImagesHasTheirFigures() throws {
        let model = try ReportedModel.images.get()
        let report = try model.made(["n": 40])
        #expect(report["state"] == "succeeded", "\(report)")
        #expect(report["seed"]?.integer != nil && report["checkpoint"] == "best")
        #expect(report["feature_space"]?["name"] == "learned_classes")
        let figures = try #require(report["figures"])
        for name in ["fid_own_features", "kid_own_features", "class_balance"] {
            #expect(figures[name]?["samples"]?.number != nil, "\(name)")
        }
        let classes = try #require(report["classes"]?.array)
        #expect(classes.map { $0["name"] } == ["0", "1"])
        #expect(abs(classes.compactMap { $0["samples"]?.number }.reduce(0, +) - 1) < 1e-9)
        #expect(abs(classes.compactMap { $0["training"]?.number }.reduce(0, +) - 1) < 1e-9)
        let page = try model.fixture.get(model.report + "?format=html").text
        #expect(page.contains("src=\"data:image/png;base64,iVBOR") && page.contains("Share of the training items"))
    }

    @Test func aBodyIsNotNeeded() throws {
        let model = try ReportedModel.points.get()
        let reply = try model.fixture.post(model.reports)
        #expect(reply.status == 202)
        let id = try #require(reply.json["id"]?.string)
        #expect(model.fixture.jobs.waitForReport(id, timeout: 120))
        let report = try model.fixture.get("/v1/reports/\(id)").json
        #expect(report["n"] == report["figures"]?["coverage"]?["against"])
        #expect(try model.made(["seed": "18446744073709551615"])["seed"] == "18446744073709551615")
    }

    // MARK: The page

    @Test func thePageStandsAloneAndEscapesNames() throws {
        let model = try ReportedModel.points.get()
        _ = try model.made(["n": 40])
        let reply = try model.fixture.get(model.report, ["Accept": "text/html,*/*;q=0.8"])
        #expect(reply.status == 200 && reply.header("Content-Type") == "text/html; charset=utf-8")
        #expect(
            reply.header("Content-Security-Policy")
                == "default-src 'none'; img-src data:; style-src 'unsafe-inline'")
        let page = reply.text
        #expect(!page.contains("<script") && !page.contains("http"))
        let escaped = "&lt;script&gt;alert(&quot;a&#39; &amp; b&quot;)&lt;/script&gt;"
        // Title, heading, origin; and the dataset's name.
        #expect(page.split(separator: escaped, omittingEmptySubsequences: false).count == 5)
        #expect(page.contains("src=\"data:image/png;base64,iVBOR"))
        for word in ["coverage", "How to read it", model.id, model.dataset, "standardised over the training items"] {
            #expect(page.contains(word), "\(word)")
        }
        let tag = try #require(reply.header("ETag"))
        #expect(try model.fixture.get(model.report + "?format=html", ["If-None-Match": tag]).status == 304)
    }

    private static let formats: [(query: String, accept: String?, type: String?)] = [
        ("", nil, "application/json"), ("", "*/*", "application/json"), ("", "text/html", "text/html; charset=utf-8"),
        ("?format=html", "application/json", "text/html; charset=utf-8"),
        ("?format=json", "text/html", "application/json"), ("", "image/png", nil),
    ]

    @Test(arguments: formats)
    func theFormIsChosen(query: String, accept: String?, type: String?) throws {
        let model = try ReportedModel.points.get()
        _ = try model.made(["n": 20])
        let reply = try model.fixture.get(model.report + query, accept.map { ["Accept": $0] } ?? [:])
        guard let type else {
            expectProblem(reply, 406, "not_acceptable")
            return
        }
        #expect(reply.status == 200 && reply.header("Content-Type") == type)
        if type == "application/json" { #expect(reply.json["state"] == "succeeded" && reply.json["n"] == 20) }
    }

    // MARK: Refusals

    private static let bodies: [(body: String, places: [String])] = [
        (#"{"n":19}"#, ["/n"]), (#"{"n":10001}"#, ["/n"]), (#"{"n":"20"}"#, ["/n"]), (#"{"n":20.5}"#, ["/n"]),
        (#"{"n":1e400}"#, []), (#"{"seed":-1}"#, ["/seed"]), (#"{"seed":"18446744073709551616"}"#, ["/seed"]),
        (#"{"seed":1.5}"#, ["/seed"]), (#"{"checkpoint":"live"}"#, ["/checkpoint"]),
        (#"{"checkpoint":"newest"}"#, ["/checkpoint"]), (#"{"checkpoint":-1}"#, ["/checkpoint"]),
        (#"{"checkpoint":[1]}"#, ["/checkpoint"]), (#"{"target":5}"#, ["/target"]),
        (#"{"samples":20}"#, ["/samples"]), (#"[1]"#, [""]),
        (
            #"{"m~/n":1,"n":0,"seed":[],"checkpoint":{},"target":null}"#,
            ["/m~0~1n", "/n", "/seed", "/target", "/checkpoint"]
        ),
    ]

    @Test(arguments: bodies)
    func aBodyThatIsWrongIsRefusedWithAllItsFaults(body: String, places: [String]) throws {
        let model = try ReportedModel.points.get()
        let reply = try model.fixture.send(.post, model.reports, body: .bytes(Array(body.utf8)))
        if places.isEmpty {
            expectProblem(reply, 400, "malformed_json")
        } else {
            expectProblem(reply, 422, "invalid_body", places: places)
        }
    }

    @Test func whatIsNotThereIsSaid() throws {
        let model = try ReportedModel.points.get()
        expectProblem(try model.fixture.post(model.reports, ["target": "x"]), 422, "invalid_target")
        expectProblem(
            try model.fixture.post(model.reports, ["checkpoint": 3]), 404, "checkpoint_not_found")
        expectProblem(try model.fixture.get("/v1/reports/rep_none"), 404, "not_found")
        expectProblem(try model.fixture.get(model.reports + "?label=a:b"), 400, "bad_parameter", places: ["label"])
        expectProblem(try model.fixture.get(model.reports + "?state=done"), 400, "bad_parameter", places: ["state"])
        expectProblem(try model.fixture.get(model.report + "?format=png"), 400, "bad_parameter", places: ["format"])
    }

    @Test func aModelWithoutACheckpointOrReportOrWithFewItemsIsRefused() throws {
        let fixture = try ServiceFixture(workers: 0)
        let job = try fixture.post("/v1/jobs", ServiceFixture.tinySpec(try fixture.points(), steps: 3)).json
        let id = try #require(job["model_id"]?.string)
        expectProblem(try fixture.post("/v1/models/\(id)/reports"), 409, "model_not_ready")
        let none = try fixture.get("/v1/models/\(id)/report")
        expectProblem(none, 404, "no_report")
        #expect(none.json["detail"]?.string?.contains("POST /v1/models/\(id)/reports") == true)
        #expect(try fixture.get("/v1/models/\(id)/reports").json == ["items": [], "next_page_token": .null])

        // 60 images, of which 6 are held out.
        let few = try TrainedModel.images.get()
        let reply = try few.fixture.post("/v1/models/\(few.id)/reports")
        expectProblem(reply, 422, "too_few_items")
        #expect(reply.json["detail"]?.string?.contains("20 held-out items") == true)
    }

    @Test func aModelWhoseDatasetWasDeletedKeepsItsReportsAndGetsNoMore() throws {
        let model = try ReportedModel { _ in SampleDatasets.pointsTable(count: 400) }
        let report = try model.made(["n": 20])
        #expect(try model.fixture.send(.delete, "/v1/datasets/\(model.dataset)").status == 204)
        expectProblem(try model.fixture.post(model.reports), 409, "dataset_deleted")
        #expect(try model.fixture.get(model.report).json["id"] == report["id"])
        let page = try model.fixture.get(model.report + "?format=html").text
        #expect(page.contains("\(model.dataset), which was deleted"))
        // The model's reports go with it.
        #expect(try model.fixture.send(.delete, "/v1/models/\(model.id)").status == 204)
        expectProblem(try model.fixture.get("/v1/reports/\(report["id"]?.string ?? "")"), 404, "not_found")
    }

    @Test func reportsAreListedNewestFirstAndDeleted() throws {
        let model = try ReportedModel { _ in SampleDatasets.pointsTable(count: 400) }
        let ids = try (0..<3).map { _ in try #require(try model.made(["n": 20])["id"]?.string) }
        let page = try model.fixture.get(model.reports + "?limit=2").json
        #expect(page["items"]?.array?.compactMap { $0["id"]?.string } == [ids[2], ids[1]])
        let token = try #require(page["next_page_token"]?.string)
        let rest = try model.fixture.get(model.reports + "?limit=2&page_token=\(token)").json
        #expect(rest["items"]?.array?.compactMap { $0["id"]?.string } == [ids[0]])
        let last = "/v1/reports/\(ids[2])"
        expectProblem(try model.fixture.send(.delete, last, headers: ["If-Match": "\"1\""]), 412, "stale")
        #expect(try model.fixture.send(.delete, last).status == 204)
        expectProblem(try model.fixture.get(last), 404, "not_found")
        #expect(try model.fixture.get(model.report).json["id"]?.string == ids[1])
    }

    @Test func tooManyReportsAreRefusedUntilSomeAreCancelled() throws {
        // Without workers nothing else goes on; what is put into the store directly is never made.
        let model = try ReportedModel { _ in SampleDatasets.pointsTable(count: 400) }
        let waiting = NewReport(
            modelID: model.id, datasetID: model.dataset, checkpoint: "best", step: 4, samples: 20, seed: 1, total: 9)
        let ids = try (0..<JobCenter.waitingReports).map { _ in
            try #require(try model.fixture.store.createReport(waiting, limit: 100)).id
        }
        let reply = try model.fixture.post(model.reports)
        expectProblem(reply, 429, "too_many_reports")
        #expect(reply.header("Retry-After") != nil)
        let cancelled = try model.fixture.send(.delete, "/v1/reports/\(ids[0])")
        #expect(cancelled.status == 202 && cancelled.json["state"] == "cancelled")
        #expect(cancelled.json["finished_at"]?.string != nil && cancelled.json["figures"] == .null)
        #expect(try model.fixture.get(model.reports + "?state=cancelled").json["items"]?.array?.count == 1)
        #expect(try model.made(["n": 20])["state"] == "succeeded")
    }
}
