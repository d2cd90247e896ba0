package import Datasets
internal import Networks
package import Torch

/// Measures a table's generator while it trains: a part of what a report says, quickly.
package final class TableEvaluation: Evaluator {
    private let measure: TableQualityMeasure
    private let schema: TableSchema
    /// Rows that are made to be measured: as many as there are real ones.
    let sampleCount: Int
    private let realFigures: [QualityReport.Figure]
    /// Held-out rows as the discriminator sees them, each with a condition that it meets, and as many training rows.
    package let held: Batch
    package let trained: Batch
    package let mostJudged = Int.max
    package let noise: ScoreNoise?
    private let table: TableEncoding

    /// Rows of each kind at most.
    static let mostRows = 5_000
    /// Rows of each kind that the discriminator is shown, at most.
    private static let mostJudged = 2_000

    /// Takes the real side's measure: held-out rows, and as many training rows in the generator's place.
    ///
    /// - Returns: nil where too few rows are held out.
    /// - Throws: what reading the dataset throws.
    package init?(_ dataset: Dataset, _ table: TableEncoding) throws {
        guard QualityEvaluator.canMeasure(dataset.manifest) else { return nil }
        self.table = table
        schema = table.schema
        let held = try Self.columns(
            of: QualityEvaluator.spread(dataset.holdoutIndices, atMost: Self.mostRows), dataset, table)
        measure = TableQualityMeasure(columns: schema.columns, real: held)
        sampleCount = held.first?.count ?? 0
        let trained = try Self.columns(
            of: QualityEvaluator.spread(dataset.trainingIndices, atMost: sampleCount), dataset, table)
        realFigures = Self.figures(measure.quality(of: trained, columns: schema.columns)).map {
            QualityReport.Figure(name: "quality/real/" + $0.name, value: $0.value)
        }
        noise = ScoreNoise(
            try ScoreNoise.sets(of: dataset.trainingIndices, each: sampleCount).map { [measure, schema] in
                measure.quality(of: try Self.columns(of: $0, dataset, table), columns: schema.columns).score
            })
        self.held = try Self.judged(dataset.holdoutIndices, atMost: Self.mostJudged, dataset, table)
        self.trained = try Self.judged(dataset.trainingIndices, atMost: self.held.items.shape[0], dataset, table)
    }

    private static func judged(
        _ indices: [Int], atMost most: Int, _ dataset: Dataset, _ table: TableEncoding
    ) throws -> Batch {
        let indices = QualityEvaluator.spread(indices, atMost: most)
        let rows = try EncodedTable(dataset, table, rows: indices, seed: 0)
        let random = Philox(seed: 0)
        let conditions = indices.indices.map { row in
            Int64(rows.condition(metBy: row, share: random.uniform(.tableRow, item: UInt64(row))))
        }
        return Batch(items: try rows.items(Array(indices.indices)), labels: try Tensor(conditions))
    }

    package func quality(of trainer: Trainer) throws -> QualityReport {
        let (count, width, columns) = (sampleCount, table.layout.width, schema.columns.count)
        let rows = try trainer.asSampled { try trainer.evaluationSamples(count: count) }
        let decoder = TableDecoder(table, seed: RunSeeds(seed: trainer.spec.seed).evaluation)
        var cells = [Double](repeating: .nan, count: count * columns)
        try rows.withBytes { bytes in
            guard let start = bytes.assumingMemoryBound(to: Float.self).baseAddress else { return }
            cells.withUnsafeMutableBufferPointer { cells in
                guard let target = cells.baseAddress else { return }
                for row in 0..<count {
                    decoder.decode(start + row * width, sample: UInt64(row), into: target + row * columns)
                }
            }
        }
        return report(of: cells, step: trainer.step)
    }

    /// Generated rows, `[count, width]`, as they are shown in training, where conditions are those of held-out rows.
    package func judgedSamples(of trainer: Trainer, count: Int, labels: Tensor?) throws -> Tensor {
        let noise = try RandomLatents(
            seed: RunSeeds(seed: trainer.spec.seed).evaluation, classSeed: 0, classCounts: trainer.dataset.classCounts)
        return try trainer.evaluationOutput(count: count, labels: labels) { latents, labels in
            let average = trainer.synthesis.average
            let output = try average.output(latents, labels: labels, mode: .inference)
            let shares = try noise.shares(count: output.elementCount).reshaped(output.shape)
            return try average.chosen(output, noise: shares, isEarly: trainer.context.isEarly)
        }
    }

    /// Measures rows, `[rows, columns]`.
    func report(of cells: [Double], step: Int) -> QualityReport {
        let columns = Self.columns(of: cells, count: schema.columns.count)
        let figures = Self.figures(measure.quality(of: columns, columns: schema.columns)).map {
            QualityReport.Figure(name: "quality/" + $0.name, value: $0.value)
        }
        return QualityReport(step: step, figures: figures + realFigures)
    }

    private static func figures(_ quality: TableQuality) -> [QualityReport.Figure] {
        [
            .init(name: "score", value: quality.score), .init(name: "column_shapes", value: quality.shapeScore),
            .init(name: "pair_trends", value: quality.trendScore),
        ].filter { $0.value.isFinite }
    }

    /// Real rows, column by column, in the types that samples have.
    static func columns(of rows: [Int], _ dataset: Dataset, _ table: TableEncoding) throws -> [[Double]] {
        var columns = columns(of: try dataset.cells(of: rows), count: table.schema.columns.count)
        let reading = NumberReading(table.found, dataset.categories, table.layout)
        for (place, column) in table.layout.columns.enumerated() {
            columns[column.index] = columns[column.index].map { reading.value($0, of: place) }
        }
        return columns
    }

    /// Cells row by row as cells column by column.
    static func columns(of cells: [Double], count: Int) -> [[Double]] {
        (0..<count).map { column in stride(from: column, to: cells.count, by: count).map { cells[$0] } }
    }
}
