import Synchronization

/// Makes identifiers for requests that come without one.
final class RequestIDs: Sendable {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    private let key = UInt64.random(in: .min ... .max)
    private let count = Atomic<UInt64>(0)

    /// Thirteen letters and digits, different for each call.
    ///
    /// A string of that length needs no allocation.
    func next() -> String {
        // SplitMix64's finaliser is a bijection, so no two counts give the same identifier.
        var mixed = key &+ count.wrappingAdd(1, ordering: .relaxed).newValue &* 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        mixed ^= mixed >> 31
        return String(unsafeUninitializedCapacity: 13) { text in
            for index in 0..<13 {
                text[index] = Self.alphabet[Int(mixed & 31)]
                mixed >>= 5
            }
            return 13
        }
    }

    /// The client's id if it is 1 to 128 characters of visible ASCII, which are safe in a header and a log line; nil
    /// otherwise.
    static func accepted(_ id: String?) -> String? {
        guard let id, (1...128).contains(id.utf8.count), id.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            return nil
        }
        return id
    }
}
