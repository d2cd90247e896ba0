import Adversarial
import Glibc
import Testing

/// Random numbers of samples: Philox against its authors' vectors, and what is made of it.
@Suite struct LatentTests {
    /// Random123's `kat_vectors`, philox4x32 with 10 rounds: counter, key, words.
    @Test(arguments: [
        (
            SIMD4<UInt32>(repeating: 0), SIMD2<UInt32>(repeating: 0),
            SIMD4<UInt32>(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8)
        ),
        (
            SIMD4<UInt32>(repeating: .max), SIMD2<UInt32>(repeating: .max),
            SIMD4<UInt32>(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD)
        ),
        (
            SIMD4<UInt32>(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344), SIMD2<UInt32>(0xA409_3822, 0x299F_31D0),
            SIMD4<UInt32>(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1)
        ),
    ])
    func philoxIsItsAuthors(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, words: SIMD4<UInt32>) {
        #expect(Philox(key: key).words(at: counter) == words)
    }

    private func latents(seed: UInt64, dimension: Int, count: Int, truncation: Double? = nil) -> [Float] {
        let vectors = LatentVectors(seed: seed, dimension: dimension, truncation: truncation)
        return [Float](unsafeUninitializedCapacity: dimension * count) { buffer, initialised in
            for item in 0..<count {
                let row = buffer[item * dimension..<(item + 1) * dimension]
                vectors.write(item: item, into: UnsafeMutableBufferPointer(rebasing: row))
            }
            initialised = dimension * count
        }
    }

    /// Four numbers for a block, by the C library's functions.
    private func block(_ random: Philox, item: Int, _ block: Int) -> [Float] {
        let words = random.words(
            at: SIMD4(
                UInt32(block), UInt32(truncatingIfNeeded: item), UInt32(truncatingIfNeeded: item >> 32), 0))
        return [(words.x, words.y), (words.z, words.w)].flatMap { radiusWord, angleWord in
            let radius = (-2 * log((Double(radiusWord) + 1) * 0x1p-32)).squareRoot()
            let angle = 2 * Double.pi * Double(angleWord) * 0x1p-32
            return [Float(radius * cos(angle)), Float(radius * sin(angle))]
        }
    }

    @Test(arguments: [1, 2, 4, 7, 16, 100])
    func latentsAreThoseOfTheCLibrarysFunctionsToTheLastBit(dimension: Int) {
        let random = Philox(seed: 0xDEAD_BEEF_0123)
        let vectors = LatentVectors(seed: 0xDEAD_BEEF_0123, dimension: dimension)
        for first in [0, 3, (1 << 32) - 5] {
            let items = first..<first + 20_000 / dimension
            let expected = items.flatMap { item in
                (0..<(dimension + 3) / 4).flatMap { block(random, item: item, $0) }.prefix(dimension)
            }
            let numbers = [Float](unsafeUninitializedCapacity: items.count * dimension) { buffer, count in
                vectors.write(items: items, into: buffer)
                count = items.count * dimension
            }
            #expect(numbers.map(\.bitPattern) == expected.map(\.bitPattern))
        }
    }

    @Test(arguments: [1, 2, 3, 4, 7])
    func latentsAreNormal(dimension: Int) {
        let numbers = latents(seed: 3, dimension: dimension, count: 60_000 / dimension)
        let count = Double(numbers.count)
        let mean = numbers.reduce(0) { $0 + Double($1) } / count
        let variance = numbers.reduce(0) { $0 + Double($1) * Double($1) } / count
        let fourth = numbers.reduce(0) { $0 + Double($1) * Double($1) * Double($1) * Double($1) } / count
        #expect(abs(mean) < 0.02)
        #expect(abs(variance - 1) < 0.03)
        #expect(abs(fourth - 3) < 0.2)
        #expect(Set(numbers).count > numbers.count * 99 / 100)
    }

    @Test func truncationRedrawsOnlyWhatIsTooLarge() {
        let free = latents(seed: 3, dimension: 5, count: 2000)
        let truncated = latents(seed: 3, dimension: 5, count: 2000, truncation: 0.7)
        for (before, after) in zip(free, truncated) {
            #expect(after.magnitude <= 0.7)
            if before.magnitude <= 0.7 { #expect(after == before) }
        }
        let redrawn = zip(free, truncated).filter { $0.0.magnitude > 0.7 }.map(\.1)
        #expect(Set(redrawn).count > redrawn.count * 99 / 100)
    }

    @Test func theNarrowestTruncationEnds() {
        #expect(latents(seed: 1, dimension: 3, count: 10, truncation: 0.01).allSatisfy { $0.magnitude <= 0.01 })
    }

    @Test func theGreatCircleKeepsItsLength() {
        let first: [Float] = [3, 0, 0]
        let second: [Float] = [0, 5, 0]
        let middle = LatentVectors.onGreatCircle(from: first, to: second, share: 0.5)
        #expect(abs(middle[0] - 2.828_427) < 1e-5)
        #expect(abs(middle[1] - 2.828_427) < 1e-5)
        #expect(LatentVectors.onGreatCircle(from: first, to: second, share: 0) == first)
        #expect(abs(LatentVectors.onGreatCircle(from: first, to: second, share: 1)[1] - 5) < 1e-5)
        #expect(LatentVectors.onGreatCircle(from: first, to: first, share: 0.3) == first)
    }

    @Test func classFrequenciesPassOverEmptyClasses() {
        let frequencies = ClassFrequencies(counts: [0, 1, 0, 3, 0])
        #expect(frequencies.class(at: 0) == 1)
        #expect(frequencies.class(at: 0.2499) == 1)
        #expect(frequencies.class(at: 0.25) == 3)
        #expect(frequencies.class(at: 0.9999) == 3)
    }
}
