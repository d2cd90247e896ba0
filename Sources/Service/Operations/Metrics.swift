import HTTPServer
import Jobs
import Store
import Torch

extension Service {
    /// All metric families as Prometheus text.
    func exposeMetrics(_ exchange: inout Exchange, http: HTTPServerMetrics) throws -> HTTPResponse {
        try exchange.query.check()
        var text = PrometheusText()
        text.family("gand_build_info", .gauge, "The program and its engine; always 1.")
        text.sample("gand_build_info", labels: [("version", Build.version), ("engine", Engine.version)], 1)
        HTTPFamilies.write(http, to: &text)
        try writeJobs(to: &text)
        writeEngine(to: &text)
        if let space = try? store.space() {
            text.single("gand_data_dir_free_bytes", .gauge, "Free bytes of the data folder.", Double(space.freeBytes))
        }
        ProcessFigures.current.write(to: &text)
        return HTTPResponse(type: PrometheusText.contentType, bytes: Array(text.text.utf8))
    }

    private func writeJobs(to text: inout PrometheusText) throws {
        let counts = try store.jobCounts()
        text.family("gand_jobs", .gauge, "Jobs by state.")
        for state in JobState.allCases {
            text.sample("gand_jobs", labels: [("state", state.rawValue)], Double(counts[state] ?? 0))
        }
        // Jobs are told apart by their curves, not by labels: identifiers would make a family grow without end.
        let running = try store.runningJobs().map { try jobs.progress(of: $0) }
        text.single(
            "gand_job_steps_per_second", .gauge, "Steps a second of all running jobs together.",
            running.compactMap(\.stepsPerSecond).reduce(0, +))
        text.single(
            "gand_workers", .gauge, "Jobs that can train at once.", Double(jobs.configuration.workers))
    }

    private func writeEngine(to text: inout PrometheusText) {
        let memory = Engine.memory
        text.single("gand_live_tensors", .gauge, "Tensors alive.", Double(Engine.liveTensorCount))
        text.family("gand_tensor_memory_bytes", .gauge, "Memory of the engine's allocator, in use and kept for reuse.")
        text.sample("gand_tensor_memory_bytes", labels: [("state", "live")], Double(memory.liveBytes))
        text.sample("gand_tensor_memory_bytes", labels: [("state", "cached")], Double(memory.cachedBytes))
    }
}

/// The public listener's figures as metric families.
enum HTTPFamilies {
    static func write(_ http: HTTPServerMetrics, to text: inout PrometheusText) {
        text.family("gand_http_requests_total", .counter, "Requests answered.")
        for route in http.routes {
            for (status, count) in route.statuses {
                text.sample(
                    "gand_http_requests_total",
                    labels: [("method", route.method), ("route", route.route), ("code", String(status))], Double(count))
            }
        }
        text.family("gand_http_request_duration_seconds", .histogram, "Time from a request's head to its end.")
        for route in http.routes { write(route, to: &text) }
        text.single(
            "gand_http_requests_in_flight", .gauge, "Requests under way.", Double(http.requestsInFlight))
        text.single(
            "gand_http_queued_requests", .gauge, "Requests that run or wait on the queue.", Double(http.queuedRequests))
        text.single("gand_http_connections", .gauge, "Connections open.", Double(http.openConnections))
        text.single(
            "gand_http_connections_total", .counter, "Connections accepted.", Double(http.acceptedConnections))
        text.single(
            "gand_http_received_bytes_total", .counter, "Bytes of request bodies.", Double(http.receivedBytes))
        text.single(
            "gand_http_truncated_uploads_total", .counter, "Uploads that were cut off.", Double(http.truncatedUploads))
        text.family("gand_http_rejected_total", .counter, "Requests and connections the server refused by itself.")
        for (reason, count) in http.rejections {
            text.sample("gand_http_rejected_total", labels: [("reason", reason)], Double(count))
        }
    }

    private static func write(_ route: HTTPServerMetrics.Route, to text: inout PrometheusText) {
        let name = "gand_http_request_duration_seconds"
        let labels = [(name: "method", value: route.method), (name: "route", value: route.route)]
        let bounds = HTTPServerMetrics.durationBounds.map(\.description) + ["+Inf"]
        for (bound, count) in zip(bounds, route.durationBuckets) {
            text.sample("\(name)_bucket", labels: labels + [("le", bound)], Double(count))
        }
        text.sample("\(name)_sum", labels: labels, route.durationSum)
        text.sample("\(name)_count", labels: labels, Double(route.durationBuckets.last ?? 0))
    }
}
