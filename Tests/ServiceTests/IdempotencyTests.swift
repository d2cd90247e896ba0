import Codecs
import HTTPServer
import Jobs
import Service
import Store
import TestSupport
import Testing

@Suite struct IdempotencyTests {
    private func post(_ fixture: ServiceFixture, _ target: String, _ body: JSON, key: String) throws -> Reply {
        try fixture.send(
            .post, target, headers: ["Idempotency-Key": key, "Content-Type": "application/json"],
            body: .bytes(body.bytes))
    }

    private func count(_ fixture: ServiceFixture, _ collection: String) throws -> Int? {
        try fixture.get(collection).json["items"]?.array?.count
    }

    @Test func aJobSentTwiceIsMadeOnce() throws {
        let fixture = try ServiceFixture(workers: 0)
        let spec = ServiceFixture.tinySpec(try fixture.points(), steps: 3)
        let first = try post(fixture, "/v1/jobs", spec, key: "k1")
        #expect(first.status == 202)
        // The first reply, though the job has changed meanwhile.
        _ = try fixture.post("/v1/jobs/\(first.json["id"]?.string ?? "")/stop")
        let second = try post(fixture, "/v1/jobs", spec, key: "k1")
        #expect(second.status == 202 && second.bytes == first.bytes)
        #expect(second.header("Location") == first.header("Location"))
        #expect(try count(fixture, "/v1/jobs") == 1)
        #expect(try post(fixture, "/v1/jobs", spec, key: "k2").status == 202)
        #expect(try count(fixture, "/v1/jobs") == 2)
        let another = ServiceFixture.tinySpec(try #require(spec["dataset_id"]?.string), steps: 4)
        expectProblem(try post(fixture, "/v1/jobs", another, key: "k1"), 422, "idempotency_key_reused")
        expectProblem(try post(fixture, "/v1/jobs?dry_run=true", spec, key: "k1"), 422, "idempotency_key_reused")
    }

    @Test func aFileSentTwiceIsOneDataset() throws {
        let fixture = try ServiceFixture(workers: 0)
        func upload(_ bytes: [UInt8]) throws -> Reply {
            let path = fixture.store.temporaryPath("test")
            try DurableFile.write(bytes, to: path)
            return try fixture.send(
                .post, "/v1/datasets?name=twice", headers: ["Idempotency-Key": "k"],
                body: .file(path: path, size: bytes.count))
        }
        let first = try upload(SampleDatasets.pointsTable())
        #expect(first.status == 201)
        #expect(try upload(SampleDatasets.pointsTable()).bytes == first.bytes)
        expectProblem(try upload(Array("x,y\n1,2\n".utf8)), 422, "idempotency_key_reused")
        #expect(try count(fixture, "/v1/datasets") == 1)
    }

    @Test func aReportAskedForTwiceIsMadeOnce() throws {
        let model = try TrainedModel.points.get()
        let target = "/v1/models/\(model.id)/reports"
        let first = try post(model.fixture, target, ["n": 20, "seed": 5], key: "report")
        #expect(first.status == 202)
        #expect(try post(model.fixture, target, ["n": 20, "seed": 5], key: "report").bytes == first.bytes)
    }

    @Test func whatFailedIsTriedAnew() throws {
        let fixture = try ServiceFixture(workers: 0)
        let dataset = try fixture.points()
        for _ in 0..<2 {
            expectProblem(
                try post(fixture, "/v1/jobs", ["dataset_id": .string(dataset), "seed": -1], key: "k"), 422,
                "invalid_spec")
        }
        #expect(try post(fixture, "/v1/jobs", ServiceFixture.tinySpec(dataset, steps: 3), key: "k").status == 202)
    }

    @Test func aReplyThatWasLostIsGivenFromWhatWasMade() throws {
        let fixture = try ServiceFixture(workers: 0)
        let spec = ServiceFixture.tinySpec(try fixture.points(), steps: 3)
        // As far as the first request came before the process died.
        #expect(try fixture.store.begin(key: "k", fingerprint: fingerprint(of: spec)) == .first)
        let job = try fixture.jobs.submit(spec, key: "k")
        try fixture.store.forget(key: "k")
        let reply = try post(fixture, "/v1/jobs", spec, key: "k")
        #expect(reply.status == 202)
        #expect(reply.json["id"]?.string == job.id)
        #expect(reply.header("Location") == "/v1/jobs/\(job.id)")
        #expect(try count(fixture, "/v1/jobs") == 1)
    }

    @Test func whatWasDeletedIsNotMadeAgain() throws {
        let fixture = try ServiceFixture(workers: 0)
        let spec = ServiceFixture.tinySpec(try fixture.points(), steps: 3)
        let first = try post(fixture, "/v1/jobs", spec, key: "k")
        let id = try #require(first.json["id"]?.string)
        _ = try fixture.post("/v1/jobs/\(id)/stop")
        #expect(try fixture.send(.delete, "/v1/jobs/\(id)").status == 204)
        let again = try post(fixture, "/v1/jobs", spec, key: "k")
        expectProblem(again, 409, "idempotency_key_spent")
        #expect(again.json["detail"]?.string?.contains(id) == true)
        #expect(try count(fixture, "/v1/jobs") == 0)
        #expect(try post(fixture, "/v1/jobs", spec, key: "k2").status == 202)
    }

    @Test func aRequestUnderWayIsNotBegunAgain() throws {
        let fixture = try ServiceFixture(workers: 0)
        let spec = ServiceFixture.tinySpec(try fixture.points(), steps: 3)
        #expect(try fixture.store.begin(key: "k", fingerprint: fingerprint(of: spec)) == .first)
        let reply = try post(fixture, "/v1/jobs", spec, key: "k")
        expectProblem(reply, 409, "idempotency_key_in_use")
        #expect(reply.header("Retry-After") == "1")
    }

    private func fingerprint(of spec: JSON) throws -> String {
        let request = try HTTPRequest(method: .post, target: "/v1/jobs", body: .bytes(spec.bytes))
        return Service.fingerprint(of: request, bodyDigest: SHA256.hex(of: spec.bytes))
    }

    @Test(arguments: ["", "with a blank", "ümlaut", String(repeating: "k", count: 256)])
    func aKeyIsVisibleASCII(key: String) throws {
        let fixture = try ServiceFixture(workers: 0)
        expectProblem(try post(fixture, "/v1/jobs", [:], key: key), 400, "bad_idempotency_key")
    }
}
