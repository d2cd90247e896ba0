internal import Torch

/// How well a classifier that was shown both tells synthetic rows from real ones.
///
/// The classifier two-sample test (Lopez-Paz and Oquab 2017): trained on half of the rows, tried on the other.
package struct TableTwoSample: Sendable, Equatable {
    /// Rows of each kind.
    package var count: Int
    /// Share of the rows that it is right about: 0.5 is chance.
    package var accuracy: Double
    /// How often a synthetic row looks more synthetic than a real one: 0.5 is chance, 1 always.
    package var areaUnderCurve: Double

    package static let mostRows = 4_000
    /// Rows of each kind below which it isn't tried.
    package static let leastRows = 20
    /// How often `measure` calls `onPart`.
    package static let parts = network.epochs

    private static let network = SmallPerceptron.Configuration(
        hidden: [64, 64], activation: .leakyRelu(slope: 0.2), batch: 128, epochs: 50, learningRate: 1e-3,
        weightDecay: 1e-4)
    private static let mostSlots = 64

    /// Trains a classifier and tries it.
    ///
    /// - Parameters:
    ///   - real: rows, of which as many are used as there are synthetic ones, 4,000 at most.
    ///   - onPart: called `parts` times; what it throws ends the work.
    /// - Returns: `nil` where there are too few rows or no column that is learned.
    package static func measure(
        real: TableRows, synthetic: TableRows, seed: UInt64, onPart: () throws -> Void
    ) throws -> TableTwoSample? {
        let count = min(real.count, synthetic.count, mostRows)
        let learned = real.learned
        guard count >= leastRows, !learned.isEmpty else { return nil }
        let real = real.drawn(count, seed: seed, purpose: 0)
        let synthetic = synthetic.drawn(count, seed: seed, purpose: 1)
        let features = TableFeatures(fitting: real, columns: learned, scale: .standard, mostSlots: mostSlots)
        let both = (features.matrix(real), features.matrix(synthetic))
        func part(_ range: Range<Int>) -> (rows: FeatureMatrix, classes: [Int]) {
            let rows = Array(range)
            return (
                FeatureMatrix(joining: [both.0.rows(rows), both.1.rows(rows)]),
                rows.map { _ in 0 } + rows.map { _ in 1 }
            )
        }
        let learnt = part(0..<count / 2), tried = part(count / 2..<count)
        let network = try SmallPerceptron(
            learnt.rows, classes: learnt.classes, classCount: 2, network, seed: seed, onPart: onPart)
        let logits = try network.logits(tried.rows)
        let right = zip(ClassTargets.classes(logits, outputs: 1), tried.classes).count { $0 == $1 }
        return TableTwoSample(
            count: count, accuracy: Double(right) / Double(tried.classes.count),
            areaUnderCurve: areaUnderCurve(logits, classes: tried.classes))
    }

    /// The chance that a row of class 1 has a larger score than one of class 0, equal ones counting half (Hanley and McNeil 1982).
    ///
    /// - Returns: 0.5 where a class has no row.
    static func areaUnderCurve(_ scores: [Float], classes: [Int]) -> Double {
        let ordered = zip(scores, classes).sorted { $0.0 < $1.0 }
        let positive = classes.count { $0 == 1 }
        let negative = classes.count - positive
        guard positive > 0, negative > 0 else { return 0.5 }
        var (below, sum, start) = (0, 0.0, 0)
        while start < ordered.count {
            let end = ordered[start...].firstIndex { $0.0 != ordered[start].0 } ?? ordered.count
            let ones = ordered[start..<max(end, start + 1)].count { $0.1 == 1 }
            let zeros = max(end, start + 1) - start - ones
            sum += Double(ones) * (Double(below) + Double(zeros) / 2)
            below += zeros
            start = max(end, start + 1)
        }
        return sum / (Double(positive) * Double(negative))
    }
}
