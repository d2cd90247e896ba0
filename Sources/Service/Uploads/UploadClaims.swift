import Synchronization

/// Which uploads take in a part now: an upload takes one at a time.
final class UploadClaims: Sendable {
    private let claimed = Mutex<Set<String>>([])

    /// False where another request has it.
    func claim(_ id: String) -> Bool {
        claimed.withLock { $0.insert(id).inserted }
    }

    func release(_ id: String) {
        _ = claimed.withLock { $0.remove(id) }
    }

    func isClaimed(_ id: String) -> Bool {
        claimed.withLock { $0.contains(id) }
    }
}
