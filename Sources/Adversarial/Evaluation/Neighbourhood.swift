package import Torch

/// Real items in a feature space, with the distance of each to its k-th nearest fellow: what samples are held against.
package struct Neighbourhood {
    /// `float64` `[items, features]`.
    private let items: Tensor
    /// The k smallest squared distances of each of `[items, features]` from the others, ascending, item by item.
    private let fellows: [Double]
    private let neighbours: Int
    private let tileSize: Int

    /// How samples lie among the real items.
    ///
    /// Kynkäänniemi et al. 2019; Naeem et al. 2020, equations 3 and 4.
    package struct Report: Sendable, Equatable {
        /// Share of the samples that lie within some real item's radius.
        package var precision: Double
        /// Share of the real items that lie within some sample's radius.
        package var recall: Double
        /// How many real items' radii a sample lies within, over k; 1 for real samples, more where they crowd.
        package var density: Double
        /// Share of the real items with a sample within their radius.
        package var coverage: Double
        /// Share of the real items with no sample within `reach` times their radius: whole regions that are left out,
        /// whereas coverage also falls where samples are only a little off.
        package var missing: Double
        /// How often the majority of the k nearest among all real items and samples tells rightly which of the two an item
        /// is, real items and samples weighted alike: 0.5 where they can't be told apart (a two-sample test by a
        /// classifier, Lopez-Paz & Oquab 2017; each item is left out of what judges it).
        package var twoSampleAccuracy: Double
    }

    /// How many radii away a region is that counts as missing.
    package static let reach = 4.0

    /// Measures the real items.
    ///
    /// - Parameters:
    ///   - items: `[items, features]`, more than `neighbours`.
    ///   - neighbours: k; odd, so that a majority of them always exists.
    ///   - tileSize: numbers held at once.
    ///   - onTile: called now and then; what it throws ends the work.
    package init(
        _ items: Tensor, neighbours: Int = 5, tileSize: Int = PairwiseTiles.usualSize, onTile: () throws -> Void = {}
    ) throws {
        precondition(neighbours % 2 == 1 && items.shape[0] > neighbours)
        self.items = try items.detached().cast(to: .float64)
        self.neighbours = neighbours
        self.tileSize = tileSize
        fellows = try Self.fellows(of: self.items, neighbours, tileSize, onTile)
    }

    /// Holds samples against the real items.
    ///
    /// - Parameters:
    ///   - samples: `[samples, features]`, more than k.
    ///   - onTile: called now and then; what it throws ends the work.
    package func report(of samples: Tensor, onTile: () throws -> Void = {}) throws -> Report {
        let samples = try samples.detached().cast(to: .float64)
        let (count, realCount, k) = (samples.shape[0], items.shape[0], neighbours)
        precondition(count > k)
        let sampleFellows = try Self.fellows(of: samples, k, tileSize, onTile)
        let radii = (0..<realCount).map { fellows[$0 * k + k - 1] }
        let sampleRadii = (0..<count).map { sampleFellows[$0 * k + k - 1] }

        var nearestItems = [Double](repeating: .infinity, count: count * k)
        var ballsAround = [Int](repeating: 0, count: count)
        try PairwiseTiles.forEachRow(.squaredDistance, samples, items, size: tileSize, onTile: onTile) {
            sample, distances in
            Self.insertSmallest(k, of: distances, into: &nearestItems, at: sample)
            ballsAround[sample] = distances.indices.count { distances[$0] <= radii[$0] }
        }
        var nearestSamples = [Double](repeating: .infinity, count: realCount * k)
        var isWithinReach = [Bool](repeating: false, count: realCount)
        try PairwiseTiles.forEachRow(.squaredDistance, items, samples, size: tileSize, onTile: onTile) {
            real, distances in
            Self.insertSmallest(k, of: distances, into: &nearestSamples, at: real)
            isWithinReach[real] = distances.indices.contains { distances[$0] <= sampleRadii[$0] }
        }

        func share(_ holds: (Int) -> Bool) -> Double {
            Double((0..<realCount).count(where: holds)) / Double(realCount)
        }
        let told =
            Self.share(of: fellows, nearerThan: nearestSamples, k)
            + Self.share(of: sampleFellows, nearerThan: nearestItems, k)
        return Report(
            precision: Double(ballsAround.count { $0 > 0 }) / Double(count),
            recall: share { isWithinReach[$0] },
            density: Double(ballsAround.reduce(0, +)) / Double(k * count),
            coverage: share { nearestSamples[$0 * k] <= radii[$0] },
            missing: share { nearestSamples[$0 * k] > Self.reach * Self.reach * radii[$0] },
            twoSampleAccuracy: told / 2)
    }

    /// The k smallest squared distances of each item from the others, ascending, item by item.
    private static func fellows(
        of items: Tensor, _ k: Int, _ tileSize: Int, _ onTile: () throws -> Void
    ) throws -> [Double] {
        var smallest = [Double](repeating: .infinity, count: items.shape[0] * k)
        try PairwiseTiles.forEachRow(.squaredDistance, items, items, size: tileSize, onTile: onTile) {
            item, distances in
            insertSmallest(k, of: distances, leavingOut: item, into: &smallest, at: item)
        }
        return smallest
    }

    /// Puts the k smallest entries of a row, ascending, into its places, which are infinite before.
    private static func insertSmallest(
        _ k: Int, of row: UnsafeBufferPointer<Double>, leavingOut own: Int = -1, into smallest: inout [Double],
        at index: Int
    ) {
        smallest.withUnsafeMutableBufferPointer { smallest in
            let (first, last) = (index * k, (index + 1) * k - 1)
            for column in row.indices where column != own {
                let value = row[column]
                guard value < smallest[last] else { continue }
                var place = last
                while place > first, smallest[place - 1] > value {
                    smallest[place] = smallest[place - 1]
                    place -= 1
                }
                smallest[place] = value
            }
        }
    }

    /// The share of items of which the majority of the k nearest are fellows rather than strangers.
    private static func share(of fellows: [Double], nearerThan strangers: [Double], _ k: Int) -> Double {
        let count = fellows.count / k
        // Of the k nearest in all, the majority are fellows just where the middle one of the fellows is among them: it is
        // nearer than the stranger that it would have to give way to.
        let middle = k / 2
        return Double((0..<count).count { fellows[$0 * k + middle] < strangers[$0 * k + k - 1 - middle] })
            / Double(count)
    }
}
