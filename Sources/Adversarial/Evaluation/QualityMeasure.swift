internal import Datasets
internal import Torch

/// Real items of a dataset in a feature space, and the figures that samples get when they are held against them.
///
/// Training measures a few hundred samples again and again, a report up to ten thousand once; both do it here.
struct QualityMeasure {
    /// Items that were never trained on.
    let held: SeenItems
    /// Training items among which the nearest to a sample is sought.
    let training: SeenItems
    /// How far each held-out item is from the nearest of those, squared.
    let heldToTraining: [Double]
    private let neighbourhood: Neighbourhood
    private let compared: ItemComparison.Features
    /// How often each class occurs among the training items; empty where there are none.
    let classShares: [Double]

    /// Takes the real side's measure.
    ///
    /// - Parameters:
    ///   - held, training: real items of the dataset, `QualityEvaluator.leastItems` or more of each.
    ///   - onTile: called now and then; what it throws ends the work.
    init(
        _ dataset: DatasetManifest, _ compared: ItemComparison.Features, held: SeenItems, training: SeenItems,
        onTile: () throws -> Void = {}
    ) throws {
        self.held = held
        self.training = training
        self.compared = compared
        let classCounts = dataset.classCounts
        neighbourhood = try Neighbourhood(held.features, onTile: onTile)
        heldToTraining = try Self.nearest(held, among: training, onTile)
        classShares = classCounts.map { Double($0) / Double(max(1, classCounts.reduce(0, +))) }
    }

    /// Holds samples against the held-out items.
    ///
    /// - Parameters:
    ///   - distanceOfReal: the Fréchet distance of real items, by which the score of images goes; `nil` for real items.
    ///   - onTile: called now and then; what it throws ends the work.
    func figures(
        of samples: SeenItems, distanceOfReal: Double?, onTile: () throws -> Void = {}
    ) throws -> [QualityReport.Figure] {
        guard try samples.isFinite() else { return [.init(name: "score", value: 0)] }
        let report = try neighbourhood.report(of: samples.features, onTile: onTile)
        var figures: [QualityReport.Figure] = [
            .init(name: "precision", value: report.precision), .init(name: "recall", value: report.recall),
            .init(name: "density", value: report.density), .init(name: "coverage", value: report.coverage),
            .init(name: "missing", value: report.missing),
            .init(name: "two_sample_accuracy", value: report.twoSampleAccuracy),
        ]
        switch compared {
        case .learned:
            // Rounding may make the distance of equal sets slightly negative.
            let distance = try max(0, FrechetDistance.squared(held.features, samples.features))
            let score = distance > 0 ? min(1, (distanceOfReal ?? distance) / distance) : 1
            figures.insert(.init(name: "score", value: score), at: 0)
            figures.append(.init(name: "fid_own_features", value: distance))
            let kernel = try KernelDistance.polynomial(held.features, samples.features, onTile: onTile)
            figures.append(.init(name: "kid_own_features", value: kernel))
        case .columns:
            let likeness = QualityReport.likeness(density: report.density, coverage: report.coverage)
            figures.insert(.init(name: "score", value: likeness), at: 0)
            let discrepancy = try KernelDistance.maximumMeanDiscrepancy(
                held.features, samples.features, onTile: onTile)
            figures.append(.init(name: "mmd", value: discrepancy))
        }
        if let shares = samples.classShares, shares.count == classShares.count {
            // The total variation distance from the training items' shares, turned round.
            let distance = zip(shares, classShares).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
            figures.append(.init(name: "class_balance", value: 1 - distance))
        }
        return figures
    }

    /// How far each sample is from the nearest training item, squared.
    func toTraining(_ samples: SeenItems, onTile: () throws -> Void = {}) throws -> [Double] {
        try Self.nearest(samples, among: training, onTile)
    }

    /// The median of distances from the nearest training item, over that of held-out items.
    ///
    /// Below 1, samples are nearer to what was trained on than other real items are: copies, where it nears 0. NaN where
    /// held-out items have no distance from it themselves.
    ///
    /// - Parameter distances: squared, one or more.
    func nearestRatio(_ distances: [Double]) -> Double {
        let real = Self.median(heldToTraining)
        return real > 0 ? (Self.median(distances) / real).squareRoot() : .nan
    }

    /// How many of these distances from the nearest training item are none, or next to none: copies.
    ///
    /// - Parameter distances: squared.
    func copies(_ distances: [Double]) -> Int {
        let limit = Self.copyShare * Self.copyShare * Self.median(heldToTraining)
        return distances.count { $0 == 0 || $0 < limit }
    }

    /// Tiles that `init` goes through.
    static func tiles(held: Int, training: Int) -> Int {
        PairwiseTiles.count(rows: held, columns: held) + PairwiseTiles.count(rows: held, columns: training)
    }

    /// Tiles that `figures` goes through.
    static func tiles(samples: Int, held: Int, _ compared: ItemComparison.Features) -> Int {
        let within = PairwiseTiles.count(rows: samples, columns: samples)
        let real = PairwiseTiles.count(rows: held, columns: held)
        let back = PairwiseTiles.count(rows: held, columns: samples)
        let neighbours = within + PairwiseTiles.count(rows: samples, columns: held) + back
        let kernels = real + within + back
        return neighbours + kernels + (compared == .learned ? 0 : KernelDistance.medianPasses * real)
    }

    /// Below this part of the distance that held-out items have from the training items, a sample is as good as a copy.
    static let copyShare = 0.01

    /// The median of numbers: of an even count, the upper one of the middle.
    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    private static func nearest(
        _ items: SeenItems, among others: SeenItems, _ onTile: () throws -> Void
    ) throws -> [Double] {
        var nearest = [Double](repeating: .infinity, count: items.count)
        try PairwiseTiles.forEachRow(.squaredDistance, items.features, others.features, onTile: onTile) {
            item, distances in
            var least = Double.infinity
            for distance in distances where distance < least { least = distance }
            nearest[item] = least
        }
        return nearest
    }
}
