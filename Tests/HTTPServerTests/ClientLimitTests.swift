import Dispatch
import HTTPServer
import TestSupport
import Testing

/// What one client may ask for.
@Suite struct ClientLimitTests {
    private static let second: UInt64 = 1_000_000_000

    private func outcome(_ limiter: ClientLimiter, _ client: String, _ now: UInt64) -> String {
        do throws(HTTPProblem) {
            try limiter.enter(client, at: now)
            return "in"
        } catch {
            return "\(error.code) \(error.headers.first { $0.0 == "Retry-After" }?.1 ?? "")"
        }
    }

    @Test func aRateHasASecondsWorthAtOnceAndThenItsPace() {
        let limiter = ClientLimiter(ClientLimits(requestsPerSecond: 4))
        let start = 50 * Self.second
        let outcomes = [0, 0, 0, 0, 0, 250, 250, 2000, 2000, 2000, 2000, 2000].map { milliseconds in
            outcome(limiter, "a", start + UInt64(milliseconds) * 1_000_000)
        }
        let refused = "rate_limited 1"
        #expect(outcomes == ["in", "in", "in", "in", refused, "in", refused, "in", "in", "in", "in", refused])
        #expect(outcome(limiter, "b", start) == "in")
    }

    @Test func requestsAtOnceAreGivenBackAtTheirEnd() {
        let limiter = ClientLimiter(ClientLimits(requestsAtOnce: 2))
        #expect((0..<3).map { _ in outcome(limiter, "a", 1) } == ["in", "in", "too_many_at_once 1"])
        #expect(outcome(limiter, "b", 1) == "in")
        limiter.leave("a")
        #expect((0..<2).map { _ in outcome(limiter, "a", 1) } == ["in", "too_many_at_once 1"])
    }

    @Test func clientsThatHavePaidAreForgotten() {
        let limiter = ClientLimiter(ClientLimits(requestsPerSecond: 1))
        for number in 0..<5000 {
            #expect(outcome(limiter, "\(number)", UInt64(number) * 2 * Self.second) == "in")
            limiter.leave("\(number)")
        }
        #expect(limiter.count <= 1024)
    }

    @Test func aServerAnswers429ToTheClientThatAsksTooMuch() throws {
        let server = try TestServer([
            Route(.get, "/work") { _ in text("done") },
            Route(.get, "/probe", execution: .inline) { _ in text("alive") },
        ]) {
            $0.clientLimits = ClientLimits(requestsPerSecond: 1)
            $0.identify = { $0.headers["X-Name"] }
        }
        func get(_ path: String, _ name: String) throws -> RawClient.Reply {
            try server.reply(to: "GET \(path) HTTP/1.1\r\nHost: localhost\r\nX-Name: \(name)\r\n\r\n")
        }
        #expect(try get("/work", "a").status == 200)
        // The second may still be young when the rate of one a second allows no other.
        let statuses = try (0..<3).map { _ in try get("/work", "a") }
        #expect(statuses.contains { $0.status == 429 && $0.header("Retry-After") == "1" })
        #expect(try get("/work", "b").status == 200)
        for _ in 0..<3 { #expect(try get("/probe", "a").status == 200) }
    }
}
