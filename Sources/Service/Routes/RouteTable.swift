import Codecs
import HTTPServer
import Store

/// The contract's routes: what dispatches requests, and what the OpenAPI description is made of.
extension Service {
    var publicRoutes: [Endpoint] {
        serverRoutes + datasetRoutes + uploadRoutes + jobRoutes + modelRoutes + reportRoutes
    }

    private static let json = BodyPolicy.json(maximum: 1 << 20)

    private var serverRoutes: [Endpoint] {
        [
            Endpoint(
                .get, "/livez", Operation("checkLiveness", "Whether the process answers.", replies: [.json("Alive")]),
                execution: .inline, access: .anyone, live),
            Endpoint(
                .get, "/v1", Operation("showServer", "What this server is and allows.", replies: [.json("Server")]),
                describe),
            Endpoint(
                .get, "/openapi.json",
                Operation(
                    "showDescription", "This description.",
                    replies: [
                        ReplyDescription(
                            200, "OpenAPI 3.1.", [(type: "application/json", schema: Schema.anyObject)]), .unchanged,
                    ]), access: .anyone, describeRoutes),
        ]
    }

    private var datasetRoutes: [Endpoint] {
        let upload = BodyPolicy.upload(maximum: configuration.maximumUploadBytes, folder: store.folder.temporary)
        return [
            Endpoint(
                .post, "/v1/datasets",
                Operation(
                    "createDataset", "Takes a file as a dataset.", Self.importParameters,
                    replies: [.json("Dataset", 201, "It is being read, or has been.")], problems: [409]),
                body: upload, isCreation: true, createDataset),
            Endpoint(
                .get, "/v1/datasets",
                Operation(
                    "listDatasets", "Datasets, newest first.", Parameter.list(of: DatasetState.self),
                    replies: [.json("DatasetList")]), listDatasets),
            Endpoint(
                .get, "/v1/datasets/{id}",
                Operation("showDataset", "A dataset.", replies: [.json("Dataset"), .unchanged]), isAwaitable: true,
                showDataset),
            Endpoint(
                .patch, "/v1/datasets/{id}",
                Operation(
                    "changeDataset", "Changes a dataset's name or labels.", body: "Changes",
                    replies: [.json("Dataset")], problems: [412]), body: Self.json, changeDataset),
            Endpoint(
                .delete, "/v1/datasets/{id}",
                Operation(
                    "deleteDataset", "Removes a dataset that no job needs.", replies: [.gone], problems: [409, 412]),
                deleteDataset),
            Endpoint(
                .get, "/v1/datasets/{id}/preview",
                Operation(
                    "previewDataset", "A look at some of a dataset's items.", Self.previewParameters,
                    replies: [
                        ReplyDescription(
                            200, "Items, or a picture of them.",
                            [
                                ReplyDescription.bytes(PreviewFormat.png.mediaType),
                                (type: PreviewFormat.json.mediaType, schema: Schema.reference("Preview")),
                            ]), .unchanged,
                    ], problems: [406, 409, 422]), previewDataset),
        ]
    }

    /// tus 1.0.0.
    private var uploadRoutes: [Endpoint] {
        func bytes(_ name: String, _ summary: String) -> Parameter {
            Parameter(name, .text(Schema.text(pattern: "^[0-9]{1,18}$")), summary, isRequired: true)
        }
        return [
            Endpoint(
                .options, "/v1/uploads",
                Operation(
                    "describeUploads", "What this server takes of tus.",
                    replies: [ReplyDescription(204, "See Tus-Version, Tus-Extension, Tus-Max-Size.")]),
                execution: .inline, access: .anyone, describeUploads),
            Endpoint(
                .post, "/v1/uploads",
                Operation(
                    "createUpload", "Begins an upload that can be taken up again where it broke off (tus 1.0.0).",
                    headers: [
                        bytes("Upload-Length", "Bytes of the whole file."),
                        Parameter(
                            "Upload-Metadata",
                            .text(Schema.text(pattern: "^name [A-Za-z0-9+/]{4}([A-Za-z0-9+/]{4})*$")),
                            "The dataset's `name`, which is the upload's identifier unless given, its `kind` and what else "
                                + "createDataset takes, in base 64."),
                    ], replies: [ReplyDescription(201, "It is begun; Location is where its parts go.")],
                    problems: [409, 412, 413, 422, 429]), isCreation: true, createUpload),
            Endpoint(
                .head, "/v1/uploads/{id}",
                Operation(
                    "showUpload", "How far an upload is.",
                    replies: [
                        ReplyDescription(200, "See Upload-Offset; once it is whole, Content-Location is its dataset.")
                    ], problems: [412]), showUpload),
            Endpoint(
                .patch, "/v1/uploads/{id}",
                Operation(
                    "appendToUpload", "Takes in the part of an upload that follows.",
                    headers: [bytes("Upload-Offset", "How much has come before.")],
                    replies: [
                        ReplyDescription(204, "See Upload-Offset; the part that completes it has Content-Location.")
                    ],
                    problems: [409, 412, 423, 460]),
                body: .stream(maximum: configuration.maximumUploadBytes, type: Tus.mediaType),
                sink: { [store, uploadClaims] request in
                    UploadPart(
                        id: request.parameters["id"] ?? "", headers: request.headers, store: store, claims: uploadClaims
                    )
                }, appendToUpload),
            Endpoint(
                .delete, "/v1/uploads/{id}",
                Operation(
                    "deleteUpload", "Ends an upload; the dataset that it became stays.", replies: [.gone],
                    problems: [412, 423]), access: .holders(of: .submit), deleteUpload),
        ]
    }

    private var jobRoutes: [Endpoint] {
        [
            Endpoint(
                .post, "/v1/jobs",
                Operation(
                    "createJob", "Queues a training.",
                    [Parameter("dry_run", .boolean, "Tell what would be trained, and queue nothing.")],
                    body: "JobRequest",
                    replies: [
                        .json("Resolution", 200, "What would be trained."), .json("Job", 202, "It is queued."),
                    ], problems: [409]), body: Self.json, isCreation: true, createJob),
            Endpoint(
                .get, "/v1/jobs",
                Operation(
                    "listJobs", "Jobs, newest first.", Parameter.list(of: JobState.self), replies: [.json("JobList")]),
                listJobs),
            Endpoint(
                .get, "/v1/jobs/{id}",
                Operation(
                    "showJob", "A job.",
                    [
                        Parameter(
                            "until", .word(JobEnd.allCases.map(\.rawValue)),
                            "With `Prefer: wait`, wait for the job's end rather than for any change.")
                    ], replies: [.json("Job"), .unchanged]), isAwaitable: true, showJob),
            Endpoint(
                .patch, "/v1/jobs/{id}",
                Operation(
                    "changeJob", "Changes a job's name, labels or priority.", body: "JobChanges",
                    replies: [.json("Job")], problems: [412]), body: Self.json, changeJob),
            Endpoint(
                .delete, "/v1/jobs/{id}",
                Operation(
                    "deleteJob", "Removes a job that doesn't run.",
                    [Parameter("delete_model", .boolean, "Remove the job's model too.")], replies: [.gone],
                    problems: [409, 412]), deleteJob),
            Endpoint(
                .post, "/v1/jobs/{id}/stop",
                Operation(
                    "stopJob", "Stops a job at its next step, with a checkpoint.", body: "Nothing",
                    isBodyRequired: false,
                    replies: [.json("Job", 202, "It stops, or has stopped.")], problems: [409]), body: Self.json,
                stopJob),
            Endpoint(
                .post, "/v1/jobs/{id}/resume",
                Operation(
                    "resumeJob", "Puts a job that has ended back into the queue.", body: "ResumeRequest",
                    isBodyRequired: false, replies: [.json("Job", 202, "It is queued.")], problems: [409]),
                body: Self.json, resumeJob),
            Endpoint(
                .get, "/v1/jobs/{id}/metrics",
                Operation(
                    "showCurve", "A job's curves.", Self.curveParameters,
                    replies: [
                        ReplyDescription(
                            200, "The points asked for.",
                            [
                                (
                                    type: CurveFormat.json.mediaType,
                                    schema: ["anyOf": [Schema.reference("Curve"), ResourceSchemas.tensorBoard]]
                                ), (type: CurveFormat.csv.mediaType, schema: Schema.string),
                                (type: CurveFormat.ndjson.mediaType, schema: Schema.string),
                                ReplyDescription.bytes(CurveFormat.png.mediaType),
                                (type: CurveFormat.svg.mediaType, schema: Schema.string),
                            ]), .unchanged,
                    ], problems: [406, 422]), isAwaitable: true, showCurve),
            Endpoint(
                .get, "/v1/jobs/{id}/events",
                Operation(
                    "showEvents", "A job's events, as a stream or as pages.",
                    [
                        .limit,
                        Parameter("page_token", .integer(0...Int.max), "The `next_page_token` of the page before."),
                    ],
                    replies: [
                        ReplyDescription(
                            200, "Server-Sent Events, or a page of the stored ones.",
                            [
                                (type: EventFormat.stream.mediaType, schema: ResourceSchemas.streamedEvent),
                                (type: EventFormat.page.mediaType, schema: Schema.reference("EventList")),
                            ]), ReplyDescription(204, "The job has ended, and there is no event after the one named."),
                    ], problems: [406]), showEvents),
        ]
    }

    private var modelRoutes: [Endpoint] {
        let samples = ReplyDescription(
            200, "The samples.",
            [
                (type: SampleFormat.json.mediaType, schema: Schema.reference("Samples")),
                ReplyDescription.bytes(SampleFormat.png.mediaType), ReplyDescription.bytes(SampleFormat.npy.mediaType),
                (type: SampleFormat.csv.mediaType, schema: Schema.string),
                ReplyDescription.bytes(SampleFormat.zip.mediaType),
            ])
        return [
            Endpoint(
                .get, "/v1/models",
                Operation(
                    "listModels", "Models, newest first.", [.label, .limit, .pageToken], replies: [.json("ModelList")]),
                listModels),
            Endpoint(
                .get, "/v1/models/{id}", Operation("showModel", "A model.", replies: [.json("Model"), .unchanged]),
                isAwaitable: true, showModel),
            Endpoint(
                .patch, "/v1/models/{id}",
                Operation(
                    "changeModel", "Changes a model's name or labels.", body: "Changes", replies: [.json("Model")],
                    problems: [412]), body: Self.json, changeModel),
            Endpoint(
                .delete, "/v1/models/{id}",
                Operation(
                    "deleteModel", "Removes a model with its checkpoints and reports.", replies: [.gone],
                    problems: [409, 412]), deleteModel),
            Endpoint(
                .get, "/v1/models/{id}/checkpoints",
                Operation("listCheckpoints", "A model's checkpoints.", replies: [.json("CheckpointList")]),
                listCheckpoints),
            Endpoint(
                .get, "/v1/models/{id}/checkpoints/{step}/{file}",
                Operation(
                    "downloadCheckpointFile", "A file of a checkpoint, or a range of it.",
                    replies: [
                        ReplyDescription(200, "All of it.", Self.fileContent),
                        ReplyDescription(206, "The range asked for.", Self.fileContent), .unchanged,
                    ], problems: [416]), downloadCheckpointFile),
            Endpoint(
                .get, "/v1/models/{id}/samples",
                Operation(
                    "showSamples", "Draws samples.", SampleParameter.ofQuery, replies: [samples, .unchanged],
                    problems: [406, 409, 422]), execution: .patient, isAwaitable: true, showSamples),
            Endpoint(
                .post, "/v1/models/{id}/samples",
                Operation(
                    "drawSamples", "Draws samples, as the body says.", body: "SampleRequest", replies: [samples],
                    problems: [406, 409]), body: Self.json, execution: .patient, access: .holders(of: .read),
                drawSamples),
        ]
    }

    private static let fileContent = [
        ReplyDescription.bytes("application/octet-stream"), (type: "application/json", schema: Schema.anyObject),
    ]

    private var reportRoutes: [Endpoint] {
        [
            Endpoint(
                .post, "/v1/models/{id}/reports",
                Operation(
                    "createReport", "Has a model's quality measured.", body: "ReportRequest", isBodyRequired: false,
                    replies: [.json("Report", 202, "It waits, or is being made.")], problems: [409, 429]),
                body: Self.json, isCreation: true, createReport),
            Endpoint(
                .get, "/v1/models/{id}/reports",
                Operation(
                    "listReports", "A model's reports, newest first.", [.state(ReportState.self), .limit, .pageToken],
                    replies: [.json("ReportList")]), listReports),
            Endpoint(
                .get, "/v1/models/{id}/report",
                Operation(
                    "showNewestReport", "A model's newest finished report.", [.format(ReportFormat.self)],
                    replies: [
                        ReplyDescription(
                            200, "The report, or a page that shows it.",
                            [
                                (type: ReportFormat.json.mediaType, schema: Schema.reference("Report")),
                                (type: ReportFormat.html.mediaType, schema: Schema.string),
                            ]), .unchanged,
                    ], problems: [406]), showNewestReport),
            Endpoint(
                .get, "/v1/reports/{id}", Operation("showReport", "A report.", replies: [.json("Report"), .unchanged]),
                isAwaitable: true, showReport),
            Endpoint(
                .delete, "/v1/reports/{id}",
                Operation(
                    "deleteReport", "Cancels a report that isn't finished, removes one that is.",
                    replies: [.json("Report", 202, "It is cancelled."), .gone], problems: [409, 412]),
                access: .holders(of: .submit), deleteReport),
        ]
    }

    /// Routes of the listener for operators, which takes no token.
    func operatorRoutes(http: @escaping @Sendable () -> HTTPServerMetrics) -> [Endpoint] {
        func operation(_ id: String, _ summary: String) -> Operation { Operation(id, summary, replies: []) }
        return [
            Endpoint(
                .get, "/livez", operation("checkLiveness", "Whether the process answers."), execution: .inline, live),
            Endpoint(.get, "/readyz", operation("checkReadiness", "Whether work can be taken on."), ready),
            Endpoint(.get, "/metrics", operation("showMetrics", "Figures for Prometheus.")) { exchange in
                try self.exposeMetrics(&exchange, http: http())
            },
        ]
    }
}
