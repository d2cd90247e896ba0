import Codecs
import Jobs
import Store

/// A report on a model as the API shows it.
enum ReportResource {
    static func json(_ report: ReportRecord, progress: ReportProgress) -> JSON {
        var members: [JSON.Member] = [
            .init(name: "id", value: .string(report.id)),
            .init(name: "model_id", value: .string(report.modelID)),
            .init(name: "dataset_id", value: .string(report.datasetID)),
            .init(name: "state", value: .string(report.state.rawValue)),
            .init(name: "n", value: .integer(Int64(report.samples))),
            .init(name: "seed", value: seed(report.seed)),
            .init(name: "target", value: report.target.map { .string($0) } ?? .null),
            .init(name: "checkpoint", value: .string(report.checkpoint)),
            .init(name: "step", value: .integer(Int64(report.step))),
            .init(
                name: "progress",
                value: [
                    "done": .integer(Int64(progress.done)), "total": .integer(Int64(progress.total)),
                    "fraction": .number((progress.fraction * 1e4).rounded() / 1e4),
                ]),
            .init(
                name: "error",
                value: report.failure.map { ["code": .string($0.code), "detail": .string($0.detail)] } ?? .null),
        ]
        members += resultNames.map { JSON.Member(name: $0, value: report.result?[$0] ?? .null) }
        members += [
            .init(name: "created_at", value: ResourceJSON.time(report.createdAt)),
            .init(name: "started_at", value: ResourceJSON.time(report.startedAt)),
            .init(name: "finished_at", value: ResourceJSON.time(report.finishedAt)),
        ]
        return .object(members)
    }

    /// Null until the report is finished.
    private static let resultNames = ["score", "verdict", "feature_space", "figures", "copies", "classes", "rows"]

    /// As a string beyond 2⁶³ − 1, which is how a body gives such a one.
    private static func seed(_ seed: UInt64) -> JSON {
        Int64(exactly: seed).map { .integer($0) } ?? .string(String(seed))
    }
}
