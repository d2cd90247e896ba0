import Codecs
import HTTPServer
import Store
import TestSupport
import Testing

@Suite struct JobRouteTests {
    @Test func aJobRunsToItsEndAsTheContractShowsIt() throws {
        let fixture = try ServiceFixture()
        let dataset = try fixture.points()
        let spec = ServiceFixture.tinySpec(dataset, steps: 12, [.init(name: "labels", value: ["team": "a"])])
        let submitted = try fixture.post("/v1/jobs", spec)
        #expect(submitted.status == 202)
        let id = try #require(submitted.json["id"]?.string)
        #expect(submitted.header("Location") == "/v1/jobs/\(id)")
        let job = try fixture.job(id, after: .succeeded)
        #expect(
            job.object?.map(\.name).sorted() == [
                "attempt", "created_at", "dataset_id", "error", "finished_at", "health", "id", "labels", "metrics",
                "model_id", "name", "priority", "progress", "spec", "started_at", "state", "stop_reason",
            ])
        #expect(job["state"] == "succeeded")
        #expect(job["stop_reason"] == "steps")
        #expect(job["labels"] == ["team": "a"])
        #expect(job["health"]?.object?.map(\.name) == ["verdict", "detail", "since_step"] && job["error"] == .null)
        #expect(job["spec"]?["requested"] == (try JSON(parsing: spec.bytes)))
        #expect(job["spec"]?["resolved"]?["training"]?["steps"] == 12)
        #expect(job["progress"]?["step"] == 12)
        #expect(job["progress"]?["fraction"]?.number == 1)
        #expect(job["progress"]?["samples_seen"] == 192)
        #expect(job["metrics"]?["generator_loss"]?.number != nil)
        #expect(job["finished_at"]?.string?.hasSuffix("Z") == true)
    }

    @Test func aDryRunExplainsEveryChoiceAndQueuesNothing() throws {
        let fixture = try ServiceFixture(workers: 0)
        let dataset = try fixture.points()
        let reply = try fixture.post("/v1/jobs?dry_run=true", ["dataset_id": .string(dataset)])
        #expect(reply.status == 200)
        #expect(reply.json["spec"]?["resolved"]?["model"]?["architecture"] == "mlp")
        #expect((reply.json["reasons"]?.array?.count ?? 0) > 5)
        #expect((reply.json["parameters"]?["generator"]?.integer ?? 0) > 0)
        #expect((reply.json["memory_bytes"]?.integer ?? 0) > 0)
        #expect(try fixture.get("/v1/jobs").json["items"] == [])
        expectProblem(
            try fixture.post("/v1/jobs?dry_run=perhaps", ["dataset_id": .string(dataset)]), 400, places: ["dry_run"])
    }

    @Test func aQueuedJobStopsAtOnceAndStopIsRepeatable() throws {
        let fixture = try ServiceFixture(workers: 0)
        let id = try queued(fixture)
        for _ in 0..<2 {
            let stopped = try fixture.post("/v1/jobs/\(id)/stop")
            #expect(stopped.status == 202)
            #expect(stopped.json["state"] == "stopped")
        }
        let resumed = try fixture.post("/v1/jobs/\(id)/resume")
        #expect(resumed.status == 202)
        #expect(resumed.json["state"] == "queued")
        expectProblem(try fixture.post("/v1/jobs/\(id)/resume"), 409, "impossible_transition")
        expectProblem(try fixture.post("/v1/jobs/\(id)/stop", ["now": true]), 422, places: ["/now"])
    }

    @Test func aRaisedJobGoesOn() throws {
        let fixture = try ServiceFixture()
        let job = try fixture.trained(ServiceFixture.tinySpec(try fixture.points(), steps: 3))
        let id = try #require(job["id"]?.string)
        let resumed = try fixture.post("/v1/jobs/\(id)/resume", ["training": ["steps": 6]])
        #expect(resumed.status == 202)
        let page = try fixture.get("/v1/jobs/\(id)/events", ["Accept": "application/json"]).json
        #expect("\(page)".contains("new_schedule_segment"))
    }

    @Test func listsFilterByStateAndLabel() throws {
        let fixture = try ServiceFixture(workers: 0)
        let first = try queued(fixture)
        let second = try queued(fixture)
        _ = try fixture.post("/v1/jobs/\(first)/stop")
        _ = try fixture.send(
            .patch, "/v1/jobs/\(second)", body: .bytes(Array(#"{"labels":{"team":"b"},"priority":5}"#.utf8)))
        func ids(_ query: String) throws -> [String?] {
            try (fixture.get("/v1/jobs?\(query)").json["items"]?.array ?? []).map { $0["id"]?.string }
        }
        #expect(try ids("state=stopped") == [first])
        #expect(try ids("state=stopped,queued") == [second, first])
        #expect(try ids("label=team:b") == [second])
        #expect(try ids("label=team:c").isEmpty)
        #expect(try fixture.get("/v1/jobs/\(second)").json["priority"] == 5)
        expectProblem(
            try fixture.send(.patch, "/v1/jobs/\(second)", body: .bytes(Array(#"{"priority":5000}"#.utf8))), 422,
            places: ["/priority"])
    }

    /// Of an ended job's spec only the length is looked at, so a spec that another version wrote is no obstacle.
    @Test func aListShowsProgressWithoutReadingSpecs() throws {
        let fixture = try ServiceFixture(workers: 0)
        let dataset = try fixture.points()
        let plans: [JSON] = [
            ["training": ["steps": 100, "from": "another version"]],
            ["training": ["max_seconds": 2.5, "planned_steps": 70]], [:],
        ]
        for plan in plans {
            _ = try fixture.store.createJob(
                NewJob(name: "", datasetID: dataset, requested: [:], resolved: plan))
        }
        let items = try #require(try fixture.get("/v1/jobs").json["items"]?.array)
        #expect(items.map { $0["progress"]?["steps"] } == [.null, 70, 100])
        #expect(items.map { $0["progress"]?["fraction"]?.number } == [nil, 0, 0])
    }

    @Test func theEntityTagChangesWithTheStateAndNotWithoutIt() throws {
        let fixture = try ServiceFixture(workers: 0)
        let id = try queued(fixture)
        let tag = try #require(try fixture.get("/v1/jobs/\(id)").header("ETag"))
        let unchanged = try fixture.get("/v1/jobs/\(id)", ["If-None-Match": tag])
        #expect(unchanged.status == 304)
        #expect(unchanged.bytes.isEmpty)
        #expect(unchanged.header("ETag") == tag)
        _ = try fixture.post("/v1/jobs/\(id)/stop")
        #expect(try fixture.get("/v1/jobs/\(id)", ["If-None-Match": tag]).status == 200)
    }

    @Test func aDeletedJobLeavesItsModelUnlessToldOtherwise() throws {
        let fixture = try ServiceFixture(workers: 0)
        for deletesModel in [false, true] {
            let id = try queued(fixture)
            let model = try #require(try fixture.get("/v1/jobs/\(id)").json["model_id"]?.string)
            #expect(try fixture.send(.delete, "/v1/jobs/\(id)?delete_model=\(deletesModel)").status == 204)
            expectProblem(try fixture.get("/v1/jobs/\(id)"), 404)
            #expect(try fixture.get("/v1/models/\(model)").status == (deletesModel ? 404 : 200))
        }
    }

    @Test func eventsComeInPagesOldestFirst() throws {
        let fixture = try ServiceFixture()
        let job = try fixture.trained(ServiceFixture.tinySpec(try fixture.points(), steps: 3))
        let path = "/v1/jobs/\(job["id"]?.string ?? "")/events"
        let all = try fixture.get(path, ["Accept": "application/json"]).json
        let states = (all["items"]?.array ?? []).filter { $0["event"] == "state" }.map { $0["data"]?["state"] }
        #expect(states == ["queued", "running", "succeeded"])
        #expect(all["next_page_token"] == .null)
        var paged: [JSON] = []
        var token = "0"
        while true {
            let page = try fixture.get("\(path)?limit=1&page_token=\(token)", ["Accept": "application/json"]).json
            paged += page["items"]?.array ?? []
            guard let next = page["next_page_token"]?.string else { break }
            token = next
        }
        #expect(paged == all["items"]?.array)
        expectProblem(try fixture.get(path, ["Accept": "text/html"]), 406)
    }

    private func queued(_ fixture: ServiceFixture) throws -> String {
        let spec = ServiceFixture.tinySpec(try fixture.points(), steps: 3)
        return try #require(try fixture.post("/v1/jobs", spec).json["id"]?.string)
    }
}
