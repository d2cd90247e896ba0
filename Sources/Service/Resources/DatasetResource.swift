import Codecs
import Store

/// A dataset as the contract shows it.
enum DatasetResource {
    static func json(_ dataset: DatasetRecord) -> JSON {
        let resource: JSON = [
            "id": .string(dataset.id),
            "name": .string(dataset.name),
            "kind": kind(of: dataset).map { .string($0) } ?? .null,
            "state": .string(dataset.state.rawValue),
            "items": dataset.items.map { .integer(Int64($0)) } ?? .null,
            "bytes": .integer(Int64(dataset.bytes)),
            "sha256": .string(dataset.sha256),
            "schema": dataset.schema ?? .null,
            "problems": .array(dataset.problems.map { ["item": .string($0.item), "detail": .string($0.detail)] }),
            "problem_count": .integer(Int64(dataset.problemCount)),
            "labels": ResourceJSON.labels(dataset.labels),
            "created_at": .string(dataset.createdAt.rfc3339),
        ]
        guard !dataset.parameters.isEmpty, let members = resource.object else { return resource }
        return .object(members + [.init(name: "parameters", value: ResourceJSON.labels(dataset.parameters))])
    }

    /// The kind it is, or else the one asked for; nil while `auto` is undecided.
    private static func kind(of dataset: DatasetRecord) -> String? {
        dataset.kind ?? (dataset.requestedKind == "auto" ? nil : dataset.requestedKind)
    }
}

/// What resources have in common.
enum ResourceJSON {
    /// Labels as an object, by name.
    static func labels(_ labels: [String: String]) -> JSON {
        .object(labels.sorted { $0.key < $1.key }.map { JSON.Member(name: $0.key, value: .string($0.value)) })
    }

    static func time(_ time: Timestamp?) -> JSON {
        time.map { .string($0.rfc3339) } ?? .null
    }

    /// A page of a list.
    static func page(_ items: [JSON], nextPageToken: String?) -> JSON {
        ["items": .array(items), "next_page_token": nextPageToken.map { .string($0) } ?? .null]
    }
}
