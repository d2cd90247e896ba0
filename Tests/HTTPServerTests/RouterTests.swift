import HTTPServer
import Testing

@Suite struct RouterTests {
    private struct Secret: Error {}

    private let router = testRouter([
        Route(.get, "/") { _ in text("root") },
        Route(.get, "/v1/jobs") { request in text("list \(request.query("limit") ?? "-")") },
        Route(.post, "/v1/jobs", body: .json(maximum: 1000)) { _ in
            HTTPResponse(status: 202, headers: [("Location", "/v1/jobs/1")])
        },
        Route(.get, "/v1/jobs/{id}") { request in text("job \(request.parameters["id"] ?? "?")") },
        Route(.delete, "/v1/jobs/{id}") { _ in HTTPResponse(status: 204) },
        Route(.get, "/v1/jobs/latest") { _ in text("latest") },
        Route(.get, "/v1/models/{id}/checkpoints/{step}") { request in
            text("\(request.parameters["id"] ?? "?") at \(request.parameters["step"] ?? "?")")
        },
        Route(.get, "/teapot") { _ in
            throw HTTPProblem(
                status: 418, code: "teapot", title: "Teapot", detail: "Short and stout.", headers: [("X-Spout", "yes")])
        },
        Route(.get, "/broken") { _ in throw Secret() },
    ])

    @Test(arguments: [
        ("GET", "/", 200, "root"),
        ("GET", "/v1/jobs", 200, "list -"),
        ("GET", "/v1/jobs?limit=5", 200, "list 5"),
        ("POST", "/v1/jobs", 202, ""),
        ("GET", "/v1/jobs/job_1", 200, "job job_1"),
        ("GET", "/v1/jobs/a%20b", 200, "job a b"),
        ("GET", "/v1/jobs/latest", 200, "latest"),
        ("DELETE", "/v1/jobs/7", 204, ""),
        ("GET", "/v1/models/m/checkpoints/100", 200, "m at 100"),
        ("GET", "/v1/jobs/", 404, "not_found: There is nothing at this path. [test]"),
        ("GET", "/v1", 404, "not_found: There is nothing at this path. [test]"),
        ("GET", "/V1/jobs", 404, "not_found: There is nothing at this path. [test]"),
        ("GET", "/v1/jobs/1/2/3/4/5/6/7", 404, "not_found: There is nothing at this path. [test]"),
        ("GET", "/teapot", 418, "teapot: Short and stout. [test]"),
    ])
    func findsTheHandler(method: String, target: String, status: Int, body: String) throws {
        let response = router.respond(to: try HTTPRequest(method: HTTPMethod(rawValue: method), target: target))
        #expect(response.status == status)
        #expect(bodyText(response) == body)
    }

    @Test(arguments: [
        ("PUT", "/v1/jobs", 405, "GET, HEAD, POST, OPTIONS"),
        ("POST", "/v1/jobs/1", 405, "GET, HEAD, DELETE, OPTIONS"),
        ("get", "/", 405, "GET, HEAD, OPTIONS"),
        ("BREW", "/teapot", 405, "GET, HEAD, OPTIONS"),
        ("HEAD", "/v1/jobs/1/x", 404, nil),
        ("OPTIONS", "/v1/jobs", 204, "GET, HEAD, POST, OPTIONS"),
        ("OPTIONS", "/nowhere", 404, nil),
    ])
    func otherMethodsGetAllow(method: String, target: String, status: Int, allow: String?) throws {
        let response = router.respond(to: try HTTPRequest(method: HTTPMethod(rawValue: method), target: target))
        #expect(response.status == status)
        #expect(response.header("Allow") == allow)
    }

    @Test func headIsGetWithoutItsBody() throws {
        let get = router.respond(to: try HTTPRequest(target: "/v1/jobs/7"))
        let head = router.respond(to: try HTTPRequest(method: .head, target: "/v1/jobs/7"))
        #expect(head.status == get.status)
        #expect(head.headers.map(\.0) == get.headers.map(\.0))
        guard case .omitted(let length) = head.body else {
            Issue.record("the body is \(head.body)")
            return
        }
        #expect(length == 5)
    }

    @Test func errorsThatArentForClientsAreHidden() throws {
        let response = router.respond(to: try HTTPRequest(target: "/broken"))
        #expect(response.status == 500)
        #expect(bodyText(response).hasPrefix("internal_error: "))
        #expect(!bodyText(response).contains("Secret"))
    }

    @Test func problemsKeepTheirHeaders() throws {
        #expect(router.respond(to: try HTTPRequest(target: "/teapot")).header("x-spout") == "yes")
    }

    private func bodyText(_ response: HTTPResponse) -> String {
        guard case .bytes(let bytes) = response.body else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
