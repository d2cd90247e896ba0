internal import Glibc

/// Philox4x32-10, a random function of a key and a counter.
///
/// Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3". It has no state: any block can be had alone, so a sample doesn't depend on those drawn before it.
package struct Philox: Sendable {
    /// The seed's two words, the lower first.
    let key: SIMD2<UInt32>

    /// The function of a 64-bit seed.
    package init(seed: UInt64) {
        key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    }

    /// The function of a key's two words.
    package init(key: SIMD2<UInt32>) {
        self.key = key
    }

    /// Four random words for a counter.
    package func words(at counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
        var block = counter
        var key = key
        for round in 0..<10 {
            if round > 0 { key = SIMD2(key.x &+ 0x9E37_79B9, key.y &+ 0xBB67_AE85) }
            let first = UInt64(0xD251_1F53) * UInt64(block.x)
            let second = UInt64(0xCD9E_8D57) * UInt64(block.z)
            block = SIMD4(
                UInt32(truncatingIfNeeded: second >> 32) ^ block.y ^ key.x, UInt32(truncatingIfNeeded: second),
                UInt32(truncatingIfNeeded: first >> 32) ^ block.w ^ key.y, UInt32(truncatingIfNeeded: first))
        }
        return block
    }

    /// What a stream of random numbers is for; each purpose has counters of its own.
    enum Purpose: UInt32 {
        case latent = 0
        case sampledClass = 1
        case trainingClass = 2
        case tableInterval = 3
        case tableRow = 4
        case tableChoice = 5
        case tableCandidate = 6
    }

    /// A number in 0..<1 of 53 random bits, for an item and a purpose.
    func uniform(_ purpose: Purpose, item: UInt64) -> Double {
        let words = words(at: Self.counter(purpose, item: item, block: 0))
        let bits = UInt64(words.x) << 32 | UInt64(words.y)
        return Double(bits >> 11) * 0x1p-53
    }

    /// Four normal numbers for a block of an item, by Box and Muller's transform of two pairs of words.
    ///
    /// `csampling_normals` makes the same ones of many blocks at once.
    func normals(item: UInt64, block: UInt32) -> SIMD4<Float> {
        let words = words(at: Self.counter(.latent, item: item, block: block))
        let (first, second) = Self.normals(words.x, words.y)
        let (third, fourth) = Self.normals(words.z, words.w)
        return SIMD4(first, second, third, fourth)
    }

    static func counter(_ purpose: Purpose, item: UInt64, block: UInt32) -> SIMD4<UInt32> {
        SIMD4(block, UInt32(truncatingIfNeeded: item), UInt32(truncatingIfNeeded: item >> 32), purpose.rawValue)
    }

    /// The radius' word is taken as (0, 1], so that its logarithm is finite.
    private static func normals(_ first: UInt32, _ second: UInt32) -> (Float, Float) {
        let radius = (-2 * log((Double(first) + 1) * 0x1p-32)).squareRoot()
        let angle = 2 * Double.pi * Double(second) * 0x1p-32
        return (Float(radius * cos(angle)), Float(radius * sin(angle)))
    }
}
