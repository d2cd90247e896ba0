/// The numbers below a bound in another order, a function of a key: a Feistel network over a few more bits than the bound has, gone
/// through again until what comes is below the bound (Black, Rogaway 2002, "cycle walking").
struct NumberPermutation: Sendable {
    private let bound: UInt64
    private let key: UInt64
    private let half: UInt64

    /// - Parameter bound: 1 to 2⁶².
    init(bound: UInt64, key: UInt64) {
        precondition((1...1 << 62).contains(bound))
        self.bound = bound
        self.key = key
        let bits = UInt64(64 - (bound - 1).leadingZeroBitCount)
        half = max(1, (bits + 1) / 2)
    }

    /// - Parameter number: below the bound.
    subscript(number: UInt64) -> UInt64 {
        var number = number
        repeat { number = shuffled(number) } while number >= bound
        return number
    }

    private func shuffled(_ number: UInt64) -> UInt64 {
        let mask = (1 as UInt64) << half - 1
        var (left, right) = (number >> half, number & mask)
        for round in 0..<4 as Range<UInt64> {
            let mixed = SplitMix64.mix(key ^ SplitMix64.mix(right &+ round &* 0x9E37_79B9_7F4A_7C15))
            (left, right) = (right, left ^ (mixed & mask))
        }
        return left << half | right
    }
}
