import Codecs
import Datasets
import HTTPServer
import Store
import TestSupport
import Testing

/// What bad datasets get: a clear answer, nothing lost, the server up.
@Suite struct BadUploadTests {
    private static let noDatasets: [(what: String, text: String)] = [
        ("text", "not a dataset at all, is it?\n"),
        ("a ZIP's beginning", "PK\u{3}\u{4}" + String(repeating: "\0", count: 60)),
        ("a gzip's beginning", "\u{1f}" + String(repeating: "\0", count: 60)),
        ("CSV with text where numbers stood", "x,y\n1,2\n3,abc\n"),
        ("CSV with ragged rows", "x,y\n1,2\n3,4,5\n"),
        ("CSV with NaN", "x,y\n1,2\nnan,4\n"),
    ]

    @Test(arguments: noDatasets)
    func anUploadThatIsNoDatasetBecomesInvalidAndSaysWhy(what: String, text: String) throws {
        let fixture = try ServiceFixture()
        let id = try fixture.dataset(Array(text.utf8), "name=bad&kind=points")
        let dataset = try fixture.get("/v1/datasets/\(id)").json
        #expect(dataset["state"] == "invalid", "\(what)")
        let problem = dataset["problems"]?.array?.first
        #expect((problem?["detail"]?.string?.count ?? 0) > 10, "\(what): \(dataset)")
        try expectProblemOfJob(on: id, fixture)
        #expect(try fixture.get("/livez").status == 200)
    }

    private static let unsafeEntries: [(what: String, name: String, kind: ArchiveBuilder.Kind)] = [
        ("a name that climbs", "../evil.png", .file),
        ("an absolute name", "/etc/evil.png", .file),
        ("a symbolic link", "0/link.png", .symbolicLink),
    ]

    @Test(arguments: unsafeEntries)
    func anArchiveWithUnsafeEntriesIsRefusedWhole(what: String, name: String, kind: ArchiveBuilder.Kind) throws {
        let fixture = try ServiceFixture()
        let image = try PNG.encode(PixelImage(width: 8, height: 8, channels: 1))
        let entries = [
            ArchiveBuilder.Entry("0/good.png", image),
            ArchiveBuilder.Entry(name, image, kind: kind, target: "/etc/passwd"),
        ]
        for archive in [ArchiveBuilder.zip(entries), ArchiveBuilder.tar(entries)] {
            let id = try fixture.dataset(archive)
            let dataset = try fixture.get("/v1/datasets/\(id)").json
            #expect(dataset["state"] == "invalid", "\(what)")
            #expect("\(dataset["problems"] ?? .null)".contains(name), "\(what): \(dataset)")
        }
    }

    @Test func aCorruptPictureAmongGoodOnesIsNamedAndTheDatasetIsReady() throws {
        let fixture = try ServiceFixture()
        let image = try PNG.encode(PixelImage(width: 8, height: 8, channels: 1))
        var entries = (0..<5).map { ArchiveBuilder.Entry("0/\($0).png", image) }
        entries.append(ArchiveBuilder.Entry("0/broken.png", Array(image.prefix(40))))
        let id = try fixture.dataset(ArchiveBuilder.zip(entries))
        let dataset = try fixture.get("/v1/datasets/\(id)").json
        #expect(dataset["state"] == "ready")
        #expect(dataset["items"] == 5)
        #expect(dataset["problem_count"] == 1)
        #expect(dataset["problems"]?.array?.first?["item"] == "0/broken.png")
    }

    @Test func anArchiveBeyondTheLimitsIsRefused() throws {
        var limits = DatasetLimits()
        limits.maximumEntries = 20
        let fixture = try ServiceFixture(limits: limits)
        let id = try fixture.dataset(SampleDatasets.imageArchive(count: 30))
        let dataset = try fixture.get("/v1/datasets/\(id)").json
        #expect(dataset["state"] == "invalid")
        #expect(dataset["problems"]?.array?.first?["detail"]?.string?.contains("20") == true, "\(dataset)")
    }

    @Test func anEmptyBodyIsRefusedAndNothingIsKept() throws {
        let fixture = try ServiceFixture()
        expectProblem(try fixture.upload([]), 422, "empty_file")
        #expect(try fixture.get("/v1/datasets").json["items"] == [])
    }

    @Test func datasetsBeyondTheQuotaAreRefusedUntilOneIsDeleted() throws {
        let bytes = SampleDatasets.pointsTable()
        let fixture = try ServiceFixture(datasetQuota: 2 * bytes.count)
        let first = try fixture.dataset(bytes)
        let begun: HTTPHeaders = ["Upload-Length": String(bytes.count), "Upload-Metadata": "name cmluZw=="]
        let announced = try fixture.send(.post, "/v1/uploads", headers: begun)
        #expect(announced.status == 201)
        expectProblem(try fixture.upload(bytes), 507, "quota_exceeded")
        expectProblem(try fixture.send(.post, "/v1/uploads", headers: begun), 507, "quota_exceeded")
        #expect(try fixture.send(.delete, "/v1/datasets/\(first)").status == 204)
        #expect(try fixture.upload(bytes).status == 201)
    }

    private static let badQueries: [(query: String, places: [String])] = [
        ("name=a&kind=pictures", ["kind"]), ("name=a&color=red", ["color"]),
        ("name=a&name=b", ["name"]), ("kind=x&y=1", ["kind", "y"]),
    ]

    @Test(arguments: badQueries)
    func aBadQueryIsRefusedBeforeTheFileIsKept(query: String, places: [String]) throws {
        let fixture = try ServiceFixture()
        expectProblem(try fixture.upload([1], query), 400, "bad_parameter", places: places)
        #expect(try fixture.get("/v1/datasets").json["items"] == [])
    }

    @Test(.enabled(if: SmallDisk.isAvailable, "mounting a small file system needs root"))
    func aFullDiskIs507AndWhatWasThereIsIntact() throws {
        let disk = try SmallDisk()
        let fixture = try ServiceFixture(on: disk)
        let id = try fixture.points()
        let before = try fixture.get("/v1/datasets/\(id)").json
        let path = fixture.store.temporaryPath("test")
        try DurableFile.write(Array("x,y\n1,2\n".utf8), to: path)
        try disk.fill()
        let reply = try fixture.send(.post, "/v1/datasets?name=full", body: .file(path: path, size: 8))
        expectProblem(reply, 507, "disk_full")
        try disk.free()
        #expect(try fixture.get("/v1/datasets/\(id)").json == before)
        #expect(try fixture.get("/v1/datasets").json["items"]?.array?.count == 1)
        #expect(try fixture.get("/v1/datasets/\(id)/preview").status == 200)
    }

    private func expectProblemOfJob(on dataset: String, _ fixture: ServiceFixture) throws {
        expectProblem(
            try fixture.post("/v1/jobs", ["dataset_id": .string(dataset)]), 409, "dataset_not_ready")
    }
}
