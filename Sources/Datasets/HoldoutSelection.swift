/// Which items are held out: those with the smallest digests, so that the choice depends on what an item is and not on
/// where it stands.
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
}
