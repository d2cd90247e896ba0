import HTTPServer
import Testing

/// Requests as bytes on a real socket: what libmicrohttpd 0.9.75 lets pass by itself must not get to a handler.
@Suite struct RequestFilterTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var request: String
        var status: Int
        /// Whether the connection ends with the reply, so that what follows can't be taken for a request.
        var closes = true
        /// libmicrohttpd refuses it before the filter; 0.9.75 sends the head of that reply twice.
        var isRefusedByLibrary = false

        var testDescription: String { name }
    }

    /// A request with these header lines beside Host.
    private static func get(_ lines: String...) -> String {
        "GET /echo HTTP/1.1\r\nHost: localhost\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
    }

    private static func post(_ lines: String..., body: String) -> String {
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + lines.map { $0 + "\r\n" }.joined() + "\r\n" + body
    }

    private static let accepted = [
        Case(name: "plain", request: get(), status: 200, closes: false),
        Case(name: "empty line before", request: "\r\n" + get(), status: 200, closes: false),
        Case(name: "no space after colon", request: get("X-A:b"), status: 200, closes: false),
        Case(name: "spaces and tabs around", request: get("X-A: \t b \t "), status: 200, closes: false),
        Case(name: "empty value", request: get("X-A:"), status: 200, closes: false),
        Case(name: "all of tchar", request: get("!#$%&'*+-.^_`|~09azAZ: b"), status: 200, closes: false),
        Case(name: "beyond ASCII in a value", request: get("X-A: größe"), status: 200, closes: false),
        Case(name: "HTTP/1.0", request: "GET /echo HTTP/1.0\r\n\r\n", status: 200),
        Case(
            name: "absolute target", request: "GET http://localhost/echo HTTP/1.1\r\nHost: localhost\r\n\r\n",
            status: 200, closes: false),
        Case(
            name: "a query", request: "GET /echo?a=%2f HTTP/1.1\r\nHost: localhost\r\n\r\n", status: 200, closes: false),
        Case(name: "length", request: post("Content-Length: 2", body: "{}"), status: 200, closes: false),
        Case(
            name: "chunked", request: post("Transfer-Encoding: Chunked", body: "2\r\n{}\r\n0\r\n\r\n"), status: 200,
            closes: false),
        Case(
            name: "98 fields more", request: get((1...98).map { "X-\($0): a" }.joined(separator: "\r\n")), status: 200,
            closes: false),
        Case(
            name: "a long head", request: get("X-A: " + String(repeating: "a", count: 20_000)), status: 200,
            closes: false),
    ]

    private static let framing = [
        Case(
            name: "coding and length",
            request: post("Transfer-Encoding: chunked", "Content-Length: 2", body: "0\r\n\r\n"),
            status: 400),
        Case(
            name: "length and coding",
            request: post("Content-Length: 5", "Transfer-Encoding: chunked", body: "0\r\n\r\n"),
            status: 400),
        Case(
            name: "two lengths", request: post("Content-Length: 2", "Content-Length: 3", body: "{}x"), status: 400),
        Case(
            name: "two equal lengths", request: post("Content-Length: 2", "content-length: 2", body: "{}"), status: 400),
        Case(
            name: "list of lengths", request: post("Content-Length: 2, 2", body: "{}"), status: 400,
            isRefusedByLibrary: true),
        Case(
            name: "signed length", request: post("Content-Length: +2", body: "{}"), status: 400,
            isRefusedByLibrary: true),
        Case(
            name: "negative length", request: post("Content-Length: -2", body: "{}"), status: 400,
            isRefusedByLibrary: true),
        Case(
            name: "hexadecimal length", request: post("Content-Length: 0x2", body: "{}"), status: 400,
            isRefusedByLibrary: true),
        Case(name: "empty length", request: post("Content-Length:", body: "{}"), status: 400, isRefusedByLibrary: true),
        Case(
            name: "huge length", request: post("Content-Length: 99999999999999999999999", body: ""), status: 413,
            isRefusedByLibrary: true),
        Case(name: "unknown coding", request: post("Transfer-Encoding: gzip", body: ""), status: 400),
        Case(name: "coding list", request: post("Transfer-Encoding: gzip, chunked", body: "0\r\n\r\n"), status: 400),
        Case(
            name: "chunked twice", request: post("Transfer-Encoding: chunked, chunked", body: "0\r\n\r\n"), status: 400),
        Case(
            name: "two codings",
            request: post("Transfer-Encoding: chunked", "Transfer-Encoding: identity", body: "0\r\n\r\n"), status: 400),
        Case(name: "coding with a blank", request: post("Transfer-Encoding: chunked ", body: "0\r\n\r\n"), status: 400),
        Case(name: "xchunked", request: post("Transfer-Encoding: xchunked", body: "0\r\n\r\n"), status: 400),
        Case(name: "empty coding", request: post("Transfer-Encoding:", body: "0\r\n\r\n"), status: 400),
        Case(
            name: "coding in HTTP/1.0", request: "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            status: 400),
        Case(name: "bad chunk size", request: post("Transfer-Encoding: chunked", body: "zz\r\n{}\r\n"), status: 400),
        Case(
            name: "huge chunk", request: post("Transfer-Encoding: chunked", body: "fffffffffffffffff\r\n"), status: 413),
    ]

    private static let lines = [
        Case(name: "no Host", request: "GET /echo HTTP/1.1\r\n\r\n", status: 400),
        Case(name: "two Hosts", request: get("Host: localhost"), status: 400),
        Case(name: "two Hosts in 1.0", request: "GET /echo HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", status: 400),
        Case(name: "Host with a path", request: "GET /echo HTTP/1.1\r\nHost: localhost/a\r\n\r\n", status: 400),
        Case(name: "Host with a user", request: "GET /echo HTTP/1.1\r\nHost: a@localhost\r\n\r\n", status: 400),
        Case(name: "Host with a blank", request: "GET /echo HTTP/1.1\r\nHost: local host\r\n\r\n", status: 400),
        Case(name: "blank before colon", request: get("X-A : b"), status: 400),
        Case(name: "tab before colon", request: get("Content-Length\t: 0"), status: 400),
        Case(name: "bracket in a name", request: get("X(A: b"), status: 400),
        Case(name: "empty name", request: get(": b"), status: 400),
        Case(name: "no colon", request: get("X-A"), status: 400),
        Case(name: "folded", request: get("X-A: a\r\n b"), status: 400),
        Case(name: "folded with a tab", request: get("X-A: a", "\tb"), status: 400),
        Case(name: "folded length", request: post("X-A: a\r\n Content-Length: 5", body: "hello"), status: 400),
        Case(name: "folded first", request: "GET /echo HTTP/1.1\r\n Host: localhost\r\n\r\n", status: 400),
        Case(name: "bare LF", request: get("X-A: a\nX-B: b"), status: 400),
        Case(name: "bare LF hides a length", request: get("X-A: a\nContent-Length: 30"), status: 400),
        Case(
            name: "bare LF after the request line", request: "GET /echo HTTP/1.1\nHost: localhost\r\n\r\n", status: 400),
        Case(name: "bare LF at the end", request: "GET /echo HTTP/1.1\r\nHost: localhost\r\n\n", status: 400),
        Case(name: "bare LF everywhere", request: "GET /echo HTTP/1.1\nHost: localhost\n\n", status: 400),
        Case(name: "CR in a value", request: get("X-A: a\rb"), status: 400),
        Case(name: "NUL in a value", request: get("X-A: a\0b"), status: 400),
        Case(name: "NUL in a name", request: get("X\0A: b"), status: 400),
        Case(name: "control character in a value", request: get("X-A: a\u{1b}b"), status: 400),
        Case(name: "101 fields", request: get((1...100).map { "X-\($0): a" }.joined(separator: "\r\n")), status: 431),
        Case(
            name: "a head beyond the pool", request: get("X-A: " + String(repeating: "a", count: 40_000)), status: 431),
    ]

    private static let requestLines = [
        Case(name: "two blanks", request: "GET  /echo HTTP/1.1\r\nHost: localhost\r\n\r\n", status: 400),
        Case(
            name: "two blanks before the version", request: "GET /echo  HTTP/1.1\r\nHost: localhost\r\n\r\n",
            status: 400, closes: false),
        Case(name: "NUL in the target", request: "GET /echo\0x HTTP/1.1\r\nHost: localhost\r\n\r\n", status: 400),
        Case(name: "NUL in the method", request: "GET\0X /echo HTTP/1.1\r\nHost: localhost\r\n\r\n", status: 400),
        Case(name: "bracket in the method", request: "GE(T /echo HTTP/1.1\r\nHost: localhost\r\n\r\n", status: 400),
        Case(name: "HTTP/1.2", request: "GET /echo HTTP/1.2\r\nHost: localhost\r\n\r\n", status: 400),
        Case(name: "HTTP/2.0", request: "GET /echo HTTP/2.0\r\nHost: localhost\r\n\r\n", status: 505),
        Case(name: "HTTP/0.9", request: "GET /echo\r\n\r\n", status: 400),
        Case(name: "http/1.1", request: "GET /echo http/1.1\r\nHost: localhost\r\n\r\n", status: 400),
        Case(
            name: "a target beyond the pool",
            request: "GET /\(String(repeating: "a", count: 40_000)) HTTP/1.1\r\nHost: localhost\r\n\r\n", status: 414),
        Case(
            name: "coded slash", request: "GET /a%2fecho HTTP/1.1\r\nHost: localhost\r\n\r\n", status: 400,
            closes: false),
        Case(
            name: "coded NUL", request: "GET /echo%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", status: 400, closes: false),
        Case(
            name: "dot segments", request: "GET /x/../echo HTTP/1.1\r\nHost: localhost\r\n\r\n", status: 400,
            closes: false),
        Case(name: "authority", request: "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", status: 400, closes: false),
        Case(
            name: "unknown method", request: "BREW /echo HTTP/1.1\r\nHost: localhost\r\n\r\n", status: 405,
            closes: false),
    ]

    private func makeServer() throws -> TestServer {
        try TestServer([
            Route(.get, "/echo") { _ in text("echo") },
            Route(.post, "/echo", body: .json(maximum: 1000)) { request in
                guard case .bytes(let bytes) = request.body else { return text("?") }
                return HTTPResponse(type: "application/json", bytes: bytes)
            },
        ])
    }

    @Test(arguments: accepted + framing + lines + requestLines)
    func head(_ tried: Case) throws {
        let server = try makeServer()
        let client = try server.client()
        try client.send(tried.request)
        let reply = try client.reply()
        #expect(reply.status == tried.status, "\(reply.text)")
        if tried.isRefusedByLibrary {
            _ = try client.rest()
        } else if tried.closes {
            #expect(try client.isClosedByServer())
        } else {
            try client.send(Self.get())
            #expect(try client.reply().status == 200)
        }
    }

    @Test func ourOwnRefusalsAreProblemsWithAnID() throws {
        let reply = try makeServer().reply(to: Self.get("X-A : b"))
        #expect(reply.header("Content-Type") == "application/problem+json")
        #expect(reply.text.hasPrefix("malformed_request: "))
        #expect(reply.header("X-Request-Id").map { reply.text.hasSuffix("[\($0)]") } == true)
    }

    /// What a proxy takes for a body must not be answered as a second request.
    @Test(arguments: [
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 37\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\nX: y\r\n Content-Length: 0\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    ])
    func nothingIsSmuggled(prefix: String) throws {
        let client = try makeServer().client()
        try client.send(prefix + "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.reply().status == 400)
        #expect(try client.isClosedByServer())
    }

    @Test(arguments: [
        ("Host: localhost:1", "X-A: b", 200), ("Host: gand.example", "X-A: b", 200),
        ("Host: evil.example", "X-A: b", 421),
        ("Host: localhost", "Origin: http://evil.example", 403), ("Host: localhost", "Origin: http://localhost", 200),
    ])
    func hostAndOriginAreHeldToTheList(host: String, other: String, status: Int) throws {
        let server = try TestServer([Route(.get, "/") { _ in text("ok") }]) { $0.allowedHosts = ["gand.example"] }
        #expect(try server.reply(to: "GET / HTTP/1.1\r\n\(host)\r\n\(other)\r\n\r\n").status == status)
    }

    @Test func anAbsoluteTargetCountsBeforeHost() throws {
        let server = try TestServer([Route(.get, "/") { _ in text("ok") }]) { $0.allowedHosts = [] }
        let request = "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
        #expect(try server.reply(to: request).status == 421)
    }
}
