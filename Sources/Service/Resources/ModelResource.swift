import Codecs
import Store

/// Models and checkpoints as the API shows them.
enum ModelResource {
    /// - Parameter liveStep: The step of the snapshot in memory while the model's job runs.
    static func json(_ model: ModelRecord, liveStep: Int?) -> JSON {
        [
            "id": .string(model.id),
            "name": .string(model.name),
            "kind": .string(model.kind),
            "job_id": model.jobID.map { .string($0) } ?? .null,
            "dataset_id": .string(model.datasetID),
            "ready": .boolean(model.latestStep != nil || liveStep != nil),
            "latest_checkpoint": model.latestStep.map { .integer(Int64($0)) } ?? .null,
            "live_step": liveStep.map { .integer(Int64($0)) } ?? .null,
            "spec": model.spec,
            "labels": ResourceJSON.labels(model.labels),
            "created_at": .string(model.createdAt.rfc3339),
        ]
    }

    static func json(_ checkpoint: CheckpointRecord, files: [(name: String, bytes: Int)]) -> JSON {
        [
            "step": .integer(Int64(checkpoint.step)),
            "samples_seen": .integer(Int64(checkpoint.samplesSeen)),
            "training_seconds": .number(checkpoint.trainingSeconds),
            "bytes": .integer(Int64(checkpoint.bytes)),
            "score": checkpoint.score.map { .number($0) } ?? .null,
            "bar": checkpoint.bar.map { .number($0) } ?? .null,
            "files": .array(
                files.map { file in
                    [
                        "name": .string(file.name), "bytes": .integer(Int64(file.bytes)),
                        "url": .string("/v1/models/\(checkpoint.model)/checkpoints/\(checkpoint.step)/\(file.name)"),
                    ]
                }),
            "manifest": checkpoint.manifest,
            "created_at": .string(checkpoint.createdAt.rfc3339),
        ]
    }
}
