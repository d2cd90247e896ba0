internal import Glibc

/// How far chance alone moves a score: what sets of real training items get, each measured as a generator's samples are.
package struct ScoreNoise: Sendable, Equatable {
    /// What real items get on average: no generator is better than they are.
    package let real: Double
    /// How far sets of real items lie apart, in parts of that.
    package let deviation: Double

    /// Sets that are measured at most.
    static let sets = 5
    /// Deviations by which two scores have to differ before one is worse.
    private static let least = 2.0

    /// - Parameter scores: of sets of real items; those that are not above 0 tell nothing.
    package init?(_ scores: [Double]) {
        let scores = scores.filter { $0 > 0 && $0.isFinite }
        guard scores.count > 1 else { return nil }
        let mean = scores.reduce(0, +) / Double(scores.count)
        real = mean
        let squares = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        deviation = (squares / Double(scores.count - 1)).squareRoot() / mean
    }

    /// The least score that can't be told from this one.
    package func bar(_ score: Double) -> Double { min(score, real) * max(0, 1 - Self.least * deviation) }

    /// Sets of items that have none in common, each of them spread evenly over all, since files are often sorted; as many as
    /// there are items for, since scores of fewer items are others.
    ///
    /// - Parameter count: items of a set, at least 1.
    package static func sets(of indices: [Int], each count: Int) -> [[Int]] {
        let sets = min(sets, indices.count / count)
        return (0..<sets).map { set in
            QualityEvaluator.spread(stride(from: set, to: indices.count, by: sets).map { indices[$0] }, atMost: count)
        }
    }
}
