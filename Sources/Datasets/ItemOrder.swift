/// A small, fast random generator with 64 bits of state (Steele, Lea, Flood 2014; the constants are Vigna's splitmix64.c).
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// A bijection of 64 bits in which every input bit moves about half of the output bits.
    package static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

/// A random order of `count` items, of which any place is found without the others: nothing is stored, so a resumed run
/// goes on in the same order by its position alone.
///
/// A Feistel network over the smallest power of two (Luby and Rackoff 1988), walked until it lands within the count
/// (Black and Rogaway 2002, "cycle-walking"). The same numbers on every machine.
package struct ItemOrder: Sendable {
    private static let rounds = 8

    private let count: UInt64
    private let rightBits: UInt64
    private let rightMask: UInt64
    private let leftMask: UInt64
    private let keys: InlineArray<8, UInt64>

    /// The order for one pass over the items.
    ///
    /// - Precondition: `count` is positive.
    package init(count: Int, seed: UInt64, epoch: Int) {
        precondition(count > 0)
        self.count = UInt64(count)
        let bits = max(2, UInt64(Int.bitWidth - (count - 1).leadingZeroBitCount))
        rightBits = bits / 2
        rightMask = 1 << rightBits - 1
        leftMask = 1 << (bits - rightBits) - 1
        var random = SplitMix64(seed: SplitMix64.mix(SplitMix64.mix(seed) &+ UInt64(bitPattern: Int64(epoch))))
        keys = InlineArray { _ in random.next() }
    }

    /// The item at a place; each item stands at one place.
    ///
    /// - Precondition: `place` is in `0..<count`.
    package subscript(_ place: Int) -> Int {
        precondition(place >= 0 && UInt64(place) < count)
        var value = UInt64(place)
        repeat { value = permuted(value) } while value >= count
        return Int(value)
    }

    private func permuted(_ value: UInt64) -> UInt64 {
        var left = value >> rightBits
        var right = value & rightMask
        for round in stride(from: 0, to: Self.rounds, by: 2) {
            left ^= SplitMix64.mix(right &+ keys[round]) & leftMask
            right ^= SplitMix64.mix(left &+ keys[round + 1]) & rightMask
        }
        return left << rightBits | right
    }
}
