import HTTPServer
import Testing

@Suite struct ContentNegotiationTests {
    @Test(
        arguments: [
            (nil, "application/json"),
            ("", "application/json"),
            ("*/*", "application/json"),
            ("text/csv", "text/csv"),
            ("TEXT/CSV", "text/csv"),
            ("text/*", "text/csv"),
            ("image/png, */*;q=0.1", "application/json"),
            ("application/json;q=0.5, text/csv", "text/csv"),
            ("application/json;q=0.5,text/csv;q=0.4", "application/json"),
            ("*/*, application/json;q=0", "text/csv"),
            ("application/json;q=0, */*", "text/csv"),
            ("text/csv;charset=utf-8;q=0.3, application/*;q=0.2", "text/csv"),
            ("text/csv ; q = 0.3 , application/json ; q = 0.9", "application/json"),
            ("image/png", nil),
            ("text/csv;q=0", nil),
            ("text/csv;q=2, application/json;q=0.1", "application/json"),
        ] as [(String?, String?)])
    func theBestOfferIsTaken(accept: String?, expected: String?) {
        #expect(AcceptedTypes(accept).preferred(among: ["application/json", "text/csv"]) == expected)
    }
}

@Suite struct HostCheckTests {
    private let check = HostCheck(allowed: ["gand.example", "[2001:db8::1]:8080"])

    @Test(
        arguments: [
            ("localhost", nil), ("localhost:8080", nil), ("LOCALHOST", nil), ("localhost.", nil), ("127.0.0.1:1", nil),
            ("127.255.0.3", nil), ("[::1]:8080", nil), ("gand.example", nil), ("gand.example:443", nil),
            ("[2001:db8::1]", nil), (nil, nil),
            ("localhost:8080", "http://localhost:8080"), ("gand.example", "https://gand.example"),
        ] as [(String?, String?)])
    func accepts(host: String?, origin: String?) {
        #expect(throws: Never.self) { try check.check(host: host, origin: origin) }
    }

    @Test(
        arguments: [
            ("evil.example", nil, 421), ("localhost.evil.example", nil, 421), ("127.0.0.1.evil.example", nil, 421),
            ("127.0.0.999", nil, 421), ("0.0.0.0", nil, 421), ("128.0.0.1", nil, 421), ("", nil, 421),
            ("[::2]", nil, 421),
            ("localhost", "http://evil.example", 403), ("localhost", "null", 403), ("localhost", "", 403),
            ("localhost:8080", "http://localhost:3000", 403), ("localhost", "file://localhost", 403),
        ] as [(String?, String?, Int)])
    func refuses(host: String?, origin: String?, status: Int) {
        let problem = #expect(throws: HTTPProblem.self) { try check.check(host: host, origin: origin) }
        #expect(problem?.status == status)
    }
}

@Suite struct BodyPlanTests {
    @Test(
        arguments: [
            (.none, BodyHead(), .discard(maximum: 100)),
            (.none, BodyHead(length: 100), .discard(maximum: 100)),
            (.none, BodyHead(isChunked: true), .discard(maximum: 100)),
            (.json(maximum: 10), BodyHead(), .memory(maximum: 10)),
            (.json(maximum: 10), BodyHead(length: 0), .memory(maximum: 10)),
            (.json(maximum: 10), BodyHead(length: 10, contentType: "application/json"), .memory(maximum: 10)),
            (
                .json(maximum: 10), BodyHead(length: 1, contentType: "Application/JSON ; charset=utf-8"),
                .memory(maximum: 10)
            ),
            (
                .json(maximum: 10), BodyHead(length: 1, contentType: "application/json", contentEncoding: "identity"),
                .memory(maximum: 10)
            ),
            (
                .upload(maximum: 10, folder: "/f"), BodyHead(length: 10),
                .upload(maximum: 10, folder: "/f", isForm: false)
            ),
            (
                .upload(maximum: 10, folder: "/f"), BodyHead(length: 1, contentType: "Multipart/Form-Data; boundary=x"),
                .upload(maximum: 10, folder: "/f", isForm: true)
            ),
            (
                .upload(maximum: 10, folder: "/f"),
                BodyHead(isChunked: true, contentType: "application/x-www-form-urlencoded"),
                .upload(maximum: 10, folder: "/f", isForm: false)
            ),
        ] as [(BodyPolicy, BodyHead, BodyPlan)])
    func isMade(policy: BodyPolicy, head: BodyHead, plan: BodyPlan) throws {
        #expect(try BodyPlan(policy, for: head, discardLimit: 100) == plan)
    }

    @Test(
        arguments: [
            (.none, BodyHead(length: 101), 413),
            (.json(maximum: 10), BodyHead(length: 11, contentType: "application/json"), 413),
            (.json(maximum: 10), BodyHead(length: 5), 415),
            (.json(maximum: 10), BodyHead(isChunked: true, contentType: "text/plain"), 415),
            (.json(maximum: 10), BodyHead(length: 5, contentType: "application/jsonx"), 415),
            (.json(maximum: 10), BodyHead(length: 5, contentType: "application/json", contentEncoding: "gzip"), 415),
            (.upload(maximum: 10, folder: "/f"), BodyHead(), 411),
            (.upload(maximum: 10, folder: "/f"), BodyHead(length: 11), 413),
        ] as [(BodyPolicy, BodyHead, Int)])
    func isRefused(policy: BodyPolicy, head: BodyHead, status: Int) {
        let problem = #expect(throws: HTTPProblem.self) { try BodyPlan(policy, for: head, discardLimit: 100) }
        #expect(problem?.status == status)
    }
}

@Suite struct ReadPaceTests {
    private let limits = ReadLimits(headDeadline: 0, idleTimeout: 0, bodyGrace: 20_000_000_000, minimumBodyRate: 1024)

    @Test func bytesBuyTime() {
        var pace = ReadPace(start: 5)
        #expect(pace.deadline(limits) == 20_000_000_005)
        pace.receive(1024)
        pace.receive(512)
        #expect(pace.deadline(limits) == 21_500_000_005)
    }

    @Test func timeInWhichNothingWasReadIsntTheClients() {
        var pace = ReadPace(start: 0)
        pace.pause(at: 1_000)
        pace.resume(at: 3_000_001_000)
        #expect(pace.deadline(limits) == 23_000_000_000)
    }

    @Test func aHugeBodyDoesntOverflow() {
        var pace = ReadPace(start: 0)
        pace.receive(.max / 2)
        #expect(pace.deadline(ReadLimits(headDeadline: 0, idleTimeout: 0, bodyGrace: 0, minimumBodyRate: 0)) > 0)
    }
}
