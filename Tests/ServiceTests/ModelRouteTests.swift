import Codecs
import HTTPServer
import Store
import TestSupport
import Testing

@Suite struct ModelRouteTests {
    @Test func aModelOutlivesItsJob() throws {
        let fixture = try ServiceFixture()
        let job = try fixture.trained(ServiceFixture.tinySpec(try fixture.points(), steps: 3))
        let id = try #require(job["model_id"]?.string)
        let model = try fixture.get("/v1/models/\(id)").json
        #expect(model["ready"] == true)
        #expect(model["latest_checkpoint"] == 3)
        #expect(model["job_id"] == job["id"])
        #expect(try fixture.send(.delete, "/v1/jobs/\(job["id"]?.string ?? "")").status == 204)
        #expect(try fixture.get("/v1/models/\(id)").json["job_id"] == .null)
        #expect(try fixture.get("/v1/models/\(id)/samples?n=1").status == 200)
        let listed = try fixture.get("/v1/models").json["items"]?.array
        #expect(listed?.map { $0["id"] } == [.string(id)])
        #expect(try fixture.send(.delete, "/v1/models/\(id)").status == 204)
        expectProblem(try fixture.get("/v1/models/\(id)"), 404, "not_found")
    }

    @Test func namesAndLabelsCanBeChanged() throws {
        let fixture = try ServiceFixture(workers: 0)
        let job = try fixture.post("/v1/jobs", ServiceFixture.tinySpec(try fixture.points(), steps: 3)).json
        let id = try #require(job["model_id"]?.string)
        let changed = try fixture.send(
            .patch, "/v1/models/\(id)", body: .bytes(Array(#"{"name":"best","labels":{"a":"b"}}"#.utf8)))
        #expect(changed.json["name"] == "best" && changed.json["labels"] == ["a": "b"])
        expectProblem(
            try fixture.send(.patch, "/v1/models/\(id)", body: .bytes(Array(#"{"priority":1}"#.utf8))), 422,
            places: ["/priority"])
        expectProblem(try fixture.send(.delete, "/v1/models/\(id)"), 409, "model_in_use")
    }

    @Test func checkpointsListTheirFilesAndGiveThem() throws {
        let model = try TrainedModel.points.get()
        let items = try #require(try model.fixture.get("/v1/models/\(model.id)/checkpoints").json["items"]?.array)
        #expect(items.map { $0["step"] } == [20, 10])
        let file = try #require(items[0]["files"]?.array?.first { $0["name"] == "weights.safetensors" })
        let url = try #require(file["url"]?.string)
        let whole = try model.fixture.get(url)
        #expect(whole.status == 200)
        #expect(whole.header("Accept-Ranges") == "bytes")
        #expect(whole.bytes.count == file["bytes"]?.integer.map { Int($0) })
        let tag = try #require(whole.header("ETag"))
        #expect(try model.fixture.get(url, ["If-None-Match": tag]).status == 304)
        expectProblem(try model.fixture.get("/v1/models/\(model.id)/checkpoints/7/manifest.json"), 404)
        expectProblem(try model.fixture.get("/v1/models/\(model.id)/checkpoints/x/manifest.json"), 404)
        expectProblem(try model.fixture.get("/v1/models/\(model.id)/checkpoints/20/gand.sqlite"), 404)
    }

    private static let ranges: [(range: String, status: Int)] = [
        ("bytes=0-9", 206), ("bytes=-4", 206), ("bytes=5-", 206), ("bytes=0-999999999", 206),
        ("bytes=999999999-", 416), ("bytes=-0", 416), ("bytes=9-3", 200), ("bytes=0-1,3-4", 200), ("lines=1-2", 200),
        ("bytes=a-b", 200), ("bytes=0-9223372036854775807", 206), ("bytes=-9223372036854775807", 206),
        ("bytes=9223372036854775807-9223372036854775807", 416), ("bytes=0-9223372036854775808", 200),
    ]

    @Test(arguments: ranges)
    func aRangeOfAFile(range: String, status: Int) throws {
        let model = try TrainedModel.points.get()
        let url = "/v1/models/\(model.id)/checkpoints/20/weights.safetensors"
        let whole = try model.fixture.get(url).bytes
        let reply = try model.fixture.get(url, ["Range": range])
        #expect(reply.status == status)
        if status == 200 { #expect(reply.bytes == whole) }
        if status == 416 { #expect(reply.header("Content-Range") == "bytes */\(whole.count)") }
        guard status == 206 else { return }
        let place = try #require(reply.header("Content-Range"))
        #expect(place.hasSuffix("/\(whole.count)"))
        let ends = place.dropFirst(6).split(separator: "/")[0].split(separator: "-").compactMap { Int($0) }
        #expect(reply.bytes == Array(whole[ends[0]...ends[1]]))
        if range == "bytes=0-9" { #expect(ends == [0, 9]) }
        if range == "bytes=-4" { #expect(ends == [whole.count - 4, whole.count - 1]) }
    }

    @Test func aRangeOfAnotherStateGivesTheWholeFile() throws {
        let model = try TrainedModel.points.get()
        let url = "/v1/models/\(model.id)/checkpoints/20/weights.safetensors"
        #expect(try model.fixture.get(url, ["Range": "bytes=0-9", "If-Range": "\"other\""]).status == 200)
    }
}
