package import Datasets
package import Torch

/// Measures what a generator's samples are worth, against real items that it was never trained on.
///
/// Each figure comes with the same figure of as many real training items, which is what a perfect generator would reach.
package final class QualityEvaluator: Evaluator {
    /// Fewer real items than this on either side say nothing.
    package static let leastItems = 20
    /// Training items among which the nearest to a sample is sought.
    private static let nearestAmong = 2_000

    /// Held-out items as the networks see them, and as many training items.
    package let held: Batch
    package let trained: Batch
    package let mostJudged: Int
    package let noise: ScoreNoise?
    private let space: any FeatureSpace
    private let measure: QualityMeasure
    private let realFigures: [QualityReport.Figure]
    /// The Fréchet distance of real training items, for images.
    private let distanceOfReal: Double?

    /// Whether a dataset's generators can be measured.
    package static func canMeasure(_ dataset: DatasetManifest) -> Bool {
        dataset.holdoutCount >= leastItems && dataset.trainingCount >= leastItems
    }

    /// Whether a dataset's checkpoints can be told apart by how they measure.
    ///
    /// By 80 held-out rows, a table's early checkpoints scored as real rows do, whose columns went together far less.
    package static func canChoose(_ dataset: DatasetManifest) -> Bool {
        dataset.holdoutCount >= leastToChoose
    }

    /// Held-out items by which checkpoints are chosen, at least.
    static let leastToChoose = 100

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
            let schema = dataset.manifest.schema
            let comparison = schema.kind.learned.comparison(schema)
            let space = try comparison.space(of: dataset) { if shouldStop() { throw Stopped() } }
            return try QualityEvaluator(dataset, comparison, space)
        } catch is Stopped {
            return nil
        }
    }

    private struct Stopped: Error {}

    /// So many of some items, evenly over all of them, since files are often sorted.
    static func spread(_ indices: [Int], atMost count: Int) -> [Int] {
        let wanted = min(count, indices.count)
        return (0..<wanted).map { indices[$0 * indices.count / wanted] }
    }

    private init(_ dataset: Dataset, _ comparison: ItemComparison, _ space: any FeatureSpace) throws {
        self.space = space
        mostJudged = comparison.mostJudged
        func batch(_ indices: [Int], atMost count: Int) throws -> Batch {
            try dataset.batch(of: Self.spread(indices, atMost: count))
        }
        held = try batch(dataset.holdoutIndices, atMost: comparison.measuredItems)
        trained = try batch(dataset.trainingIndices, atMost: held.items.shape[0])
        measure = try QualityMeasure(
            dataset.manifest, comparison.features, held: Self.look(at: held.items, in: space),
            training: Self.look(at: batch(dataset.trainingIndices, atMost: Self.nearestAmong).items, in: space))
        let real = try measure.figures(of: Self.look(at: trained.items, in: space), distanceOfReal: nil)
        let distance = Self.distance(real)
        distanceOfReal = distance
        realFigures = real.map { QualityReport.Figure(name: "real/" + $0.name, value: $0.value) }
        let most = held.items.shape[0]
        noise = ScoreNoise(
            try ScoreNoise.sets(of: dataset.trainingIndices, each: most).map { [measure] in
                let set = try Self.look(at: batch($0, atMost: most).items, in: space)
                let figures = try measure.figures(of: set, distanceOfReal: distance)
                // The score of images ends at 1, beyond which chance would go unseen.
                if let distance, let ofSet = Self.distance(figures) { return distance / ofSet }
                return figures.first { $0.name == "score" }?.value ?? 0
            })
    }

    private static func distance(_ figures: [QualityReport.Figure]) -> Double? {
        figures.first { $0.name == "fid_own_features" }.map(\.value)
    }

    /// All items at once, `[items, …]` as the networks see them.
    private static func look(at items: Tensor, in space: any FeatureSpace) throws -> SeenItems {
        try SeenItems(items.shape[0], inPartsOf: items.shape[0], in: space, onPart: {}, { _ in items })
    }

    /// Samples that a report is made of: as many as there are real items to hold them against.
    var sampleCount: Int { max(Self.leastItems, measure.held.count) }

    package func quality(of trainer: Trainer) throws -> QualityReport {
        try report(of: trainer.evaluationSamples(count: sampleCount), step: trainer.step)
    }

    package func judgedSamples(of trainer: Trainer, count: Int, labels: Tensor?) throws -> Tensor {
        try trainer.evaluationSamples(count: count, labels: labels)
    }

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
