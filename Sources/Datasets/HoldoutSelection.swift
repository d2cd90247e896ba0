/// Which items are held out where the upload doesn't say: those with the smallest digests, so that the choice depends on what an
/// item is and not on where it stands.
enum HoldoutSelection {
    /// Below so many items nothing is held out.
    static let minimumItems = 50
    static let maximumHeldOut = 10_000

    /// The indices of the held-out tenth, ascending.
    ///
    /// Items that are equal share their digest and stay together: where the tenth would end among them, none of them is
    /// held out, so that no held-out item has a copy among the training items.
    ///
    /// - Parameter digests: the first 64 bits of each item's sha256.
    static func indices(digests: [UInt64]) -> [Int32] {
        guard digests.count >= minimumItems else { return [] }
        let wanted = min(maximumHeldOut, digests.count / 10)
        // Everything below the first digest that is not wanted.
        let threshold = digests.sorted()[wanted]
        return digests.indices.filter { digests[$0] < threshold }.map { Int32($0) }
    }

    /// The same for groups, none of which is split: the indices of the items of those held out, ascending.
    ///
    /// In the order of their digests, each group is held out whose items bring the count nearer to a tenth of all; equal
    /// groups count as one. So fewer than a fifth of all items are ever held out, and none where each group is larger.
    ///
    /// - Parameters:
    ///   - digests: the first 64 bits of the sha256 of what each group holds.
    ///   - counts: how many items each group has; they stand one group after another.
    static func indices(digests: [UInt64], counts: [Int32]) -> [Int32] {
        precondition(digests.count == counts.count)
        let itemCount = counts.reduce(0) { $0 + Int($1) }
        guard itemCount >= minimumItems else { return [] }
        let wanted = min(maximumHeldOut, itemCount / 10)
        var isHeldOut = [Bool](repeating: false, count: digests.count)
        var heldOut = 0
        var rest = digests.indices.sorted { digests[$0] < digests[$1] }[...]
        while let first = rest.first {
            let equal = rest.prefix { digests[$0] == digests[first] }
            rest = rest.dropFirst(equal.count)
            let size = equal.reduce(0) { $0 + Int(counts[$1]) }
            guard abs(heldOut + size - wanted) < abs(heldOut - wanted) else { continue }
            heldOut += size
            for group in equal { isHeldOut[group] = true }
        }
        var indices: [Int32] = []
        var first: Int32 = 0
        for (group, count) in counts.enumerated() {
            if isHeldOut[group] { indices.append(contentsOf: first..<first + count) }
            first += count
        }
        return indices
    }
}
