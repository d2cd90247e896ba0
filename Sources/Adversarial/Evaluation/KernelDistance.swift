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
    /// - Returns: the mean over kernels of ¼, 1 and 4 times the median distance between real items.
    package static func maximumMeanDiscrepancy(_ real: Tensor, _ samples: Tensor) throws -> Double {
        let real = try real.detached().cast(to: .float64)
        let samples = try samples.detached().cast(to: .float64)
        let within = try squaredDistances(real, real)
        let median = max(medianOffDiagonal(within, side: real.shape[0]), .leastNormalMagnitude)
        let widths = [median / 16, median, median * 16]
        func kernel(_ distance: Double) -> Double {
            widths.reduce(0) { $0 + exp(-distance / (2 * $1)) } / Double(widths.count)
        }
        return try combined(
            within: (within, real.shape[0]), (squaredDistances(samples, samples), samples.shape[0]),
            across: squaredDistances(real, samples), kernel)
    }

    /// The estimate of the kernel inception distance, (⟨x, y⟩ / features + 1)³, in any features.
    ///
    /// Bińkowski et al. 2018, §4.
    ///
    /// - Parameters: as above.
    package static func polynomial(_ real: Tensor, _ samples: Tensor) throws -> Double {
        let real = try real.detached().cast(to: .float64)
        let samples = try samples.detached().cast(to: .float64)
        let features = Double(real.shape[1])
        func products(_ left: Tensor, _ right: Tensor) throws -> [Double] {
            try left.matmul(right.permuted([1, 0])).doubles()
        }
        return try combined(
            within: (products(real, real), real.shape[0]), (products(samples, samples), samples.shape[0]),
            across: products(real, samples)
        ) { product in
            let value = product / features + 1
            return value * value * value
        }
    }

    /// Mean kernel within each side, no pair of an item with itself, less twice the mean across.
    private static func combined(
        within first: (values: [Double], side: Int), _ second: (values: [Double], side: Int), across: [Double],
        _ kernel: (Double) -> Double
    ) throws -> Double {
        func mean(_ part: (values: [Double], side: Int)) -> Double {
            var sum = 0.0
            for row in 0..<part.side {
                for column in 0..<part.side where column != row { sum += kernel(part.values[row * part.side + column]) }
            }
            return sum / Double(part.side * (part.side - 1))
        }
        let between = across.reduce(0) { $0 + kernel($1) } / Double(across.count)
        return mean(first) + mean(second) - 2 * between
    }

    private static func medianOffDiagonal(_ values: [Double], side: Int) -> Double {
        var others: [Double] = []
        others.reserveCapacity(side * (side - 1) / 2)
        for row in 0..<side { others += values[row * side..<row * side + row] }
        others.sort()
        return others.isEmpty ? 0 : others[others.count / 2]
    }
}
