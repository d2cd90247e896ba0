package import Torch

/// Real items in a feature space, with the distance of each to its k-th nearest fellow: what samples are held against.
package struct Neighbourhood {
    /// `float64` `[items, features]`.
    private let items: Tensor
    /// The k smallest squared distances of each item from the others, ascending, item by item.
    private let fellows: [Double]
    private let neighbours: Int

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
    package init(_ items: Tensor, neighbours: Int = 5) throws {
        precondition(neighbours % 2 == 1 && items.shape[0] > neighbours)
        self.items = try items.detached().cast(to: .float64)
        self.neighbours = neighbours
        fellows = try Self.smallest(
            squaredDistances(self.items, self.items), columns: items.shape[0], neighbours, leavingOutDiagonal: true)
    }

    /// Holds samples against the real items.
    ///
    /// - Parameter samples: `[samples, features]`, more than k.
    package func report(of samples: Tensor) throws -> Report {
        let samples = try samples.detached().cast(to: .float64)
        let (count, realCount, k) = (samples.shape[0], items.shape[0], neighbours)
        precondition(count > k)
        let sampleFellows = try Self.smallest(
            squaredDistances(samples, samples), columns: count, k, leavingOutDiagonal: true)
        let across = try squaredDistances(samples, items)
        let back = try squaredDistances(items, samples)
        let nearestSamples = Self.smallest(back, columns: count, k)
        let nearestItems = Self.smallest(across, columns: realCount, k)
        let radii = (0..<realCount).map { fellows[$0 * k + k - 1] }
        let ballsAround = (0..<count).map { sample in
            (0..<realCount).count { across[sample * realCount + $0] <= radii[$0] }
        }
        let sampleRadii = (0..<count).map { sampleFellows[$0 * k + k - 1] }
        func share(_ holds: (Int) -> Bool) -> Double {
            Double((0..<realCount).count(where: holds)) / Double(realCount)
        }
        let told =
            Self.share(of: fellows, nearerThan: nearestSamples, k)
            + Self.share(of: sampleFellows, nearerThan: nearestItems, k)
        return Report(
            precision: Double(ballsAround.count { $0 > 0 }) / Double(count),
            recall: share { real in (0..<count).contains { back[real * count + $0] <= sampleRadii[$0] } },
            density: Double(ballsAround.reduce(0, +)) / Double(k * count),
            coverage: share { nearestSamples[$0 * k] <= radii[$0] },
            missing: share { nearestSamples[$0 * k] > Self.reach * Self.reach * radii[$0] },
            twoSampleAccuracy: told / 2)
    }

    /// The k smallest entries of each row, ascending, row by row.
    private static func smallest(
        _ values: [Double], columns: Int, _ count: Int, leavingOutDiagonal: Bool = false
    ) -> [Double] {
        let rows = values.count / columns
        var smallest = [Double](repeating: .infinity, count: rows * count)
        for row in 0..<rows {
            let (first, last) = (row * count, (row + 1) * count - 1)
            for column in 0..<columns where !(leavingOutDiagonal && column == row) {
                let value = values[row * columns + column]
                guard value < smallest[last] else { continue }
                var place = last
                while place > first, smallest[place - 1] > value {
                    smallest[place] = smallest[place - 1]
                    place -= 1
                }
                smallest[place] = value
            }
        }
        return smallest
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

/// The distance, squared, of each row of one matrix from each row of another: row by row, `[left rows × right rows]`.
///
/// - Parameters: `float64` `[rows, features]` each, since near neighbours of float32 would drown in what cancels.
func squaredDistances(_ left: Tensor, _ right: Tensor) throws -> [Double] {
    let leftNorms = try left.squared().sum([1], keepingDimensions: true)
    let rightNorms = try right.squared().sum([1], keepingDimensions: true).permuted([1, 0])
    let products = try left.matmul(right.permuted([1, 0]))
    return try (leftNorms + rightNorms - products * 2).maximum(0).doubles()
}
