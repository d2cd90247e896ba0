package import Datasets
internal import Torch

/// Measures a generator once and thoroughly, for a report.
///
/// The items are looked at part by part and compared tile by tile: what is held is their features and one tile.
package enum ReportEvaluation {
    /// How many samples a report may be made of.
    package static let sampleCounts = QualityEvaluator.leastItems...10_000
    /// Held-out items, and training items, that samples are held against at most.
    static let mostItems = 10_000

    /// Samples that a report is made of unless said otherwise: as many as there are held-out items.
    package static func usualCount(_ dataset: DatasetManifest) -> Int {
        min(max(dataset.holdoutCount, sampleCounts.lowerBound), sampleCounts.upperBound)
    }

    /// How many parts of the work there are, about alike in time.
    package static func partCount(samples: Int, dataset: DatasetManifest) -> Int {
        let comparison = dataset.kind.learned.comparison(dataset.schema)
        let held = min(mostItems, dataset.holdoutCount)
        let training = min(mostItems, dataset.trainingCount)
        let real = min(samples, dataset.trainingCount)
        func parts(_ count: Int, of size: Int) -> Int { (count + size - 1) / size }
        let looks =
            [held, training, real].reduce(0) { $0 + parts($1, of: itemsInPart) }
            + parts(samples, of: comparison.samplesInPart)
        let comparisons =
            QualityMeasure.tiles(held: held, training: training)
            + QualityMeasure.tiles(samples: real, held: held, comparison.features)
            + QualityMeasure.tiles(samples: samples, held: held, comparison.features)
            + PairwiseTiles.count(rows: samples, columns: training)
        return comparison.learningSteps + looks + comparisons
    }

    /// Measures.
    ///
    /// - Parameters:
    ///   - snapshot: whose samples; they are drawn on the threads that its spec fixes.
    ///   - count: samples, within `sampleCounts`.
    ///   - dataset: what it was trained on.
    ///   - shown: how many of the first samples are given back to be looked at.
    ///   - onPart: called after each of `partCount` parts, or fewer where the samples can't be measured; what it throws
    ///     ends the work.
    /// - Throws: `DatasetError` where too few items are held out, `CheckpointError`, `EngineError`.
    package static func run(
        _ snapshot: ModelSnapshot, samples count: Int, seed: UInt64, dataset: Dataset, shown: Int,
        onPart: () throws -> Void
    ) throws -> (report: ModelReport, shown: SampleBlock) {
        precondition(sampleCounts.contains(count))
        guard QualityEvaluator.canMeasure(dataset.manifest) else {
            throw DatasetError(code: "too_few_items", detail: tooFewItems(dataset.manifest))
        }
        try Engine.setThreads(snapshot.spec.threads)
        let schema = dataset.manifest.schema
        let comparison = schema.kind.learned.comparison(schema)
        let space = try comparison.space(of: dataset, onStep: onPart)
        func seen(_ indices: [Int], atMost most: Int) throws -> SeenItems {
            let chosen = QualityEvaluator.spread(indices, atMost: most)
            return try SeenItems(chosen.count, inPartsOf: itemsInPart, in: space, onPart: onPart) {
                try dataset.batch(of: Array(chosen[$0])).items
            }
        }
        let measure = try QualityMeasure(
            dataset.manifest, comparison.features, held: seen(dataset.holdoutIndices, atMost: mostItems),
            training: seen(dataset.trainingIndices, atMost: mostItems), onTile: onPart)
        // As many real items as samples, since some figures depend on how many there are.
        let real = try seen(dataset.trainingIndices, atMost: count)
        let realFigures = try measure.figures(of: real, distanceOfReal: nil, onTile: onPart)

        let sampler = try Sampler(snapshot)
        let request = SampleRequest(count: count, seed: seed)
        let part = comparison.samplesInPart
        let samples = try SeenItems(count, inPartsOf: part, in: space, onPart: onPart) { range in
            try sampler.generate(range.lowerBound..<range.lowerBound + part, of: request)
                .narrowed(dimension: 0, start: 0, length: range.count)
        }
        let figures = try measure.figures(
            of: samples, distanceOfReal: realFigures.first { $0.name == "fid_own_features" }?.value, onTile: onPart)
        let isFinite = try samples.isFinite()
        let toTraining = isFinite ? try measure.toTraining(samples, onTile: onPart) : []
        let report = ModelReport(
            step: snapshot.step, featureSpace: space.name,
            counts: ModelReport.Counts(
                samples: count, heldOut: measure.held.count, training: real.count, searched: measure.training.count),
            figures: pairs(figures, realFigures)
                + [
                    .init(name: "nearest_training", samples: isFinite ? measure.nearestRatio(toTraining) : nil, real: 1)
                ],
            copies: isFinite ? measure.copies(toTraining) : nil,
            copiesHeldOut: measure.copies(measure.heldToTraining),
            classes: classes(dataset.manifest.schema.classes, samples: samples.classShares, real: measure.classShares))
        return (report, try sampler.samples(request, range: 0..<min(shown, count)))
    }

    /// Why a dataset's models get no report.
    package static func tooFewItems(_ dataset: DatasetManifest) -> String {
        "a report needs \(QualityEvaluator.leastItems) held-out items or more to hold samples against, and this dataset "
            + "has \(dataset.holdoutCount): ten per cent of its items are held out"
    }

    private static let itemsInPart = 100

    /// Each figure of real items beside that of the samples, which is missing where these can't be measured.
    private static func pairs(
        _ samples: [QualityReport.Figure], _ real: [QualityReport.Figure]
    ) -> [ModelReport.Figure] {
        real.map { figure in
            ModelReport.Figure(
                name: figure.name, samples: samples.first { $0.name == figure.name }?.value, real: figure.value)
        }
    }

    private static func classes(_ names: [String], samples: [Double]?, real: [Double]) -> [ModelReport.ClassShare] {
        guard let samples, samples.count == names.count, real.count == names.count else { return [] }
        return names.indices.map { ModelReport.ClassShare(name: names[$0], samples: samples[$0], training: real[$0]) }
    }
}
