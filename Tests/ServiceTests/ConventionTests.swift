import Codecs
import HTTPServer
import Jobs
import Service
import Testing

/// What holds for every route of the table.
@Suite struct ConventionTests {
    private static let routes: [(method: HTTPMethod, template: String)] = {
        guard let fixture = try? ServiceFixture(workers: 0) else { return [] }
        return fixture.router.routes.map { ($0.method, $0.template) }
    }()

    @Test func thereAreRoutes() {
        #expect(Self.routes.count > 20)
    }

    @Test func everyRouteRefusesAnUnknownParameterByName() throws {
        let fixture = try ServiceFixture(workers: 0)
        for route in Self.routes {
            let reply = try fixture.send(route.method, Self.target(route.template) + "?surprise=1")
            guard route.method != .head else {
                #expect(reply.status == 400, "\(route)")
                continue
            }
            expectProblem(reply, 400, "bad_parameter")
            #expect(reply.places.contains("surprise"), "\(route): \(reply.text)")
        }
    }

    @Test func everyRouteOfAResourceIs404ForAnIdThatDoesNotExist() throws {
        let fixture = try ServiceFixture(workers: 0)
        for route in Self.routes where route.template.contains("{id}") {
            let body: RequestBody = route.method == .get ? .none : .bytes(Array("{}".utf8))
            let reply = try fixture.send(route.method, Self.target(route.template), body: body)
            guard route.method != .head else {
                #expect(reply.status == 404, "\(route)")
                continue
            }
            expectProblem(reply, 404, "not_found")
            #expect(reply.json["detail"]?.string?.contains("nothing_1") == true, "\(route): \(reply.text)")
        }
    }

    @Test func unknownPathsAre404AndOtherMethods405() throws {
        let fixture = try ServiceFixture(workers: 0)
        expectProblem(try fixture.get("/v1/nothing"), 404, "not_found")
        let reply = try fixture.send(.put, "/v1/jobs")
        expectProblem(reply, 405, "method_not_allowed")
        #expect(reply.header("Allow")?.contains("POST") == true)
    }

    @Test func headIsGetWithoutItsBody() throws {
        let fixture = try ServiceFixture(workers: 0)
        let head = try fixture.send(.head, "/v1/jobs")
        let get = try fixture.get("/v1/jobs")
        #expect(head.status == 200)
        #expect(head.bytes.isEmpty)
        guard case .omitted(let length) = head.response.body else {
            Issue.record("a HEAD has a body")
            return
        }
        #expect(length == get.bytes.count)
    }

    @Test func whileGoingDownNothingNewIsTaken() throws {
        let fixture = try ServiceFixture(workers: 0)
        fixture.service.beginDraining()
        let reply = try fixture.post("/v1/jobs", [:])
        expectProblem(reply, 503, "shutting_down")
        #expect(reply.header("Retry-After") != nil)
        #expect(try fixture.get("/v1/jobs").status == 200)
    }

    private static func target(_ template: String) -> String {
        template.split(separator: "{").enumerated().map { index, part in
            index == 0 ? String(part) : "nothing_1" + part.drop { $0 != "}" }.dropFirst()
        }.joined()
    }
}
