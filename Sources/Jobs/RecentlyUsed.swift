/// A few values by key: a new one takes the place of the one that wasn't asked for the longest.
struct RecentlyUsed<Key: Equatable, Value> {
    private let capacity: Int
    /// The last is the one asked for last.
    private var entries: [(key: Key, value: Value)] = []

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    var isEmpty: Bool { entries.isEmpty }

    /// From the one that wasn't asked for the longest to the one asked for last.
    var keys: [Key] { entries.map(\.key) }

    mutating func value(_ key: Key) -> Value? {
        guard let index = entries.firstIndex(where: { $0.key == key }) else { return nil }
        let entry = entries.remove(at: index)
        entries.append(entry)
        return entry.value
    }

    mutating func insert(_ value: Value, for key: Key) {
        entries.removeAll { $0.key == key }
        if entries.count == capacity { entries.removeFirst() }
        entries.append((key, value))
    }

    /// Lets go of the values that a condition holds for.
    mutating func removeAll(where isDue: (Key, Value) -> Bool) {
        entries.removeAll { isDue($0.key, $0.value) }
    }
}

extension RecentlyUsed: Sendable where Key: Sendable, Value: Sendable {}
