internal import Codecs
internal import Datasets
internal import Torch

/// Rows of a table are learned as choices and numbers, which `TableEncoding` makes of cells.
struct TableLearning: LearnedKind {
    var defaults: any SpecDefaults.Type { TableDefaults.self }

    func comparison(_ schema: any ItemKind) -> ItemComparison { ItemComparison(.columns, measuredItems: 2_000) }

    /// What rows are to the networks stays as it was, as another version may fit it otherwise.
    func prepare(_ dataset: Dataset, _ spec: ResolvedSpec, keeping kept: (any ModelAttachment)?) throws -> Prepared {
        guard let networks = spec.model.architecture as? TabularNetwork,
            let schema = dataset.manifest.schema as? TableSchema
        else { preconditionFailure("rows of tables are made by tabular networks; the resolver lets nothing else pass") }
        let seed = RunSeeds(seed: spec.seed).batches
        let isConditional = spec.model.conditioning != nil
        let encoding =
            try kept as? TableEncoding
            ?? TableEncoding.fit(dataset, schema, networks: networks, isConditional: isConditional)
        let rows = try EncodedTable(dataset, encoding, seed: seed)
        let batches = TableBatches(rows, encoding, seed: seed, isConditional: isConditional)
        // It goes by two halves of a batch.
        let moments =
            spec.training.momentMatching > 0 && spec.training.batchSize > 1
            ? try TableMoments(rows, encoding, drawnBy: isConditional ? batches : nil) : nil
        return Prepared(
            batches: batches, conditionCounts: encoding.conditionShares, attachment: encoding,
            stage: RowStage(encoding, moments: moments, spec))
    }

    func attachment(in folder: String, _ spec: ResolvedSpec) throws -> (any ModelAttachment)? {
        try TableEncoding(
            json: JSON(
                parsing: ReadableFile.contents(of: "\(folder)/\(TableEncoding.fileName)", limit: 1 << 30)), spec: spec)
    }

    func begin(_ generator: GeneratorNetwork, _ snapshot: ModelSnapshot) throws {
        guard let table = snapshot.table else { return }
        try generator.raiseLostSlots(of: table, latentDimension: snapshot.spec.model.latentDimension)
    }

    func decoder(_ snapshot: ModelSnapshot, seed: UInt64, range: Range<Int>) -> any ItemDecoder {
        guard let table = snapshot.table else { preconditionFailure("a table's checkpoint has its code") }
        return RowDecoder(table, seed: seed, range: range)
    }

    func evaluator(
        _ dataset: Dataset, _ attachment: (any ModelAttachment)?, shouldStop: () -> Bool
    ) throws -> (any Evaluator)? {
        guard let table = attachment as? TableEncoding else { return nil }
        return try TableEvaluation(dataset, table)
    }

    /// The columns that will be empty.
    func warnings(_ dataset: DatasetManifest, _ spec: ResolvedSpec) -> [String] {
        guard let schema = dataset.schema as? TableSchema else { return [] }
        return schema.columns.filter { spec.data.type(of: $0) == .text }.map { column in
            "The column \"\(column.name)\" will be empty in samples. "
                + (column.type == .text ? column.note ?? "It is taken for free text." : "The job says that it is text.")
        }
    }

    func refusal(ofTarget target: String, _ dataset: DatasetManifest) -> String? {
        (dataset.schema as? TableSchema).flatMap { TableReportEvaluation.refusal(of: target, in: $0) }
    }

    func reportParts(samples: Int, _ dataset: DatasetManifest, target: String?) -> Int {
        TableReportEvaluation.partCount(samples: samples, dataset: dataset, target: target)
    }

    func report(_ request: ReportRequest, onPart: () throws -> Void) throws -> Report {
        Report(
            result: try TableReportEvaluation.run(
                request.snapshot, samples: request.samples, seed: request.seed, dataset: request.dataset,
                target: request.target, onPart: onPart
            ).json)
    }
}

extension TableEncoding: ModelAttachment {
    package var outputCount: Int { layout.width }
}

extension ModelSnapshot {
    /// What a table's cells are in the rows that the generator makes; nil for other kinds.
    package var table: TableEncoding? { attachment as? TableEncoding }
}

extension Trainer {
    /// What a table's cells are in the rows that the networks see; nil for other kinds.
    package var table: TableEncoding? { attachment as? TableEncoding }
}

/// Makes cells of rows.
private struct RowDecoder: ItemDecoder {
    private let decoder: TableDecoder
    private let rowSize: Int
    private let columns: Int
    /// Index of the first sample.
    private let first: Int
    /// Full from the start, since they are written through a pointer.
    private var cells: [Double]
    /// Cells written so far.
    private var end = 0

    init(_ table: TableEncoding, seed: UInt64, range: Range<Int>) {
        decoder = TableDecoder(table, seed: seed)
        rowSize = table.layout.width
        columns = table.schema.columns.count
        first = range.lowerBound
        cells = [Double](repeating: .nan, count: range.count * columns)
    }

    var itemShape: [Int] { [columns] }
    var values: SampleBlock.Values { .cells(cells) }

    mutating func append(_ items: UnsafeBufferPointer<Float>) {
        guard let start = items.baseAddress else { return }
        let (count, begin) = (items.count / rowSize, end)
        precondition(begin + count * columns <= cells.count, "more rows than were announced")
        end += count * columns
        let sample = first + begin / columns
        cells.withUnsafeMutableBufferPointer { [decoder, rowSize, columns] cells in
            guard let target = cells.baseAddress else { return }
            for row in 0..<count {
                decoder.decode(
                    start + row * rowSize, sample: UInt64(sample + row), into: target + begin + row * columns)
            }
        }
    }
}
