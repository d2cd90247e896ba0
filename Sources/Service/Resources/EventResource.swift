import Codecs
import Store

/// A stored event as the API shows it.
enum EventResource {
    static func json(_ event: EventRecord) -> JSON {
        [
            "id": .integer(event.sequence),
            "event": .string(event.kind.rawValue),
            "attempt": .integer(Int64(event.attempt)),
            "data": event.data,
            "created_at": .string(event.createdAt.rfc3339),
        ]
    }
}
