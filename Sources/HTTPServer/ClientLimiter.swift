import Synchronization

/// How much one client may ask for.
package struct ClientLimits: Sendable, Equatable {
    /// Requests a second on average, and as many at once after a pause; nil for no limit.
    package var requestsPerSecond: Int?
    /// Requests in progress at once; nil for no limit.
    package var requestsAtOnce: Int?

    package init(requestsPerSecond: Int? = nil, requestsAtOnce: Int? = nil) {
        self.requestsPerSecond = requestsPerSecond
        self.requestsAtOnce = requestsAtOnce
    }
}

/// Counts what each client asks for.
///
/// The rate is enforced by the generic cell rate algorithm (ITU-T I.371), which keeps one time for each client: until
/// then the client has used up its share.
package final class ClientLimiter: Sendable {
    private struct Client {
        /// When all requests so far will have been paid for.
        var paid: UInt64 = 0
        var underWay = 0
    }

    private struct State {
        var clients: [String: Client] = [:]
        /// How many clients are remembered before those that have their whole share again are forgotten.
        var limit = 1024
    }

    private let limits: ClientLimits
    private let state = Mutex(State())

    package init(_ limits: ClientLimits) {
        self.limits = limits
    }

    /// Counts a request that begins; `leave` must be called at its end.
    ///
    /// - Parameter now: in nanoseconds of the monotonic clock.
    /// - Throws: `HTTPProblem` with 429 where the client asks for too much; the request is then not counted.
    package func enter(_ client: String, at now: UInt64) throws(HTTPProblem) {
        let refusal: HTTPProblem? = state.withLock { state in
            if state.clients.count >= state.limit { Self.forget(&state, now) }
            var entry = state.clients[client] ?? Client()
            if let limit = limits.requestsAtOnce, entry.underWay >= limit { return Self.tooManyAtOnce(limit) }
            if let rate = limits.requestsPerSecond {
                let cost = 1_000_000_000 / UInt64(max(1, rate))
                let paid = max(entry.paid, now)
                // Allows a second's worth at once.
                guard paid - now + cost <= 1_000_000_000 else {
                    return Self.tooFast(rate, wait: paid + cost - now - 1_000_000_000)
                }
                entry.paid = paid + cost
            }
            entry.underWay += 1
            state.clients[client] = entry
            return nil
        }
        if let refusal { throw refusal }
    }

    /// Counts the end of a request that `enter` has counted.
    package func leave(_ client: String) {
        state.withLock { $0.clients[client]?.underWay -= 1 }
    }

    /// How many clients are remembered.
    package var count: Int { state.withLock { $0.clients.count } }

    private static func forget(_ state: inout State, _ now: UInt64) {
        state.clients = state.clients.filter { $0.value.underWay > 0 || $0.value.paid > now }
        state.limit = max(1024, 2 * state.clients.count)
    }

    private static func tooManyAtOnce(_ limit: Int) -> HTTPProblem {
        HTTPProblem(
            status: 429, code: "too_many_at_once", title: "Too Many Requests",
            detail: "\(limit) requests of this client are in progress, which is as many as it may have at once.",
            headers: [("Retry-After", "1")])
    }

    private static func tooFast(_ rate: Int, wait: UInt64) -> HTTPProblem {
        HTTPProblem(
            status: 429, code: "rate_limited", title: "Too Many Requests",
            detail: "This client asked for more than \(rate) requests a second.",
            headers: [("Retry-After", String(max(1, (wait + 999_999_999) / 1_000_000_000)))])
    }
}
