import Codecs
import HTTPServer
import TestSupport
import Testing

/// What bad jobs get: every error at once, each with its JSON pointer, and nothing queued.
@Suite struct BadJobTests {
    @Test(arguments: [
        (#""colour":"red""#, ["/colour"]),
        (#""training":{"steps":-1}"#, ["/training/steps"]),
        (#""training":{"steps":"many"}"#, ["/training/steps"]),
        (#""training":{"batch_size":100000}"#, ["/training/batch_size"]),
        (#""training":{"objective":"magic","setps":5}"#, ["/training/objective", "/training/setps"]),
        (#""seed":-1,"name":5,"model":{"latent_dim":0}"#, ["/name", "/seed", "/model/latent_dim"]),
        (#""checkpoint":{"keep":0}"#, ["/checkpoint/keep"]),
        (#""model":[]"#, ["/model"]),
        (#""labels":{"team":7}"#, ["/labels/team"]),
    ])
    func everyErrorIsNamedByItsPointer(members: String, places: [String]) throws {
        let fixture = try ServiceFixture(workers: 0)
        let id = try fixture.points()
        let body = Array(#"{"dataset_id":"\#(id)",\#(members)}"#.utf8)
        let reply = try fixture.send(.post, "/v1/jobs", body: .bytes(body))
        expectProblem(reply, 422, "invalid_spec")
        #expect(Set(reply.places) == Set(places), "\(reply.text)")
        expectProblem(try fixture.send(.post, "/v1/jobs?dry_run=true", body: .bytes(body)), 422, "invalid_spec")
        #expect(try fixture.get("/v1/jobs").json["items"] == [])
    }

    @Test func aModelTooLargeForTheMemoryIsRefusedWithTheEstimate() throws {
        let fixture = try ServiceFixture(memoryBytes: 64 << 20, workers: 0)
        let id = try fixture.points()
        let reply = try fixture.post(
            "/v1/jobs",
            [
                "dataset_id": .string(id),
                "model": ["architecture": "mlp", "generator": ["hidden": [1_048_576, 1_048_576]]],
            ])
        expectProblem(reply, 422, "invalid_spec")
        #expect(reply.text.contains("iB") || reply.text.contains("bytes"), "\(reply.text)")
    }

    @Test(arguments: [
        ("", 400, "body_required"), ("{", 400, "malformed_json"), ("{} {}", 400, "malformed_json"),
        (#"{"dataset_id":"a","dataset_id":"b"}"#, 400, "malformed_json"), ("[]", 422, "invalid_spec"),
        ("{}", 422, "invalid_spec"), (#"{"dataset_id":"ds_none"}"#, 422, "invalid_spec"),
    ])
    func aBodyThatIsNoSpecIsRefused(body: String, status: Int, code: String) throws {
        let fixture = try ServiceFixture(workers: 0)
        expectProblem(try fixture.send(.post, "/v1/jobs", body: .bytes(Array(body.utf8))), status, code)
    }

    @Test(arguments: [
        (#"{"training":{"steps":1}}"#, 422, "invalid_spec"), (#"{"training":{"batch_size":8}}"#, 422, "invalid_spec"),
        (#"{"seed":8}"#, 422, "invalid_spec"), ("{}", 409, "impossible_transition"),
        ("", 409, "impossible_transition"),
    ])
    func aResumeThatRaisesNothingIsRefused(body: String, status: Int, code: String) throws {
        let fixture = try ServiceFixture()
        let job = try fixture.trained(ServiceFixture.tinySpec(try fixture.points(), steps: 3))
        let reply = try fixture.send(
            .post, "/v1/jobs/\(job["id"]?.string ?? "")/resume", body: .bytes(Array(body.utf8)))
        expectProblem(reply, status, code)
    }
}
