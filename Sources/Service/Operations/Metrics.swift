import Codecs
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
        text.single(
            "gand_workers", .gauge, "Jobs that can train at once.", Double(jobs.configuration.workers))
        let counters = jobs.counters
        text.single("gand_training_steps_total", .counter, "Steps of all jobs.", Double(counters.steps))
        text.single(
            "gand_training_step_seconds_total", .counter, "Time spent in the steps of all jobs.", counters.stepSeconds)
        text.single("gand_checkpoints_total", .counter, "Checkpoints written.", Double(counters.checkpoints))
        text.single("gand_samples_total", .counter, "Samples drawn for requests.", Double(counters.samples))
        text.single(
            "gand_sampling_batches_total", .counter, "Times that samples were drawn.", Double(counters.sampleBatches))
        text.single(
            "gand_sampling_parts_total", .counter, "Parts of requests that were drawn; several may make a batch.",
            Double(counters.sampleParts))
        try writeRunningJobs(to: &text)
    }

    /// What the running jobs show, by job: as many as there are workers, so that their labels stay few.
    private func writeRunningJobs(to text: inout PrometheusText) throws {
        let running = try store.runningJobs().map { job in (job: job, progress: try jobs.progress(of: job)) }
        text.family("gand_job_steps_per_second", .gauge, "Steps a second of a running job.")
        for (job, progress) in running {
            text.sample("gand_job_steps_per_second", labels: [("job_id", job.id)], progress.stepsPerSecond ?? 0)
        }
        text.family("gand_job_step", .gauge, "The step that a running job is at.")
        for (job, progress) in running {
            text.sample("gand_job_step", labels: [("job_id", job.id)], Double(progress.step))
        }
        text.family("gand_job_loss", .gauge, "The newest losses of a running job.")
        for (job, progress) in running {
            for network in ["generator", "discriminator"] {
                guard let loss = progress.metrics.first(where: { $0.name == "\(network)_loss" }) else { continue }
                text.sample("gand_job_loss", labels: [("job_id", job.id), ("network", network)], Double(loss.value))
            }
        }
        text.family("gand_job_health", .gauge, "1 for the verdict that a running job has.")
        for (job, _) in running {
            guard let verdict = job.health?["verdict"]?.string else { continue }
            text.sample("gand_job_health", labels: [("job_id", job.id), ("verdict", verdict)], 1)
        }
        text.family(
            "gand_job_checkpoint_age_seconds", .gauge, "Time since a running job's newest checkpoint, or its start.")
        let now = store.clock.now()
        for (job, _) in running {
            let newest = try store.latestCheckpoint(of: job.modelID)?.createdAt ?? job.startedAt ?? now
            text.sample(
                "gand_job_checkpoint_age_seconds", labels: [("job_id", job.id)], max(0, now.seconds - newest.seconds))
        }
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
