import Codecs
import HTTPServer
import Service
import TestSupport
import Testing

@Suite struct EventStreamTests {
    /// One event as a client reads it.
    private struct Event: Equatable {
        var name = ""
        var id: Int?
        var data = JSON.null
    }

    private static let stream: HTTPHeaders = ["Accept": "text/event-stream"]

    @Test func whatIsStoredIsToldFromTheFirstEventOrFromAnyOn() throws {
        let fixture = try ServiceFixture()
        let job = try fixture.trained(ServiceFixture.tinySpec(try fixture.points(), steps: 3))
        let path = "/v1/jobs/\(job["id"]?.string ?? "")/events"
        let stored = try fixture.get(path, ["Accept": "application/json"]).json["items"]?.array ?? []

        // What a client asks for that says nothing.
        let reply = try fixture.get(path)
        #expect(reply.header("Content-Type") == "text/event-stream")
        #expect(reply.text.hasPrefix("retry: 2000\n\n"))
        let events = try events(in: reply)
        #expect(events.map(\.data) == stored)
        #expect(events.map(\.id) == stored.map { $0["id"]?.integer.map { Int($0) } })
        #expect(events.map(\.name) == stored.map { $0["event"]?.string })
        #expect(events.last?.data["data"]?["state"] == "succeeded")

        for (index, event) in events.enumerated() {
            let rest = try fixture.get(path, ["Accept": "text/event-stream", "Last-Event-ID": "\(event.id ?? -1)"])
            if index == events.count - 1 {
                #expect(rest.status == 204)
            } else {
                #expect(try self.events(in: rest) == Array(events[(index + 1)...]))
            }
        }
        expectProblem(try fixture.get(path, ["Last-Event-ID": "first"]), 400, "bad_event_id")
        expectProblem(try fixture.get(path, ["Last-Event-ID": "-1"]), 400, "bad_event_id")
        // What belongs to pages asks for them.
        #expect(try fixture.get(path + "?limit=5").json["items"]?.array?.count == min(5, stored.count))
        expectProblem(try fixture.get(path + "?limit=5", Self.stream), 406)
        expectProblem(try fixture.get("/v1/jobs/job_none/events", Self.stream), 404)
        expectProblem(try fixture.get(path, ["Accept": "text/html"]), 406)
    }

    @Test func aRunningJobIsFollowedToItsEnd() throws {
        let fixture = try ServiceFixture(eventPace: EventPace(progress: .milliseconds(1)))
        let spec = ServiceFixture.tinySpec(try fixture.points(), steps: 1500)
        let id = try #require(try fixture.post("/v1/jobs", spec).json["id"]?.string)
        let events = try events(in: try fixture.get("/v1/jobs/\(id)/events", Self.stream))
        let states = events.filter { $0.name == "state" }.map { $0.data["data"]?["state"] }
        #expect(states == ["queued", "running", "succeeded"])
        #expect(events.last?.data["data"]?["state"] == "succeeded")
        let live = events.filter { ["progress", "metrics"].contains($0.name) }
        #expect(!live.isEmpty)
        #expect(live.allSatisfy { $0.id == nil })
        let steps = live.compactMap { $0.data["step"]?.integer }
        #expect(steps == steps.sorted())
        #expect(live.last?.data["generator_loss"]?.number != nil)
    }

    @Test func aWaitingStreamCommentsAndEndsWithTheServerOrTheJob() throws {
        let fixture = try ServiceFixture(workers: 0, eventPace: EventPace(comment: .milliseconds(1)))
        let dataset = try fixture.points()
        let streams = try (0..<2).map { _ -> (id: String, stream: any LiveStream) in
            let spec = ServiceFixture.tinySpec(dataset, steps: 3)
            let id = try #require(try fixture.post("/v1/jobs", spec).json["id"]?.string)
            let request = try HTTPRequest(target: "/v1/jobs/\(id)/events", headers: Self.stream)
            return (id, try #require(fixture.router.respond(to: request).body.live))
        }
        for (_, stream) in streams {
            #expect(String(decoding: stream.nextBytes() ?? [], as: UTF8.self).contains(#""state":"queued""#))
            #expect(stream.nextBytes() == Array(":\n\n".utf8))
        }
        _ = try fixture.send(.delete, "/v1/jobs/\(streams[0].id)")
        #expect(ending(of: streams[0].stream))
        fixture.service.endWaiting()
        #expect(ending(of: streams[1].stream))
        // What begins after that tells what there is, and waits for nothing.
        let late = try fixture.get("/v1/jobs/\(streams[1].id)/events", Self.stream)
        #expect(try events(in: late).map(\.name) == ["state"])
    }

    /// Whether nothing but comments comes any more, and then the end.
    private func ending(of stream: any LiveStream) -> Bool {
        while let bytes = stream.nextBytes() {
            guard bytes == Array(":\n\n".utf8) else { return false }
        }
        return true
    }

    /// Reads a stream as the standard says: fields up to an empty line are an event, which has a name where it has data.
    private func events(in reply: Reply) throws -> [Event] {
        #expect(reply.status == 200, "\(reply.text)")
        var events: [Event] = []
        var event = Event()
        for line in reply.text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty {
                if event.data != .null { events.append(event) }
                event = Event()
            } else if line.hasPrefix("id: ") {
                event.id = Int(line.dropFirst(4))
            } else if line.hasPrefix("event: ") {
                event.name = String(line.dropFirst(7))
            } else if line.hasPrefix("data: ") {
                event.data = try JSON(parsing: Array(line.dropFirst(6).utf8))
            } else {
                #expect(line == "retry: 2000" || line == ":")
            }
        }
        return events
    }
}

extension ResponseBody {
    fileprivate var live: (any LiveStream)? {
        if case .live(let stream) = self { stream } else { nil }
    }
}
