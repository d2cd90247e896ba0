package import Datasets
internal import Torch

/// Measures a table's generator once and thoroughly, for a report.
package enum TableReportEvaluation {
    /// Rows of the training set, and held-out ones, at most.
    private static let mostTraining = 50_000
    private static let mostHeldOut = 10_000
    /// Samples that are drawn between two looks at whether the report is still wanted.
    private static let samplesInPart = 1_024
    /// About as many parts as models that predict a column take.
    private static let efficacyParts = 16

    /// How many parts of the work there are, about alike in time.
    package static func partCount(samples: Int, dataset: DatasetManifest, target: String?) -> Int {
        2 * TableTwoSample.parts + (samples + samplesInPart - 1) / samplesInPart
            + TablePrivacy.partCount(
                training: min(mostTraining, dataset.trainingCount), heldOut: min(mostHeldOut, dataset.holdoutCount),
                synthetic: samples) + (target == nil ? 0 : efficacyParts)
    }

    /// Why a column can't be predicted; nil where it can.
    package static func refusal(of target: String, in schema: TableSchema) -> String? {
        guard let column = schema.columns.first(where: { $0.name == target }) else {
            let names = schema.columns.prefix(20).map { "\"\($0.name)\"" }.joined(separator: ", ")
            return "there is no column \"\(target)\"; there are \(names)\(schema.columns.count > 20 ? ", …" : "")"
        }
        switch column.type {
        case .identifier, .text, .constant:
            return "the column \"\(target)\" is of type \(column.type.rawValue), in which there is nothing to predict"
        default: return nil
        }
    }

    /// Measures.
    ///
    /// - Parameters:
    ///   - snapshot: whose samples.
    ///   - count: how many.
    ///   - dataset: what it was trained on.
    ///   - target: a column that models are to predict.
    ///   - onPart: called after each of about `partCount` parts; what it throws ends the work.
    /// - Throws: `DatasetError` where too few rows are held out, `CheckpointError`, `EngineError`.
    package static func run(
        _ snapshot: ModelSnapshot, samples count: Int, seed: UInt64, dataset: Dataset, target: String?,
        onPart: () throws -> Void
    ) throws -> TableReport {
        guard let table = snapshot.table else {
            throw CheckpointError(detail: "the checkpoint has no code of a table")
        }
        guard QualityEvaluator.canMeasure(dataset.manifest) else {
            throw DatasetError(code: "too_few_items", detail: ReportEvaluation.tooFewItems(dataset.manifest))
        }
        try Engine.setThreads(snapshot.spec.threads)
        let columns = table.schema.columns
        func real(_ rows: [Int], atMost most: Int) throws -> [[Double]] {
            try TableEvaluation.columns(of: QualityEvaluator.spread(rows, atMost: most), dataset, table)
        }
        let training = try real(dataset.trainingIndices, atMost: mostTraining)
        let heldOut = try real(dataset.holdoutIndices, atMost: mostHeldOut)
        let synthetic = try samples(count, seed: seed, of: snapshot, columns: columns.count, onPart: onPart)
        return try TableReport.measure(
            TableReport.Rows(
                training: TableRows(columns: columns, values: training),
                heldOut: TableRows(columns: columns, values: heldOut),
                synthetic: TableRows(columns: columns, values: synthetic)),
            step: snapshot.step, categories: table.categories, dialect: table.schema.dialect,
            target: target.flatMap { name in columns.firstIndex { $0.name == name } }, seed: seed, onPart: onPart)
    }

    private static func samples(
        _ count: Int, seed: UInt64, of snapshot: ModelSnapshot, columns: Int, onPart: () throws -> Void
    ) throws -> [[Double]] {
        let sampler = try Sampler(snapshot)
        let request = SampleRequest(count: count, seed: seed)
        var cells: [Double] = []
        for first in stride(from: 0, to: count, by: samplesInPart) {
            let block = try sampler.samples(request, range: first..<min(count, first + samplesInPart))
            if case .cells(let some) = block.values { cells += some }
            try onPart()
        }
        return TableEvaluation.columns(of: cells, count: columns)
    }
}
