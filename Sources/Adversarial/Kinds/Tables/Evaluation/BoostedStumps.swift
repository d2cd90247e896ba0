internal import Glibc

/// AdaBoost over trees of one split, for any number of classes.
///
/// SAMME (Zhu et al. 2009, algorithm 2) as scikit-learn's `AdaBoostClassifier` has it, with a learning rate of 1.
struct BoostedStumps {
    private var stumps: [(tree: DecisionTree, vote: Double)] = []
    private let classCount: Int

    /// - Parameters:
    ///   - rounds: stumps at most; fewer where one is always right, or none better than chance.
    init(_ rows: BinnedFeatures, _ matrix: FeatureMatrix, classes: [Int], classCount: Int, rounds: Int) {
        self.classCount = classCount
        let occurring = Double(Set(classes).count)
        var weights = [Double](repeating: 1 / Double(rows.count), count: rows.count)
        for _ in 0..<rounds {
            let stump = DecisionTree(rows, .classes(classes, count: classCount), weights: weights, depth: 1)
            let isWrong = zip(stump.predictions(matrix), classes).map { Int($0) != $1 }
            let total = weights.reduce(0, +)
            let error = zip(weights, isWrong).reduce(0) { $0 + ($1.1 ? $1.0 : 0) } / total
            guard error > 0 else {
                stumps.append((stump, 1))
                return
            }
            guard error < 1 - 1 / occurring else {
                if stumps.isEmpty { stumps.append((stump, 1)) }
                return
            }
            let vote = log((1 - error) / error) + log(occurring - 1)
            stumps.append((stump, vote))
            for row in weights.indices {
                weights[row] *= (isWrong[row] ? exp(vote) : 1) / total
            }
        }
    }

    /// The class of each row that has most votes.
    func classes(_ rows: FeatureMatrix) -> [Int] {
        (0..<rows.count).map { row in
            var votes = [Double](repeating: 0, count: classCount)
            for (tree, vote) in stumps { votes[Int(tree.prediction(rows, row: row))] += vote }
            return votes.indices.reduce(0) { votes[$1] > votes[$0] ? $1 : $0 }
        }
    }
}
