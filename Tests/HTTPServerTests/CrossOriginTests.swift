import HTTPServer
import Testing

@Suite struct CrossOriginTests {
    private func server() throws -> TestServer {
        try TestServer([
            Route(.get, "/thing") { _ in text("thing") },
            Route(.delete, "/thing") { _ in HTTPResponse(status: 204) },
            Route(.get, "/own") { _ in HTTPResponse(headers: [("X-Fixed", "own")], body: .empty) },
        ]) { configuration in
            configuration.allowedHosts = []
            configuration.crossOrigin = CrossOrigin(origins: ["https://Dashboard.example"])
            configuration.headers = [("X-Fixed", "yes")]
        }
    }

    private func request(_ method: String, _ path: String, _ lines: String...) -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
    }

    @Test func aPageOfAnAllowedOriginGetsItsReply() throws {
        let reply = try server().reply(to: request("GET", "/thing", "Origin: https://dashboard.example"))
        #expect(reply.status == 200)
        #expect(reply.header("Access-Control-Allow-Origin") == "https://dashboard.example")
        #expect(reply.header("Access-Control-Expose-Headers")?.contains("ETag") == true)
        #expect(reply.header("Vary") == "Origin")
        // Errors too, so that the page can say what was wrong.
        let missing = try server().reply(to: request("GET", "/none", "Origin: https://dashboard.example"))
        #expect(missing.status == 404)
        #expect(missing.header("Access-Control-Allow-Origin") == "https://dashboard.example")
    }

    @Test func aPageOfAnotherOriginGetsNothing() throws {
        let reply = try server().reply(to: request("GET", "/thing", "Origin: https://evil.example"))
        #expect(reply.status == 403)
        #expect(reply.header("Access-Control-Allow-Origin") == nil)
        let preflight = try server().reply(
            to: request("OPTIONS", "/thing", "Origin: https://evil.example", "Access-Control-Request-Method: DELETE"))
        #expect(preflight.status == 403)
        #expect(preflight.header("Access-Control-Allow-Methods") == nil)
    }

    @Test func aBrowsersQuestionIsAnswered() throws {
        let reply = try server().reply(
            to: request(
                "OPTIONS", "/thing", "Origin: https://dashboard.example", "Access-Control-Request-Method: DELETE",
                "Access-Control-Request-Headers: authorization, content-type"))
        #expect(reply.status == 204)
        #expect(reply.header("Access-Control-Allow-Origin") == "https://dashboard.example")
        #expect(reply.header("Access-Control-Allow-Methods") == "GET, HEAD, DELETE, OPTIONS")
        #expect(reply.header("Access-Control-Allow-Headers") == "authorization, content-type")
        #expect(reply.header("Access-Control-Max-Age") == "7200")
        // A plain OPTIONS asks what there is.
        let plain = try server().reply(to: request("OPTIONS", "/thing"))
        #expect(plain.header("Allow") == "GET, HEAD, DELETE, OPTIONS")
        #expect(plain.header("Access-Control-Allow-Methods") == nil)
    }

    @Test func fixedHeadersStandWhereAReplyHasNone() throws {
        let server = try server()
        #expect(try server.reply(to: request("GET", "/thing")).header("X-Fixed") == "yes")
        #expect(try server.reply(to: request("GET", "/none")).header("X-Fixed") == "yes")
        let own = try server.reply(to: request("GET", "/own"))
        #expect(own.headers.filter { $0.name == "X-Fixed" }.map(\.value) == ["own"])
    }

    @Test(
        arguments: [
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "4bf92f3577b34da6a3ce929d0e0e4736"),
            (
                "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-brings",
                "4bf92f3577b34da6a3ce929d0e0e4736"
            ),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", nil),
            ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", nil),
            ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", nil),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", nil),
            ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", nil), ("00-4bf9-00f067aa0ba902b7-01", nil),
            ("nonsense", nil), ("---", nil),
        ] as [(String, String?)])
    func theTraceIsKnownByItsID(field: String, id: String?) throws {
        let server = try server()
        _ = try server.reply(to: request("GET", "/thing", "traceparent: \(field)"))
        #expect(server.nextCompletion()?.traceID == id)
    }
}
