/// A decision tree whose splits lie between the bins of a histogram.
///
/// Classification by Gini's impurity, regression by variance (Breiman et al. 1984), grown depth first; where a feature has 256
/// different values or fewer, the splits are those of an exact search.
struct DecisionTree {
    private var nodes: [Node] = []

    private struct Node {
        /// The feature of a split and the largest value that goes left; -1 in a leaf.
        var feature: Int32
        var threshold: Float
        var left: Int32 = 0
        var right: Int32 = 0
        /// The class or the number that a leaf stands for.
        var value: Double
    }

    /// Grows a tree.
    ///
    /// - Parameters:
    ///   - weights: of the rows, not negative, not all 0.
    ///   - depth: splits on the way to a leaf at most.
    init(_ rows: BinnedFeatures, _ target: Target, weights: [Double], depth: Int) {
        var growth = Growth(rows: rows, target: target, weights: weights)
        _ = grow(&growth, 0..<rows.count, depth)
    }

    /// What is learned: classes, or numbers.
    enum Target {
        case classes([Int], count: Int)
        case numbers([Double])

        /// Sums that a node keeps: the weight of each class, or the weighted sum of the numbers.
        var sums: Int { if case .classes(_, let count) = self { count } else { 1 } }
    }

    /// The prediction for a row of a matrix that the bins' matrix was like.
    func prediction(_ rows: FeatureMatrix, row: Int) -> Double {
        var node = nodes[0]
        while node.feature >= 0 {
            let value = rows.values[row * rows.width + Int(node.feature)]
            node = nodes[Int(value <= node.threshold ? node.left : node.right)]
        }
        return node.value
    }

    /// The predictions for all rows.
    func predictions(_ rows: FeatureMatrix) -> [Double] { (0..<rows.count).map { prediction(rows, row: $0) } }

    private mutating func grow(_ growth: inout Growth, _ range: Range<Int>, _ depth: Int) -> Int32 {
        let summary = growth.summary(range)
        let place = nodes.count
        nodes.append(Node(feature: -1, threshold: 0, value: summary.value))
        guard depth > 0, range.count > 1, !summary.isPure, let split = growth.bestSplit(range, summary) else {
            return Int32(place)
        }
        let middle = growth.partition(range, split)
        nodes[place].feature = Int32(split.feature)
        nodes[place].threshold = growth.rows.threshold(split.feature, between: split.left, and: split.right)
        let left = grow(&growth, range.lowerBound..<middle, depth - 1)
        let right = grow(&growth, middle..<range.upperBound, depth - 1)
        (nodes[place].left, nodes[place].right) = (left, right)
        return Int32(place)
    }
}

/// A tree while it grows: which rows are in which node, and the histograms of the node that is looked at.
private struct Growth {
    let rows: BinnedFeatures
    let target: DecisionTree.Target
    let weights: [Double]
    /// To which of the sums a row adds, and how much.
    private let slots: [Int]
    private let amounts: [Double]
    /// All rows, those of a node side by side.
    private var order: [Int32]
    /// `[bins]`, and `[bins, sums]`.
    private var binWeights: [Double]
    private var binSums: [Double]

    /// The split of a feature between two bins that follow each other in the node.
    struct Split {
        var feature: Int
        var left: Int
        var right: Int
        var score: Double
    }

    struct Summary {
        var weight: Double
        var sums: [Double]
        var value: Double
        var isPure: Bool
    }

    init(rows: BinnedFeatures, target: DecisionTree.Target, weights: [Double]) {
        self.rows = rows
        self.target = target
        self.weights = weights
        switch target {
        case .classes(let classes, _): (slots, amounts) = (classes, weights)
        case .numbers(let numbers):
            slots = [Int](repeating: 0, count: numbers.count)
            amounts = zip(weights, numbers).map { $0 * $1 }
        }
        order = (0..<Int32(rows.count)).map { $0 }
        binWeights = [Double](repeating: 0, count: BinnedFeatures.mostBins)
        binSums = [Double](repeating: 0, count: BinnedFeatures.mostBins * target.sums)
    }

    func summary(_ range: Range<Int>) -> Summary {
        var sums = [Double](repeating: 0, count: target.sums)
        var weight = 0.0
        for row in order[range] {
            sums[slots[Int(row)]] += amounts[Int(row)]
            weight += weights[Int(row)]
        }
        switch target {
        case .classes:
            let largest = sums.indices.reduce(0) { sums[$1] > sums[$0] ? $1 : $0 }
            return Summary(weight: weight, sums: sums, value: Double(largest), isPure: sums.count { $0 > 0 } < 2)
        case .numbers(let numbers):
            let first = order[range].first.map { numbers[Int($0)] }
            return Summary(
                weight: weight, sums: sums, value: weight > 0 ? sums[0] / weight : 0,
                isPure: order[range].allSatisfy { numbers[Int($0)] == first })
        }
    }

    /// The split after which the sum of squared sums over weights is largest, which is where the impurity is least.
    mutating func bestSplit(_ range: Range<Int>, _ summary: Summary) -> Split? {
        var best: Split?
        for feature in 0..<rows.width where rows.binCount(feature) > 1 {
            let bins = fill(range, feature)
            if bins.lowerBound < bins.upperBound { scan(feature, bins, summary, &best) }
            for bin in bins {
                binWeights[bin] = 0
                for sum in 0..<target.sums { binSums[bin * target.sums + sum] = 0 }
            }
        }
        return best
    }

    /// Sums up a node's rows by bins; gives back the bins that they lie in.
    private mutating func fill(_ range: Range<Int>, _ feature: Int) -> ClosedRange<Int> {
        var (low, high) = (BinnedFeatures.mostBins - 1, 0)
        let sumCount = target.sums
        rows.withBins(feature) { bins in
            for place in range {
                let row = Int(order[place])
                let bin = Int(bins[row])
                binWeights[bin] += weights[row]
                binSums[bin * sumCount + slots[row]] += amounts[row]
                (low, high) = (min(low, bin), max(high, bin))
            }
        }
        return low...max(low, high)
    }

    private func scan(_ feature: Int, _ bins: ClosedRange<Int>, _ summary: Summary, _ best: inout Split?) {
        let sumCount = target.sums
        var left = [Double](repeating: 0, count: sumCount)
        var (weight, previous) = (0.0, -1)
        for bin in bins where binWeights[bin] > 0 {
            let rest = summary.weight - weight
            if previous >= 0, weight > 0, rest > 0 {
                var (below, above) = (0.0, 0.0)
                for sum in 0..<sumCount {
                    below += left[sum] * left[sum]
                    above += (summary.sums[sum] - left[sum]) * (summary.sums[sum] - left[sum])
                }
                let score = below / weight + above / rest
                if score > (best?.score ?? -.infinity) {
                    best = Split(feature: feature, left: previous, right: bin, score: score)
                }
            }
            for sum in 0..<sumCount { left[sum] += binSums[bin * sumCount + sum] }
            weight += binWeights[bin]
            previous = bin
        }
    }

    /// Puts the rows that go left first; gives back where the others begin.
    mutating func partition(_ range: Range<Int>, _ split: Split) -> Int {
        rows.withBins(split.feature) { bins in
            order[range].partition { Int(bins[Int($0)]) > split.left }
        }
    }
}

/// Features of rows by bins, feature after feature: each value its own bin, or each bin about as many rows.
struct BinnedFeatures {
    let count: Int
    let width: Int
    /// `[width, count]`.
    private let bins: [UInt8]
    /// The smallest and the largest value of each bin, for each feature.
    private let limits: [[(smallest: Float, largest: Float)]]

    static let mostBins = 256

    init(_ rows: FeatureMatrix) {
        let (count, width) = (rows.count, rows.width)
        var bins = [UInt8](repeating: 0, count: count * width)
        var limits: [[(smallest: Float, largest: Float)]] = []
        for feature in 0..<width {
            let values = (0..<count).map { rows.values[$0 * width + feature] }
            let found = Self.limits(values)
            limits.append(found)
            guard found.count > 1 else { continue }
            for (row, value) in values.enumerated() {
                var (low, high) = (0, found.count - 1)
                while low < high {
                    let middle = (low + high) / 2
                    if value <= found[middle].largest { high = middle } else { low = middle + 1 }
                }
                bins[feature * count + row] = UInt8(low)
            }
        }
        (self.count, self.width, self.bins, self.limits) = (count, width, bins, limits)
    }

    private static func limits(_ values: [Float]) -> [(smallest: Float, largest: Float)] {
        let ordered = values.sorted()
        var limits: [(smallest: Float, largest: Float)] = []
        var distinct: [Float] = []
        for value in ordered where distinct.last != value {
            distinct.append(value)
            if distinct.count > mostBins { break }
        }
        if distinct.count <= mostBins { return distinct.map { ($0, $0) } }
        var start = 0
        while start < ordered.count {
            let wanted =
                limits.count + 1 == mostBins
                ? ordered.count : start + (ordered.count - start) / (mostBins - limits.count)
            var end = max(start + 1, wanted)
            // Equal values belong together.
            while end < ordered.count, ordered[end] == ordered[end - 1] { end += 1 }
            limits.append((ordered[start], ordered[end - 1]))
            start = end
        }
        return limits
    }

    func binCount(_ feature: Int) -> Int { limits[feature].count }

    func withBins<Result>(_ feature: Int, _ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        bins.withUnsafeBufferPointer { bins in
            guard let start = bins.baseAddress else { preconditionFailure("a split without rows") }
            return body(start + feature * count)
        }
    }

    /// Half way between what goes left and what goes right.
    func threshold(_ feature: Int, between left: Int, and right: Int) -> Float {
        let (low, high) = (limits[feature][left].largest, limits[feature][right].smallest)
        let middle = low + (high - low) / 2
        // Between neighbouring floats there is none.
        return middle < high ? middle : low
    }
}
