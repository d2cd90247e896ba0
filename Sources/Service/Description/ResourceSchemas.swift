import Adversarial
import Codecs
import Datasets
import Jobs
import Store

/// The components of the description: every resource and body by its name.
enum ResourceSchemas {
    static let all: [(name: String, schema: JSON)] =
        shared + datasets + jobs + models + reports + [
            ("Server", server), ("Alive", Schema.object(["status": Schema.word(["ok"])])),
        ]

    private static let labels: JSON = [
        "type": "object", "maxProperties": 64, "propertyNames": ResourceName.schema,
        "additionalProperties": ["type": "string", "maxLength": 200, "pattern": "^[^\\u0000-\\u001F\\u007F]*$"],
    ]

    /// 0 to 2⁶⁴ − 1, as a string beyond 2⁶³ − 1.
    static let seed: JSON = [
        "anyOf": [
            ["type": "integer", "minimum": 0, "maximum": .integer(.max)], Schema.text(pattern: "^[0-9]{1,19}$"),
        ]
    ]

    private static let failure = Schema.nullable(Schema.object(["code": Schema.string, "detail": Schema.string]))

    private static let shared: [(name: String, schema: JSON)] = [
        (
            "Problem",
            Schema.object(
                [
                    "type": Schema.string, "title": Schema.string, "status": Schema.integer(400...599),
                    "detail": Schema.string, "code": Schema.text(pattern: "^[a-z0-9_]+$"), "request_id": Schema.string,
                    "errors": Schema.array(
                        of: Schema.object(
                            ["pointer": Schema.string, "parameter": Schema.string, "detail": Schema.string],
                            optional: ["pointer", "parameter"])),
                ], optional: ["errors"])
        ),
        ("Changes", changes(["name": ResourceName.schema, "labels": labels])),
        ("Nothing", Schema.object([:])),
    ]

    /// Members of which any may be given.
    private static func changes(_ members: KeyValuePairs<String, JSON>) -> JSON {
        Schema.object(members, optional: Set(members.map(\.key)))
    }

    private static let datasets: [(name: String, schema: JSON)] = [
        (
            "Dataset",
            Schema.object(
                [
                    "id": Schema.string, "name": Schema.string, "kind": Schema.nullable(Schema.word(DatasetKind.self)),
                    "state": Schema.word(DatasetState.self), "items": Schema.nullable(Schema.count),
                    "bytes": Schema.count,
                    "sha256": Schema.text(pattern: "^[0-9a-f]{64}$"),
                    "schema": [
                        "anyOf": .array(DatasetKind.allCases.map { $0.forms.schemaDescription } + [["type": "null"]])
                    ],
                    "problems": Schema.array(of: Schema.object(["item": Schema.string, "detail": Schema.string])),
                    "problem_count": Schema.count, "labels": labels, "created_at": Schema.time,
                    "parameters": Schema.map(of: Schema.string),
                ], optional: ["parameters"])
        ),
        ("DatasetList", Schema.page(of: "Dataset")),
        (
            "Preview",
            Schema.object(
                [
                    "kind": Schema.word(DatasetKind.self), "encoding": Schema.word(["png_base64"]),
                    "columns": ["anyOf": .array(DatasetKind.allCases.compactMap { $0.forms.previewColumns })],
                    "shape": Schema.array(of: Schema.count), "items": ["type": "array"],
                ], optional: ["encoding", "columns", "shape"])
        ),
    ]

    /// `[wall_time, step, value]` of each point of one curve.
    static let tensorBoard = Schema.array(
        of: ["type": "array", "items": Schema.number, "minItems": 3, "maxItems": 3])

    /// What a client reads of one event of a stream.
    static let streamedEvent = Schema.object(
        [
            "event": Schema.word(EventKind.allCases.map(\.rawValue) + ["progress", "metrics"]), "id": Schema.string,
            "data": Schema.string,
        ], optional: ["id"])

    private static let jobs: [(name: String, schema: JSON)] = [
        ("JobRequest", SpecSchema.job),
        ("ResumeRequest", SpecSchema.resumption),
        (
            "JobChanges",
            changes(["name": ResourceName.schema, "labels": labels, "priority": Schema.integer(-1000...1000)])
        ),
        (
            "Job",
            Schema.object([
                "id": Schema.string, "name": Schema.string, "labels": labels, "dataset_id": Schema.string,
                "model_id": Schema.string, "state": Schema.word(JobState.self),
                "stop_reason": Schema.nullable(Schema.word(StopReason.self)), "priority": Schema.integer(-1000...1000),
                "spec": Schema.object(["requested": Schema.anyObject, "resolved": Schema.anyObject]),
                "progress": Schema.object([
                    "step": Schema.count, "steps": Schema.nullable(Schema.count),
                    "fraction": Schema.nullable(["type": "number", "minimum": 0, "maximum": 1]),
                    "samples_seen": Schema.count, "steps_per_second": Schema.optionalNumber,
                    "eta_seconds": Schema.optionalNumber,
                ]),
                "metrics": Schema.map(of: Schema.optionalNumber),
                "health": Schema.nullable(
                    Schema.object([
                        "verdict": Schema.word(HealthVerdict.self), "detail": Schema.string, "since_step": Schema.count,
                    ])),
                "attempt": Schema.count, "error": failure, "created_at": Schema.time,
                "started_at": Schema.nullable(Schema.time), "finished_at": Schema.nullable(Schema.time),
            ])
        ),
        ("JobList", Schema.page(of: "Job")),
        (
            "Resolution",
            Schema.object([
                "spec": Schema.object(["requested": Schema.anyObject, "resolved": Schema.anyObject]),
                "reasons": Schema.array(of: Schema.object(["pointer": Schema.string, "detail": Schema.string])),
                "parameters": Schema.object(["generator": Schema.count, "discriminator": Schema.count]),
                "memory_bytes": Schema.count, "warnings": Schema.array(of: Schema.string),
            ])
        ),
        (
            "Curve",
            Schema.object([
                "job_id": Schema.string, "revision": Schema.count, "reset": Schema.boolean,
                "step": Schema.array(of: Schema.count),
                "series": Schema.map(of: Schema.array(of: Schema.optionalNumber)),
                "sparse": Schema.map(
                    of: Schema.object([
                        "step": Schema.array(of: Schema.count), "value": Schema.array(of: Schema.optionalNumber),
                    ])),
                "non_finite": Schema.map(of: Schema.count), "source_points": Schema.count,
                "downsampled": Schema.boolean, "last_step": Schema.nullable(Schema.count),
            ])
        ),
        (
            "Event",
            Schema.object([
                "id": Schema.count, "event": Schema.word(EventKind.self), "attempt": Schema.count,
                "data": Schema.anyObject, "created_at": Schema.time,
            ])
        ),
        ("EventList", Schema.page(of: "Event")),
    ]

    private static let models: [(name: String, schema: JSON)] = [
        (
            "Model",
            Schema.object([
                "id": Schema.string, "name": Schema.string, "kind": Schema.word(DatasetKind.self),
                "job_id": Schema.nullable(Schema.string), "dataset_id": Schema.string, "ready": Schema.boolean,
                "latest_checkpoint": Schema.nullable(Schema.count), "live_step": Schema.nullable(Schema.count),
                "spec": Schema.anyObject, "labels": labels, "created_at": Schema.time,
            ])
        ),
        ("ModelList", Schema.page(of: "Model")),
        (
            "Checkpoint",
            Schema.object([
                "step": Schema.count, "samples_seen": Schema.count, "training_seconds": Schema.number,
                "bytes": Schema.count, "score": Schema.optionalNumber, "bar": Schema.optionalNumber,
                "files": Schema.array(
                    of: Schema.object(["name": Schema.string, "bytes": Schema.count, "url": Schema.string])),
                "manifest": Schema.anyObject, "created_at": Schema.time,
            ])
        ),
        ("CheckpointList", Schema.page(of: "Checkpoint")),
        ("SampleRequest", SampleParameter.bodyDescription),
        (
            "Samples",
            Schema.object(
                [
                    "model_id": Schema.string, "checkpoint": Schema.count,
                    "seed": ["type": "integer", "minimum": 0], "count": Schema.count,
                    "kind": Schema.word(DatasetKind.self), "columns": Schema.array(of: Schema.string),
                    "shape": Schema.array(of: Schema.count), "samples": ["type": "array"],
                    "classes": Schema.array(of: Schema.string),
                ], optional: ["columns", "classes"])
        ),
    ]

    /// Words, or the step of a checkpoint as a number or as text.
    static func checkpoint(_ words: [String]) -> JSON {
        [
            "anyOf": [
                Schema.word(words), ["type": "integer", "minimum": 0, "maximum": .integer(.max)],
                Schema.text(pattern: "^(0|[1-9][0-9]{0,17})$"),
            ]
        ]
    }

    private static let reports: [(name: String, schema: JSON)] = [
        (
            "ReportRequest",
            Schema.object(
                [
                    "n": Schema.integer(ReportEvaluation.sampleCounts), "seed": seed,
                    "checkpoint": checkpoint(["best", "latest"]), "target": Schema.string,
                ], optional: ["n", "seed", "checkpoint", "target"])
        ),
        (
            "Report",
            Schema.object([
                "id": Schema.string, "model_id": Schema.string, "dataset_id": Schema.string,
                "state": Schema.word(ReportState.self), "n": Schema.count, "seed": seed,
                "target": Schema.nullable(Schema.string),
                "rows": [
                    "anyOf": .array(DatasetKind.allCases.compactMap { $0.forms.reportRows } + [["type": "null"]])
                ],
                "checkpoint": Schema.string, "step": Schema.count,
                "progress": Schema.object(["done": Schema.count, "total": Schema.count, "fraction": Schema.number]),
                "error": failure, "score": Schema.optionalNumber, "verdict": Schema.nullable(Schema.string),
                "feature_space": Schema.nullable(Schema.object(["name": Schema.string, "detail": Schema.string])),
                "figures": Schema.nullable(
                    Schema.map(
                        of: Schema.object([
                            "samples": Schema.optionalNumber, "real": Schema.optionalNumber,
                            "sample_count": Schema.count, "real_count": Schema.count, "against": Schema.count,
                            "reading": Schema.string,
                        ]))),
                "copies": Schema.nullable(
                    Schema.object([
                        "samples": Schema.nullable(Schema.count), "sample_count": Schema.count,
                        "held_out": Schema.count, "held_out_count": Schema.count, "training_count": Schema.count,
                        "reading": Schema.string,
                    ])),
                "classes": Schema.nullable(
                    Schema.array(
                        of: Schema.object([
                            "name": Schema.string, "samples": Schema.optionalNumber, "training": Schema.optionalNumber,
                        ]))),
                "created_at": Schema.time, "started_at": Schema.nullable(Schema.time),
                "finished_at": Schema.nullable(Schema.time),
            ])
        ),
        ("ReportList", Schema.page(of: "Report")),
    ]

    private static let server = Schema.object([
        "name": Schema.string, "version": Schema.string,
        "engine": Schema.object(["name": Schema.string, "version": Schema.string, "cpu": Schema.string]),
        "devices": Schema.array(
            of: Schema.object(
                ["id": Schema.string, "type": Schema.string, "bf16": Schema.boolean, "cores": Schema.count],
                optional: ["cores"])),
        "limits": Schema.object([
            "samples": Schema.map(of: Schema.count), "upload_bytes": Schema.count, "curve_points": Schema.count,
            "list_items": Schema.count, "report_samples": Schema.count, "waiting_reports": Schema.count,
            "workers": Schema.count, "threads_per_job": Schema.count, "job_memory_bytes": Schema.count,
        ]),
    ])
}
