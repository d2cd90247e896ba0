import Glibc

/// A stream of random numbers that is the same on every machine for the same seed.
///
/// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014, figure 17).
package struct RandomStream: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A stream for `seed`; streams of different `lane` are independent, so that item i doesn't depend on item i − 1.
    package init(seed: UInt64, lane: UInt64 = 0) {
        var mixer = RandomStream(state: seed)
        let first = mixer.next()
        self.state = first ^ (lane &* 0xD134_2543_DE82_EF95)
        _ = next()
    }

    private init(state: UInt64) {
        self.state = state
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number in 0..<1, of 53 random bits.
    package mutating func uniform() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// A number in `range`.
    package mutating func uniform(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
    }

    /// A normally distributed number (Box and Muller 1958), mean 0.
    package mutating func normal(standardDeviation: Double = 1) -> Double {
        // 1 − u lies in (0, 1], so that the logarithm is finite.
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return standardDeviation * radius * cos(2 * Double.pi * uniform())
    }

    /// An index below `count`, which is at least 1.
    package mutating func index(below count: Int) -> Int {
        Int((next() >> 1) % UInt64(count))
    }
}
