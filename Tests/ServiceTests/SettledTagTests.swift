import Codecs
import HTTPServer
import Service
import Testing

/// Polls that are answered without a handler.
@Suite struct SettledTagTests {
    private func poll(_ fixture: ServiceFixture, _ target: String, _ headers: HTTPHeaders) throws -> HTTPResponse? {
        fixture.service.cachedReply(try HTTPRequest(target: target, headers: headers))?.response
    }

    @Test func aPollIsAnsweredAtOnceUntilWhatItAsksForChanges() throws {
        let fixture = try ServiceFixture(workers: 0)
        let id = try fixture.points()
        let target = "/v1/datasets/\(id)"
        func tag() throws -> String { try #require(try fixture.get(target).header("ETag")) }
        let first = try tag()
        let headers: HTTPHeaders = ["If-None-Match": first]
        // Nothing is known before a handler has looked.
        #expect(try poll(fixture, target, headers) == nil)
        let told = try fixture.send(.get, target, headers: headers)
        #expect(told.status == 304)
        let known = try #require(try poll(fixture, target, headers))
        #expect(known.status == 304 && known.header("ETag") == first)
        #expect(known.header("Cache-Control") == told.header("Cache-Control"))
        for (name, other) in [
            ("another tag", ["If-None-Match": "\"x\""]), ("no tag", [:]),
            ("a wait", ["If-None-Match": first, "Prefer": "wait=1"]),
            ("another form", ["If-None-Match": first, "Accept": "text/plain"]),
        ] as [(String, HTTPHeaders)] {
            #expect(try poll(fixture, target, other) == nil, "\(name)")
        }
        #expect(try poll(fixture, target + "?x=1", headers) == nil)

        let change = RequestBody.bytes(Array(#"{"name":"other"}"#.utf8))
        #expect(try fixture.send(.patch, target, body: change).status == 200)
        #expect(try poll(fixture, target, headers) == nil)
        let second: HTTPHeaders = ["If-None-Match": try tag()]
        #expect(try fixture.send(.get, target, headers: second).status == 304)
        #expect(try poll(fixture, target, second)?.status == 304)
        #expect(try fixture.send(.delete, target).status == 204)
        #expect(try poll(fixture, target, second) == nil)
    }

    @Test func aJobThatIsNotOverIsAlwaysLookedAt() throws {
        let fixture = try ServiceFixture(workers: 0)
        let dataset = try fixture.points()
        let job = try #require(try fixture.post("/v1/jobs", ["dataset_id": .string(dataset)]).json["id"]?.string)
        let target = "/v1/jobs/\(job)"
        let headers: HTTPHeaders = ["If-None-Match": try #require(try fixture.get(target).header("ETag"))]
        #expect(try fixture.send(.get, target, headers: headers).status == 304)
        #expect(try poll(fixture, target, headers) == nil)
        #expect(try fixture.send(.post, target + "/stop").status == 202)
        let stopped: HTTPHeaders = ["If-None-Match": try #require(try fixture.get(target).header("ETag"))]
        #expect(try fixture.send(.get, target, headers: stopped).status == 304)
        #expect(try poll(fixture, target, stopped)?.status == 304)
        let curve: HTTPHeaders = [
            "If-None-Match": try #require(try fixture.get(target + "/metrics").header("ETag"))
        ]
        #expect(try fixture.send(.get, target + "/metrics", headers: curve).status == 304)
        #expect(try poll(fixture, target + "/metrics", curve)?.status == 304)
    }
}
