import Codecs
import Jobs
import Store

/// A job as the contract shows it.
enum JobResource {
    static func json(_ job: JobRecord, progress: JobProgress) -> JSON {
        [
            "id": .string(job.id),
            "name": .string(job.name),
            "labels": ResourceJSON.labels(job.labels),
            "dataset_id": .string(job.datasetID),
            "model_id": .string(job.modelID),
            "state": .string(job.state.rawValue),
            "stop_reason": job.stopReason.map { .string($0.rawValue) } ?? .null,
            "priority": .integer(Int64(job.priority)),
            "spec": ["requested": job.requested, "resolved": job.resolved],
            "progress": json(progress),
            "metrics": metrics(progress),
            "health": job.health ?? .null,
            "attempt": .integer(Int64(job.attempt)),
            "error": job.failure.map { ["code": .string($0.code), "detail": .string($0.detail)] } ?? .null,
            "created_at": ResourceJSON.time(job.createdAt),
            "started_at": ResourceJSON.time(job.startedAt),
            "finished_at": ResourceJSON.time(job.finishedAt),
        ]
    }

    /// The newest value of each curve.
    static func metrics(_ progress: JobProgress) -> JSON {
        .object(
            progress.metrics.map { metric in
                JSON.Member(name: metric.name, value: number(Double(metric.value)))
            })
    }

    static func json(_ progress: JobProgress) -> JSON {
        [
            "step": .integer(Int64(progress.step)),
            "steps": progress.steps.map { .integer(Int64($0)) } ?? .null,
            "fraction": progress.fraction.map(number) ?? .null,
            "samples_seen": .integer(Int64(progress.samplesSeen)),
            "steps_per_second": progress.stepsPerSecond.map(number) ?? .null,
            "eta_seconds": progress.etaSeconds.map(number) ?? .null,
        ]
    }

    /// A number with as many digits as anyone reads; null where it isn't finite, for which JSON has no text.
    private static func number(_ value: Double) -> JSON {
        guard value.isFinite else { return .null }
        guard abs(value) < 1e9, abs(value) >= 1e-3 else { return .number(value) }
        let scale = abs(value) >= 100 ? 10.0 : 1e5
        return .number((value * scale).rounded() / scale)
    }
}
