internal import Glibc
package import Torch

/// How far two samples' distributions are apart, by the means of kernels over all pairs.
package enum KernelDistance {
    /// Squared maximum mean discrepancy of Gaussian kernels, around 0 (and at times below) where the distributions are one.
    ///
    /// The unbiased estimate of Gretton et al. 2012, lemma 6.
    ///
    /// - Parameters:
    ///   - real: `[items, features]`, two or more.
    ///   - samples: `[samples, features]`, two or more.
    ///   - tileSize: numbers held at once.
    ///   - onTile: called now and then; what it throws ends the work.
    /// - Returns: the mean over kernels of ¼, 1 and 4 times the median distance between real items.
    package static func maximumMeanDiscrepancy(
        _ real: Tensor, _ samples: Tensor, tileSize: Int = PairwiseTiles.usualSize, onTile: () throws -> Void = {}
    ) throws -> Double {
        let real = try real.detached().cast(to: .float64)
        let samples = try samples.detached().cast(to: .float64)
        let median = max(try medianOfPairs(real, tileSize, onTile), .leastNormalMagnitude)
        let (narrow, wide) = (median / 16, median * 16)
        return try combined(real, samples, .squaredDistance, tileSize, onTile) { distance in
            (exp(-distance / (2 * narrow)) + exp(-distance / (2 * median)) + exp(-distance / (2 * wide))) / 3
        }
    }

    /// The estimate of the kernel inception distance, (⟨x, y⟩ / features + 1)³, in any features.
    ///
    /// Bińkowski et al. 2018, §4.
    ///
    /// - Parameters: `[items, features]` each; the others as above.
    package static func polynomial(
        _ real: Tensor, _ samples: Tensor, tileSize: Int = PairwiseTiles.usualSize, onTile: () throws -> Void = {}
    ) throws -> Double {
        let real = try real.detached().cast(to: .float64)
        let samples = try samples.detached().cast(to: .float64)
        let features = Double(real.shape[1])
        return try combined(real, samples, .product, tileSize, onTile) { product in
            let value = product / features + 1
            return value * value * value
        }
    }

    /// How often `medianOfPairs` goes over all pairs.
    static let medianPasses = 4

    /// Mean kernel within each side `[items, features]`, no pair of an item with itself, less twice the mean across.
    private static func combined(
        _ real: Tensor, _ samples: Tensor, _ pairs: PairwiseTiles.Measure, _ tileSize: Int,
        _ onTile: () throws -> Void, _ kernel: (Double) -> Double
    ) throws -> Double {
        /// The mean kernel over pairs of different rows of `[items, features]`.
        func meanWithin(_ side: Tensor) throws -> Double {
            var sum = 0.0
            try PairwiseTiles.forEachRow(pairs, side, side, size: tileSize, onTile: onTile) { row, values in
                for column in values.indices where column != row { sum += kernel(values[column]) }
            }
            let count = side.shape[0]
            return sum / Double(count * (count - 1))
        }
        let within = try meanWithin(real) + meanWithin(samples)
        var across = 0.0
        try PairwiseTiles.forEachRow(pairs, real, samples, size: tileSize, onTile: onTile) { _, values in
            for value in values { across += kernel(value) }
        }
        return within - 2 * (across / Double(real.shape[0] * samples.shape[0]))
    }

    /// The median of the squared distances between different items of `[items, features]`, without holding them all.
    ///
    /// Numbers that aren't negative have the order of their bits: these are counted 16 at a time, from the highest, among the
    /// numbers that share the bits found so far.
    private static func medianOfPairs(
        _ items: Tensor, _ tileSize: Int, _ onTile: () throws -> Void
    ) throws -> Double {
        let side = items.shape[0]
        var rank = side * (side - 1) / 4
        var found: UInt64 = 0
        for pass in 1...medianPasses {
            let shift = UInt64(64 - 16 * pass)
            var counts = [Int](repeating: 0, count: 1 << 16)
            try counts.withUnsafeMutableBufferPointer { counts in
                try PairwiseTiles.forEachRow(.squaredDistance, items, items, size: tileSize, onTile: onTile) {
                    row, distances in
                    for column in 0..<row {
                        let bits = distances[column].magnitude.bitPattern
                        // A shift by all 64 bits gives 0.
                        if bits >> (shift + 16) == found { counts[Int(bits >> shift & 0xFFFF)] += 1 }
                    }
                }
            }
            var digit = 0
            while digit < 0xFFFF, rank >= counts[digit] {
                rank -= counts[digit]
                digit += 1
            }
            found = found << 16 | UInt64(digit)
        }
        return Double(bitPattern: found)
    }
}
