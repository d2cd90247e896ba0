package import Codecs
package import Datasets
internal import Torch

/// How a kind of items is learned, measured and drawn.
///
/// One type for each kind, in a folder of its own; `DatasetKind.learned` lists them, and nothing else on this floor asks which
/// kind it has to do with.
package protocol LearnedKind: Sendable {
    /// What a spec gets where it leaves things open.
    var defaults: any SpecDefaults.Type { get }

    /// What a training is given of a dataset.
    ///
    /// - Parameter kept: what the checkpoint has beside the weights that training goes on from; nil where it begins.
    /// - Throws: what reading the dataset throws, and `EngineError`.
    func prepare(_ dataset: Dataset, _ spec: ResolvedSpec, keeping kept: (any ModelAttachment)?) throws -> Prepared

    /// What a checkpoint keeps beside the weights; nil where there is nothing.
    ///
    /// - Parameter folder: the checkpoint.
    /// - Throws: `CheckpointError`, and what reading throws.
    func attachment(in folder: String, _ spec: ResolvedSpec) throws -> (any ModelAttachment)?

    /// Makes a generator with a snapshot's weights ready to be sampled from.
    func begin(_ generator: GeneratorNetwork, _ snapshot: ModelSnapshot) throws

    /// Turns what a snapshot's generator puts out into what users see.
    ///
    /// - Parameters:
    ///   - seed: the samples'.
    ///   - range: which of them will come.
    func decoder(_ snapshot: ModelSnapshot, seed: UInt64, range: Range<Int>) -> any ItemDecoder

    /// How items of a schema are compared.
    func comparison(_ schema: any ItemKind) -> ItemComparison

    /// Measures a generator while it trains.
    ///
    /// - Parameter shouldStop: asked now and then while preparations take seconds.
    /// - Returns: nil for a dataset of too few items, and where it was to stop.
    /// - Throws: what reading the dataset throws, and `EngineError`.
    func evaluator(
        _ dataset: Dataset, _ attachment: (any ModelAttachment)?, shouldStop: () -> Bool
    ) throws -> (any Evaluator)?

    /// What a job's samples will lack, as far as the dataset tells it beforehand: whole sentences.
    func warnings(_ dataset: DatasetManifest, _ spec: ResolvedSpec) -> [String]

    /// Why a report can't have a target, a column to be predicted; nil where it can.
    func refusal(ofTarget target: String, _ dataset: DatasetManifest) -> String?

    /// How many parts of the work a report takes, about alike in time.
    func reportParts(samples: Int, _ dataset: DatasetManifest, target: String?) -> Int

    /// Measures a model once and thoroughly.
    ///
    /// - Parameter onPart: called after each of about `reportParts` parts; what it throws ends the work.
    /// - Throws: `DatasetError` where too few items are held out, `CheckpointError`, `EngineError`.
    func report(_ request: ReportRequest, onPart: () throws -> Void) throws -> Report
}

/// What a training is given of a dataset.
package struct Prepared {
    let batches: any BatchSource
    /// How often each class, or condition, is drawn for a generator's update.
    let conditionCounts: [Int]
    let attachment: (any ModelAttachment)?
    let stage: (any OutputStage)?

    init(
        batches: any BatchSource, conditionCounts: [Int], attachment: (any ModelAttachment)? = nil,
        stage: (any OutputStage)? = nil
    ) {
        self.batches = batches
        self.conditionCounts = conditionCounts
        self.attachment = attachment
        self.stage = stage
    }
}

/// What a kind keeps in a model's checkpoints beside the weights, which mean nothing without it.
package protocol ModelAttachment: Sendable {
    /// The file's name in a checkpoint's folder.
    static var fileName: String { get }
    /// The file's text.
    var json: JSON { get }
    /// How often each condition that the generator knows holds in the training items.
    var conditionCounts: [Int] { get }
    /// Numbers that the generator puts out for one item.
    var outputCount: Int { get }
}

/// Turns what a generator puts out into what users see.
package protocol ItemDecoder {
    /// The shape of one sample as users see it: `[height, width, channels]` or `[columns]`.
    var itemShape: [Int] { get }

    /// Takes items, one after another, as the generator puts them out.
    mutating func append(_ items: UnsafeBufferPointer<Float>)

    /// All samples that were announced; those that didn't come are zeros, or no value.
    var values: SampleBlock.Values { get }
}

/// A report that is asked for.
package struct ReportRequest: Sendable {
    package var snapshot: ModelSnapshot
    /// How many are measured.
    package var samples: Int
    package var seed: UInt64
    /// What the model was trained on.
    package var dataset: Dataset
    /// A column that models are to predict.
    package var target: String?
    /// How many of the first samples are given back to be looked at.
    package var shown: Int

    package init(
        snapshot: ModelSnapshot, samples: Int, seed: UInt64, dataset: Dataset, target: String? = nil, shown: Int
    ) {
        self.snapshot = snapshot
        self.samples = samples
        self.seed = seed
        self.dataset = dataset
        self.target = target
        self.shown = shown
    }
}

/// A report that is made.
package struct Report: Sendable {
    /// Members of the report's resource.
    package var result: JSON
    /// Its first samples; nil where none are to be looked at.
    package var samples: SampleBlock?
}

extension LearnedKind {
    package func attachment(in folder: String, _ spec: ResolvedSpec) throws -> (any ModelAttachment)? { nil }
    package func warnings(_ dataset: DatasetManifest, _ spec: ResolvedSpec) -> [String] { [] }
    package func begin(_ generator: GeneratorNetwork, _ snapshot: ModelSnapshot) throws {}

    package func prepare(
        _ dataset: Dataset, _ spec: ResolvedSpec, keeping kept: (any ModelAttachment)?
    ) throws -> Prepared {
        Prepared(
            batches: DatasetBatches(dataset, seed: RunSeeds(seed: spec.seed).batches, isStored: spec.device != .cpu),
            conditionCounts: dataset.manifest.classCounts)
    }

    package func evaluator(
        _ dataset: Dataset, _ attachment: (any ModelAttachment)?, shouldStop: () -> Bool
    ) throws -> (any Evaluator)? {
        try QualityEvaluator.make(for: dataset, shouldStop: shouldStop)
    }

    package func refusal(ofTarget target: String, _ dataset: DatasetManifest) -> String? {
        "target names a column of a table, and the model's dataset holds \(dataset.kind.rawValue)"
    }

    package func reportParts(samples: Int, _ dataset: DatasetManifest, target: String?) -> Int {
        ReportEvaluation.partCount(samples: samples, dataset: dataset)
    }

    package func report(_ request: ReportRequest, onPart: () throws -> Void) throws -> Report {
        let (figures, samples) = try ReportEvaluation.run(
            request.snapshot, samples: request.samples, seed: request.seed, dataset: request.dataset,
            shown: request.shown, onPart: onPart)
        return Report(result: figures.json, samples: samples)
    }
}
