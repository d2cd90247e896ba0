import Synchronization

/// What the server has counted since it was started; `Service` prints it as Prometheus text.
package struct HTTPServerMetrics: Sendable {
    package struct Route: Sendable {
        package var method: String
        /// The route's template, or "unmatched".
        package var route: String
        /// How many replies were sent with each status.
        package var statuses: [(status: Int, count: Int)]
        /// How many requests took at most each of `durationBounds`, cumulative; the last entry counts all.
        package var durationBuckets: [Int]
        /// The sum of all durations, in seconds.
        package var durationSum: Double
    }

    /// Upper bounds of the histogram's buckets in seconds (OpenTelemetry's for http.server.request.duration).
    package static let durationBounds = [
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
    ]

    /// Routes that have had a request.
    package var routes: [Route] = []
    package var requestsInFlight = 0
    /// Requests that run or wait on the queue.
    package var queuedRequests = 0
    package var openConnections = 0
    package var acceptedConnections = 0
    /// Requests that the server itself refused, by the problem's code, and connections that were closed as too slow.
    package var rejections: [(reason: String, count: Int)] = []
    /// Bytes of request bodies.
    package var receivedBytes = 0
    /// Uploads whose body was cut off.
    package var truncatedUploads = 0
    /// Lines of the access log that were dropped because the log couldn't keep up.
    package var droppedLogLines = 0
}

/// A count that many threads add to.
final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    func add(_ number: Int = 1) {
        count.wrappingAdd(number, ordering: .relaxed)
    }

    var value: Int { count.load(ordering: .relaxed) }
}

/// The counts of one route, in fixed cells, so that counting takes no lock.
final class RouteCounters: Sendable {
    private static let statuses = [
        200, 201, 202, 204, 206, 304, 400, 401, 403, 404, 405, 406, 409, 411, 412, 413, 415, 416, 421, 422, 429, 431,
        500, 501, 503, 507,
    ]

    private static let bounds = HTTPServerMetrics.durationBounds.map { UInt64($0 * 1e9) }

    private let replies = statuses.map { _ in Counter() }
    private let others = Mutex<[Int: Int]>([:])
    private let buckets = (0...bounds.count).map { _ in Counter() }
    private let nanoseconds = Counter()

    func count(status: Int, nanoseconds duration: UInt64) {
        if let index = Self.statuses.firstIndex(of: status) {
            replies[index].add()
        } else {
            others.withLock { $0[status, default: 0] += 1 }
        }
        buckets[Self.bounds.firstIndex { duration <= $0 } ?? Self.bounds.count].add()
        nanoseconds.add(Int(clamping: duration))
    }

    func snapshot(method: String, route: String) -> HTTPServerMetrics.Route? {
        var statuses = zip(Self.statuses, replies).map { (status: $0, count: $1.value) }.filter { $0.count > 0 }
        statuses += others.withLock { $0.map { (status: $0.key, count: $0.value) } }
        guard !statuses.isEmpty else { return nil }
        var total = 0
        let cumulative = buckets.map { bucket in
            total += bucket.value
            return total
        }
        return HTTPServerMetrics.Route(
            method: method, route: route, statuses: statuses.sorted { $0.status < $1.status },
            durationBuckets: cumulative, durationSum: Double(nanoseconds.value) / 1e9)
    }
}

/// Everything that one server counts.
final class ServerCounters: Sendable {
    private let routes: [(route: Route, counters: RouteCounters)]
    private let unmatched = RouteCounters()
    private let rejections = Mutex<[String: Int]>([:])
    let inFlight = Counter()
    let openConnections = Counter()
    let acceptedConnections = Counter()
    let receivedBytes = Counter()
    let truncatedUploads = Counter()
    let droppedLogLines = Counter()

    init(routes: [Route]) {
        self.routes = routes.map { ($0, RouteCounters()) }
    }

    /// - Parameter route: The route's index in the router's table; nil where none was found.
    func count(route: Int?, status: Int, nanoseconds: UInt64) {
        (route.map { routes[$0].counters } ?? unmatched).count(status: status, nanoseconds: nanoseconds)
    }

    func reject(_ reason: String) {
        rejections.withLock { $0[reason, default: 0] += 1 }
    }

    func snapshot(queued: Int) -> HTTPServerMetrics {
        var metrics = HTTPServerMetrics()
        metrics.routes = routes.compactMap {
            $0.counters.snapshot(method: $0.route.method.rawValue, route: $0.route.template)
        }
        if let unmatched = unmatched.snapshot(method: "other", route: "unmatched") { metrics.routes.append(unmatched) }
        metrics.requestsInFlight = inFlight.value
        metrics.queuedRequests = queued
        metrics.openConnections = openConnections.value
        metrics.acceptedConnections = acceptedConnections.value
        metrics.rejections = rejections.withLock { $0.map { (reason: $0.key, count: $0.value) } }
            .sorted { $0.reason < $1.reason }
        metrics.receivedBytes = receivedBytes.value
        metrics.truncatedUploads = truncatedUploads.value
        metrics.droppedLogLines = droppedLogLines.value
        return metrics
    }
}
