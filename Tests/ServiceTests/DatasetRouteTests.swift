import Codecs
import HTTPServer
import Jobs
import TestSupport
import Testing

@Suite struct DatasetRouteTests {
    @Test func anUploadBecomesADatasetAsTheContractShowsIt() throws {
        let fixture = try ServiceFixture(workers: 0)
        let archive = try SampleDatasets.imageArchive(count: 60, classes: 2, side: 8)
        let created = try fixture.upload(archive, "name=squares")
        #expect(created.status == 201)
        let id = try #require(created.json["id"]?.string)
        #expect(created.header("Location") == "/v1/datasets/\(id)")
        #expect(fixture.jobs.waitForImport(of: id, timeout: 60))
        let dataset = try fixture.get("/v1/datasets/\(id)").json
        #expect(
            dataset.object?.map(\.name).sorted() == [
                "bytes", "created_at", "id", "items", "kind", "labels", "name", "problem_count", "problems", "schema",
                "sha256", "state",
            ])
        #expect(dataset["name"] == "squares")
        #expect(dataset["state"] == "ready")
        #expect(dataset["kind"] == "images")
        #expect(dataset["items"] == 60)
        #expect(dataset["bytes"]?.integer == Int64(archive.count))
        #expect(dataset["sha256"]?.string == SHA256.hex(of: archive))
        #expect(dataset["schema"] == ["height": 8, "width": 8, "channels": 1, "classes": ["0", "1"]])
    }

    @Test func picturesAreScaledWhereTheUploadSaysSo() throws {
        let fixture = try ServiceFixture(workers: 0)
        let archive = try SampleDatasets.imageArchive(count: 6, classes: 2, side: 20)
        let id = try fixture.dataset(archive, "size=12x16&fit=pad")
        let dataset = try fixture.get("/v1/datasets/\(id)").json
        #expect(dataset["state"] == "ready" && dataset["parameters"] == ["fit": "pad", "size": "12x16"])
        #expect(
            dataset["schema"]
                == ["height": 16, "width": 12, "channels": 1, "classes": ["0", "1"], "fit": "pad"])
    }

    private static let wrongSizes: [(query: String, code: String, place: String)] = [
        ("size=4x4", "size_out_of_range", "size"), ("size=64", "bad_import_parameter", "size"),
        ("fit=crop", "bad_import_parameter", "fit"), ("size=8x8&fit=zoom", "bad_import_parameter", "fit"),
        ("size=8x8&kind=table", "bad_import_parameter", "size"),
    ]

    @Test(arguments: wrongSizes)
    func aSizeThatCantBeIsRefusedBeforeTheFileIsKept(query: String, code: String, place: String) throws {
        let fixture = try ServiceFixture(workers: 0)
        expectProblem(try fixture.upload([1], query), 422, code, places: [place])
        #expect(try fixture.get("/v1/datasets").json["items"] == [])
    }

    @Test func listsAreNewestFirstAndPaged() throws {
        let fixture = try ServiceFixture(workers: 0)
        let ids = try (0..<5).map { _ in try fixture.points() }
        let first = try fixture.get("/v1/datasets?limit=2").json
        #expect(first["items"]?.array?.compactMap { $0["id"]?.string } == [ids[4], ids[3]])
        let token = try #require(first["next_page_token"]?.string)
        let second = try fixture.get("/v1/datasets?limit=3&page_token=\(token)").json
        #expect(second["items"]?.array?.compactMap { $0["id"]?.string } == [ids[2], ids[1], ids[0]])
        #expect(second["next_page_token"] == .null)
    }

    @Test(arguments: [
        ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=x", "limit"), ("state=odd", "state"),
        ("label=team", "label"), ("label=:a", "label"), ("label=", "label"), ("page_token=", "page_token"),
    ])
    func aBadListQueryIsNamed(query: String, place: String) throws {
        let fixture = try ServiceFixture(workers: 0)
        expectProblem(try fixture.get("/v1/datasets?\(query)"), 400, places: [place])
    }

    @Test(arguments: ["forged", "ds_01m86vwhpevjm1sx8ffbwhjkeb.0123456789abcdef"])
    func aPageTokenOfAnotherListIsRefused(token: String) throws {
        let fixture = try ServiceFixture(workers: 0)
        expectProblem(
            try fixture.get("/v1/datasets?page_token=\(token)"), 422, "invalid_page_token", places: ["page_token"])
    }

    /// A colon or comma with a combining mark after it is one character of Swift's.
    @Test func separatorsAreFoundWhateverFollowsThem() throws {
        let fixture = try ServiceFixture(workers: 0)
        #expect(try fixture.get("/v1/datasets?label=a:%CC%81b").status == 200)
        expectProblem(try fixture.get("/v1/datasets?state=ready,%CC%81"), 400, places: ["state"])
    }

    @Test func namesAndLabelsCanBeChangedAndFilteredBy() throws {
        let fixture = try ServiceFixture(workers: 0)
        let id = try fixture.points()
        _ = try fixture.points()
        let changed = try fixture.send(
            .patch, "/v1/datasets/\(id)", body: .bytes(Array(#"{"name":"ring","labels":{"team":"a"}}"#.utf8)))
        #expect(changed.status == 200)
        #expect(changed.json["name"] == "ring")
        #expect(changed.json["labels"] == ["team": "a"])
        let found = try fixture.get("/v1/datasets?label=team:a").json["items"]?.array
        #expect(found?.compactMap { $0["id"]?.string } == [id])
    }

    @Test(arguments: [
        (#"{"name":""}"#, ["/name"]),
        (#"{"labels":{"a\u0000b":"c","d":"e\u0001"}}"#, ["/labels/a\u{0}b", "/labels/d"]),
        (#"{"kind":"points"}"#, ["/kind"]), (#"{"labels":{"a":1}}"#, ["/labels/a"]),
        (#"{"labels":[],"name":7}"#, ["/name", "/labels"]), ("[]", [""]),
    ])
    func aBadChangeIsNamed(body: String, places: [String]) throws {
        let fixture = try ServiceFixture(workers: 0)
        let id = try fixture.points()
        let reply = try fixture.send(.patch, "/v1/datasets/\(id)", body: .bytes(Array(body.utf8)))
        expectProblem(reply, 422, "invalid_body", places: places)
    }

    @Test func aStaleIfMatchIs412AndANewerOneWorks() throws {
        let fixture = try ServiceFixture(workers: 0)
        let id = try fixture.points()
        let tag = try #require(try fixture.get("/v1/datasets/\(id)").header("ETag"))
        let body = RequestBody.bytes(Array(#"{"name":"b"}"#.utf8))
        let changed = try fixture.send(.patch, "/v1/datasets/\(id)", headers: ["If-Match": tag], body: body)
        #expect(changed.status == 200)
        let stale = try fixture.send(.patch, "/v1/datasets/\(id)", headers: ["If-Match": tag], body: body)
        expectProblem(stale, 412, "stale")
        #expect(try fixture.get("/v1/datasets/\(id)", ["If-None-Match": changed.header("ETag") ?? ""]).status == 304)
    }

    @Test func aDeletedDatasetIsGoneUnlessAJobUsesIt() throws {
        let fixture = try ServiceFixture(workers: 0)
        let id = try fixture.points()
        let job = try fixture.post("/v1/jobs", ServiceFixture.tinySpec(id, steps: 3)).json
        expectProblem(try fixture.send(.delete, "/v1/datasets/\(id)"), 409, "dataset_in_use")
        #expect(try fixture.send(.delete, "/v1/jobs/\(job["id"]?.string ?? "")").status == 204)
        #expect(try fixture.send(.delete, "/v1/datasets/\(id)").status == 204)
        expectProblem(try fixture.get("/v1/datasets/\(id)"), 404)
    }

    @Test func previewsArePicturesOrJSON() throws {
        let fixture = try ServiceFixture(workers: 0)
        let images = try fixture.dataset(SampleDatasets.imageArchive(count: 12, side: 8))
        let sheet = try PNG.decode(try fixture.get("/v1/datasets/\(images)/preview?n=9").bytes, maximumPixels: 1 << 20)
        #expect(sheet.width == 3 * 10 + 2 && sheet.height == 3 * 10 + 2)
        let json = try fixture.get("/v1/datasets/\(images)/preview?n=3", ["Accept": "application/json"])
        #expect(json.header("Content-Type") == "application/json")
        #expect(json.json["items"]?.array?.count == 3)
        let points = try fixture.points()
        let plot = try fixture.get("/v1/datasets/\(points)/preview")
        #expect(plot.header("Content-Type") == "image/png")
        #expect(try fixture.get("/v1/datasets/\(points)/preview?n=5&format=json").json["items"]?.array?.count == 5)
        expectProblem(try fixture.get("/v1/datasets/\(points)/preview", ["Accept": "text/html"]), 406)
        expectProblem(try fixture.get("/v1/datasets/\(points)/preview?n=0"), 400, places: ["n"])
    }
}
