import Synchronization

/// Counts and times of answered requests, by route template and never by path, so that labels stay few.
package final class RequestMetrics: Sendable {
    /// Upper bounds in seconds, those of OpenTelemetry's `http.server.request.duration`.
    package static let bounds: [Double] = [
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
    ]

    private struct CounterKey: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private struct HistogramKey: Hashable {
        let method: String
        let route: String
    }

    private struct Histogram {
        var buckets = [UInt64](repeating: 0, count: RequestMetrics.bounds.count)
        var count: UInt64 = 0
        var sum = 0.0
    }

    private struct State {
        var counters: [CounterKey: UInt64] = [:]
        var histograms: [HistogramKey: Histogram] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Records one answer.
    ///
    /// - Parameters:
    ///   - method: An HTTP method the server knows, or `OTHER`.
    ///   - route: The route's template, or `none` where no route matched.
    ///   - status: The status sent.
    ///   - seconds: From the request's first byte handled to the answer being ready.
    package func record(method: String, route: String, status: Int, seconds: Double) {
        state.withLock { state in
            state.counters[CounterKey(method: method, route: route, status: status), default: 0] += 1
            var histogram = state.histograms[HistogramKey(method: method, route: route)] ?? Histogram()
            if let bucket = Self.bounds.firstIndex(where: { seconds <= $0 }) { histogram.buckets[bucket] += 1 }
            histogram.count += 1
            histogram.sum += seconds
            state.histograms[HistogramKey(method: method, route: route)] = histogram
        }
    }

    /// Appends `gand_http_requests_total` and `gand_http_request_duration_seconds`.
    package func write(to text: inout PrometheusText) {
        let state = state.withLock { $0 }
        text.family("gand_http_requests_total", .counter, "Requests answered.")
        for (key, count) in state.counters.sorted(by: { Self.order($0.key) < Self.order($1.key) }) {
            text.sample(
                "gand_http_requests_total",
                labels: [("method", key.method), ("route", key.route), ("code", String(key.status))], Double(count))
        }
        text.family("gand_http_request_duration_seconds", .histogram, "Time until an answer was ready.")
        let histograms = state.histograms.sorted { ($0.key.route, $0.key.method) < ($1.key.route, $1.key.method) }
        for (key, histogram) in histograms { write(histogram, key, to: &text) }
    }

    private func write(_ histogram: Histogram, _ key: HistogramKey, to text: inout PrometheusText) {
        let labels = [(name: "method", value: key.method), (name: "route", value: key.route)]
        var cumulative: UInt64 = 0
        for (bound, count) in zip(Self.bounds, histogram.buckets) {
            cumulative += count
            text.sample(
                "gand_http_request_duration_seconds_bucket", labels: labels + [("le", bound.description)],
                Double(cumulative))
        }
        text.sample(
            "gand_http_request_duration_seconds_bucket", labels: labels + [("le", "+Inf")], Double(histogram.count))
        text.sample("gand_http_request_duration_seconds_sum", labels: labels, histogram.sum)
        text.sample("gand_http_request_duration_seconds_count", labels: labels, Double(histogram.count))
    }

    private static func order(_ key: CounterKey) -> (String, String, Int) {
        (key.route, key.method, key.status)
    }
}
