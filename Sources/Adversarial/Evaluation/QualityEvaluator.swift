package import Datasets
package import Torch

/// Measures what a generator's samples are worth, against real items that it was never trained on.
///
/// Each figure comes with the same figure of as many real training items, which is what a perfect generator would reach.
package final class QualityEvaluator {
    /// Samples, and real items, that a report is made of at most.
    static func itemCount(_ schema: any ItemKind) -> Int {
        switch schema {
        case is PointSchema: 500
        case is TableSchema: 2_000
        // Features' covariances need more items; 64 MiB of them are enough.
        default: min(1_000, (1 << 24) / schema.elementCount)
        }
    }

    /// Fewer real items than this on either side say nothing.
    package static let leastItems = 20
    /// Training items among which the nearest to a sample is sought.
    private static let nearestAmong = 2_000

    /// Held-out items as the networks see them, and as many training items.
    let held: Batch
    let trained: Batch
    private let space: any FeatureSpace
    private let measure: QualityMeasure
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
        do {
            let space = try featureSpace(for: dataset) { if shouldStop() { throw Stopped() } }
            return try QualityEvaluator(dataset, space)
        } catch is Stopped {
            return nil
        }
    }

    private struct Stopped: Error {}

    /// The features that a dataset's items are compared in.
    ///
    /// - Parameter onStep: called before each step of learning those of images; what it throws ends the work.
    static func featureSpace(for dataset: Dataset, onStep: () throws -> Void) throws -> any FeatureSpace {
        guard dataset.manifest.kind == .images else { return StandardisedColumns() }
        return try LearnedFeatures.learn(from: dataset, onStep: onStep)
    }

    /// So many of some items, evenly over all of them, since files are often sorted.
    static func spread(_ indices: [Int], atMost count: Int) -> [Int] {
        let wanted = min(count, indices.count)
        return (0..<wanted).map { indices[$0 * indices.count / wanted] }
    }

    private init(_ dataset: Dataset, _ space: any FeatureSpace) throws {
        self.space = space
        func batch(_ indices: [Int], atMost count: Int) throws -> Batch {
            try dataset.batch(of: Self.spread(indices, atMost: count))
        }
        held = try batch(dataset.holdoutIndices, atMost: Self.itemCount(dataset.manifest.schema))
        trained = try batch(dataset.trainingIndices, atMost: held.items.shape[0])
        measure = try QualityMeasure(
            dataset.manifest, held: Self.look(at: held.items, in: space),
            training: Self.look(at: batch(dataset.trainingIndices, atMost: Self.nearestAmong).items, in: space))
        realFigures = []
        let real = try measure.figures(of: Self.look(at: trained.items, in: space), distanceOfReal: nil)
        distanceOfReal = real.first { $0.name == "fid_own_features" }.map(\.value)
        realFigures = real.map { QualityReport.Figure(name: "real/" + $0.name, value: $0.value) }
    }

    private static func look(at items: Tensor, in space: any FeatureSpace) throws -> SeenItems {
        try SeenItems(items.shape[0], inPartsOf: items.shape[0], in: space, onPart: {}, { _ in items })
    }

    /// Samples that a report is made of: as many as there are real items to hold them against.
    var sampleCount: Int { max(Self.leastItems, measure.held.count) }

    /// Measures samples.
    ///
    /// - Parameters:
    ///   - samples: as the generator makes them, `[count, …]`.
    ///   - step: the last step that went into the generator.
    package func report(of samples: Tensor, step: Int) throws -> QualityReport {
        let seen = try Self.look(at: samples, in: space)
        var figures = try measure.figures(of: seen, distanceOfReal: distanceOfReal)
        figures.append(.init(name: "nearest_training", value: measure.nearestRatio(try measure.toTraining(seen))))
        return QualityReport(
            step: step,
            figures: (figures + realFigures).map { .init(name: "quality/" + $0.name, value: $0.value) })
    }
}
