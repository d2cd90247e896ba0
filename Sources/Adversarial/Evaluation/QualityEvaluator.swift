package import Datasets
package import Torch

/// Measures what a generator's samples are worth, against real items that it was never trained on.
///
/// Each figure comes with the same figure of as many real training items, which is what a perfect generator would reach.
package final class QualityEvaluator {
    /// Samples, and real items, that a report is made of at most.
    static func itemCount(_ schema: DatasetSchema) -> Int {
        switch schema {
        case .points: 500
        // Features' covariances need more items; 64 MiB of them are enough.
        case .images(let height, let width, let channels, _): min(1_000, (1 << 24) / (height * width * channels))
        }
    }

    /// Fewer real items than this on either side say nothing.
    package static let leastItems = 20
    /// Training items among which the nearest to a sample is sought.
    private static let nearestAmong = 2_000

    /// Held-out items as the networks see them, and as many training items.
    let held: Batch
    let trained: Batch
    private let features: any FeatureSpace
    private let reference: Tensor
    private let training: Tensor
    private let neighbourhood: Neighbourhood
    /// How far a held-out item is from the nearest training item, squared; the median.
    private let nearestOfReal: Double
    /// How often each class occurs among the training items; empty where there are none.
    private let classShares: [Double]
    private var realFigures: [QualityReport.Figure]
    /// The Fréchet distance of real training items, for images.
    private var distanceOfReal: Double?

    /// Whether a dataset's generators can be measured.
    package static func canMeasure(_ dataset: DatasetManifest) -> Bool {
        dataset.holdoutCount >= leastItems && dataset.trainingCount >= leastItems
    }

    /// Takes the real side's measure.
    ///
    /// - Parameter shouldStop: asked while features of images are learned, which takes seconds.
    /// - Returns: `nil` for a dataset of too few items, and where it was to stop.
    /// - Throws: what reading the dataset throws, and `EngineError`.
    package static func make(
        for dataset: Dataset, shouldStop: () -> Bool = { false }
    ) throws -> QualityEvaluator? {
        guard canMeasure(dataset.manifest) else { return nil }
        guard dataset.manifest.kind == .images else {
            return try QualityEvaluator(dataset, features: StandardisedColumns())
        }
        guard let features = try LearnedFeatures.learn(from: dataset, shouldStop: shouldStop) else { return nil }
        return try QualityEvaluator(dataset, features: features)
    }

    private init(_ dataset: Dataset, features: any FeatureSpace) throws {
        self.features = features
        func batch(_ indices: [Int], atMost count: Int) throws -> Batch {
            // Evenly over all of them, since files are often sorted.
            let wanted = min(count, indices.count)
            return try dataset.batch(of: (0..<wanted).map { indices[$0 * indices.count / wanted] })
        }
        func seen(_ batch: Batch) throws -> Tensor { try features.features(of: batch.items).cast(to: .float64) }
        held = try batch(dataset.holdoutIndices, atMost: Self.itemCount(dataset.manifest.schema))
        trained = try batch(dataset.trainingIndices, atMost: held.items.shape[0])
        reference = try seen(held)
        training = try seen(batch(dataset.trainingIndices, atMost: Self.nearestAmong))
        neighbourhood = try Neighbourhood(reference)
        nearestOfReal = Self.medianNearest(try squaredDistances(reference, training), columns: training.shape[0])
        let counts = dataset.manifest.classCounts
        classShares = counts.map { Double($0) / Double(max(1, counts.reduce(0, +))) }
        realFigures = []
        let real = try figures(of: trained.items, seen(trained))
        distanceOfReal = real.first { $0.name == "fid_own_features" }.map(\.value)
        realFigures = real.map { QualityReport.Figure(name: "real/" + $0.name, value: $0.value) }
    }

    /// Samples that a report is made of: as many as there are real items to hold them against.
    var sampleCount: Int { max(Self.leastItems, reference.shape[0]) }

    /// Measures samples.
    ///
    /// - Parameters:
    ///   - samples: as the generator makes them, `[count, …]`.
    ///   - step: the last step that went into the generator.
    package func report(of samples: Tensor, step: Int) throws -> QualityReport {
        let seen = try features.features(of: samples).cast(to: .float64)
        var figures = try figures(of: samples, seen)
        let nearest = Self.medianNearest(try squaredDistances(seen, training), columns: training.shape[0])
        // Below 1, samples are nearer to what was trained on than other real items are: copies, where it nears 0.
        let ratio = nearestOfReal > 0 ? (nearest / nearestOfReal).squareRoot() : .nan
        figures.append(QualityReport.Figure(name: "nearest_training", value: ratio))
        return QualityReport(
            step: step,
            figures: (figures + realFigures).map { .init(name: "quality/" + $0.name, value: $0.value) })
    }

    /// - Parameters:
    ///   - items: as the networks see them, `[count, …]`.
    ///   - samples: their features, `float64` `[count, features]`.
    private func figures(of items: Tensor, _ samples: Tensor) throws -> [QualityReport.Figure] {
        // A generator that has run off makes numbers that nothing can be measured with.
        guard try samples.sum().item().isFinite else { return [.init(name: "score", value: 0)] }
        let report = try neighbourhood.report(of: samples)
        var figures: [QualityReport.Figure] = [
            .init(name: "precision", value: report.precision), .init(name: "recall", value: report.recall),
            .init(name: "density", value: report.density), .init(name: "coverage", value: report.coverage),
            .init(name: "missing", value: report.missing),
            .init(name: "two_sample_accuracy", value: report.twoSampleAccuracy),
        ]
        if features is LearnedFeatures {
            // Rounding may make the distance of equal sets slightly negative.
            let distance = try max(0, FrechetDistance.squared(reference, samples))
            let score = distance > 0 ? min(1, (distanceOfReal ?? distance) / distance) : 1
            figures.insert(.init(name: "score", value: score), at: 0)
            figures.append(.init(name: "fid_own_features", value: distance))
            figures.append(.init(name: "kid_own_features", value: try KernelDistance.polynomial(reference, samples)))
        } else {
            figures.insert(
                .init(
                    name: "score",
                    value: QualityReport.likeness(density: report.density, coverage: report.coverage)), at: 0)
            figures.append(
                .init(name: "mmd", value: try KernelDistance.maximumMeanDiscrepancy(reference, samples)))
        }
        if let shares = try features.classShares(of: items), shares.count == classShares.count {
            // The total variation distance from the training items' shares, turned round.
            let distance = zip(shares, classShares).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
            figures.append(.init(name: "class_balance", value: 1 - distance))
        }
        return figures
    }

    private static func medianNearest(_ distances: [Double], columns: Int) -> Double {
        let nearest = stride(from: 0, to: distances.count, by: columns).map { row in
            distances[row..<row + columns].min() ?? .infinity
        }
        return nearest.sorted()[nearest.count / 2]
    }
}

/// Where distances between items mean something.
protocol FeatureSpace {
    /// `[items, features]` of items as the networks see them.
    func features(of items: Tensor) throws -> Tensor

    /// How items share themselves out over the dataset's classes; `nil` where that can't be told.
    func classShares(of items: Tensor) throws -> [Double]?
}

/// Points, as they are: their columns have been standardised.
struct StandardisedColumns: FeatureSpace {
    func features(of items: Tensor) throws -> Tensor { items }

    func classShares(of items: Tensor) throws -> [Double]? { nil }
}
