import Synchronization

/// The bytes of curves that were asked for last: dashboards poll the same curve in the same form, and it changes once a second.
///
/// Who asks for what is just being made waits for that.
final class RenderedCurves: Sendable {
    private final class Entry: Sendable {
        let tag: String
        let bytes = Mutex<[UInt8]?>(nil)

        init(tag: String) {
            self.tag = tag
        }
    }

    private static let capacity = 16
    /// Longer ones aren't kept.
    private static let largest = 1 << 20

    /// The last one is the newest.
    private let entries = Mutex<[Entry]>([])

    /// The bytes that belong to an entity tag, made if they aren't there.
    func bytes(_ tag: String, make: () throws -> [UInt8]) rethrows -> [UInt8] {
        let entry = entries.withLock { entries in
            let found = entries.firstIndex { $0.tag == tag }.map { entries.remove(at: $0) } ?? Entry(tag: tag)
            entries.append(found)
            if entries.count > Self.capacity { entries.removeFirst() }
            return found
        }
        return try entry.bytes.withLock { bytes in
            if let bytes { return bytes }
            let made = try make()
            if made.count <= Self.largest { bytes = made }
            return made
        }
    }
}
