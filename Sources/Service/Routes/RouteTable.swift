import HTTPServer
import Store

extension Service {
    /// The contract's routes.
    var publicRoutes: [Endpoint] {
        let json = BodyPolicy.json(maximum: 1 << 20)
        let upload = BodyPolicy.upload(maximum: configuration.maximumUploadBytes, folder: store.folder.temporary)
        let curve = ["names", "from_step", "to_step", "since_step", "revision", "max_points", "format"]
        return [
            Endpoint(.get, "/livez", execution: .inline, live),
            Endpoint(.get, "/v1", describe),

            Endpoint(.post, "/v1/datasets", ["name", "kind"], body: upload, createDataset),
            Endpoint(.get, "/v1/datasets", ["state", "label", "limit", "page_token"], listDatasets),
            Endpoint(.get, "/v1/datasets/{id}", isAwaitable: true, showDataset),
            Endpoint(.patch, "/v1/datasets/{id}", body: json, changeDataset),
            Endpoint(.delete, "/v1/datasets/{id}", deleteDataset),
            Endpoint(.get, "/v1/datasets/{id}/preview", ["n", "format"], previewDataset),

            Endpoint(.post, "/v1/jobs", ["dry_run"], body: json, createJob),
            Endpoint(.get, "/v1/jobs", ["state", "label", "limit", "page_token"], listJobs),
            Endpoint(.get, "/v1/jobs/{id}", ["until"], isAwaitable: true, showJob),
            Endpoint(.patch, "/v1/jobs/{id}", body: json, changeJob),
            Endpoint(.delete, "/v1/jobs/{id}", ["delete_model"], deleteJob),
            Endpoint(.post, "/v1/jobs/{id}/stop", body: json, stopJob),
            Endpoint(.post, "/v1/jobs/{id}/resume", body: json, resumeJob),
            Endpoint(.get, "/v1/jobs/{id}/metrics", curve, isAwaitable: true, showCurve),
            Endpoint(.get, "/v1/jobs/{id}/events", ["limit", "page_token"], showEvents),

            Endpoint(.get, "/v1/models", ["label", "limit", "page_token"], listModels),
            Endpoint(.get, "/v1/models/{id}", isAwaitable: true, showModel),
            Endpoint(.patch, "/v1/models/{id}", body: json, changeModel),
            Endpoint(.delete, "/v1/models/{id}", deleteModel),
            Endpoint(.get, "/v1/models/{id}/checkpoints", listCheckpoints),
            Endpoint(.get, "/v1/models/{id}/checkpoints/{step}/{file}", downloadCheckpointFile),
            Endpoint(.get, "/v1/models/{id}/samples", SampleFields.names, isAwaitable: true, showSamples),
            Endpoint(.post, "/v1/models/{id}/samples", body: json, drawSamples),

            Endpoint(.post, "/v1/models/{id}/reports", body: json, createReport),
            Endpoint(.get, "/v1/models/{id}/reports", ["state", "limit", "page_token"], listReports),
            Endpoint(.get, "/v1/models/{id}/report", ["format"], showNewestReport),
            Endpoint(.get, "/v1/reports/{id}", isAwaitable: true, showReport),
            Endpoint(.delete, "/v1/reports/{id}", deleteReport),
        ]
    }

    /// Routes of the listener for operators, which takes no token.
    func operatorRoutes(http: @escaping @Sendable () -> HTTPServerMetrics) -> [Endpoint] {
        [
            Endpoint(.get, "/livez", execution: .inline, live),
            Endpoint(.get, "/readyz", ready),
            Endpoint(.get, "/metrics") { exchange in try self.exposeMetrics(&exchange, http: http()) },
        ]
    }
}
