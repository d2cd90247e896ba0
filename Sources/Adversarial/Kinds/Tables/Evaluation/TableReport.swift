package import Codecs
package import Datasets

/// What a model's rows are worth: every figure beside that of real rows, and how to read it.
package struct TableReport: Sendable, Equatable {
    /// The last step that went into the generator.
    package var step: Int
    package var counts: Counts
    package var quality: TableQuality
    /// The quality of held-out rows in the synthetic ones' place.
    package var heldOutQuality: TableQuality
    /// `nil` where there are too few rows.
    package var twoSample: TableTwoSample?
    /// The same test with training rows in the synthetic ones' place.
    package var realTwoSample: TableTwoSample?
    /// `nil` where no column is to be predicted, or too few rows have it.
    package var efficacy: TableEfficacy?
    package var privacy: TablePrivacy
    /// The learned columns, in the order of the table.
    package var columns: [ColumnComparison]

    /// How many rows a report is made of.
    package struct Counts: Sendable, Equatable {
        package var samples: Int
        package var heldOut: Int
        package var training: Int

        package init(samples: Int, heldOut: Int, training: Int) {
            self.samples = samples
            self.heldOut = heldOut
            self.training = training
        }
    }

    /// The rows that a report is made of.
    package struct Rows: Sendable {
        package var training: TableRows
        package var heldOut: TableRows
        package var synthetic: TableRows

        package init(training: TableRows, heldOut: TableRows, synthetic: TableRows) {
            self.training = training
            self.heldOut = heldOut
            self.synthetic = synthetic
        }

        /// What the two-sample test holds synthetic rows against: held-out rows, where they aren't too few to train a classifier on.
        fileprivate var tested: TableRows {
            heldOut.count >= min(TableReport.enoughHeldOut, synthetic.count) ? heldOut : training
        }
    }

    private static let enoughHeldOut = 1_000

    /// Measures everything.
    ///
    /// - Parameters:
    ///   - categories: of each column, as `Dataset.categories`.
    ///   - target: index of the column that models are to predict.
    ///   - onPart: called after each part of the work; what it throws ends the work.
    package static func measure(
        _ rows: Rows, step: Int, categories: [[String]], dialect: TableDialect, target: Int?, seed: UInt64,
        onPart: () throws -> Void
    ) throws -> TableReport {
        let training = rows.training, heldOut = rows.heldOut, synthetic = rows.synthetic
        let measure = TableQualityMeasure(columns: training.columns, real: training.values)
        return TableReport(
            step: step,
            counts: Counts(samples: synthetic.count, heldOut: heldOut.count, training: training.count),
            quality: measure.quality(of: synthetic.values, columns: synthetic.columns),
            heldOutQuality: measure.quality(of: heldOut.values, columns: heldOut.columns),
            twoSample: try TableTwoSample.measure(
                real: rows.tested, synthetic: synthetic, seed: seed, onPart: onPart),
            realTwoSample: try TableTwoSample.measure(real: heldOut, synthetic: training, seed: seed, onPart: onPart),
            efficacy: try target.flatMap {
                try TableEfficacy.measure(
                    training: training, heldOut: heldOut, synthetic: synthetic, target: $0, seed: seed, onPart: onPart)
            },
            privacy: try TablePrivacy.measure(
                training: training, heldOut: heldOut, synthetic: synthetic, seed: seed, onPart: onPart),
            columns: training.learned.map {
                ColumnComparison(
                    $0, training: training, heldOut: heldOut, synthetic: synthetic,
                    categories: categories.indices.contains($0) ? categories[$0] : [], dialect: dialect)
            })
    }

    /// The mean over the columns of the share of cells that real rows could have.
    package var adherence: (samples: Double?, real: Double?) {
        (Self.mean(columns.map(\.adherence)), Self.mean(columns.map(\.heldOutAdherence)))
    }

    /// Of all columns of numbers and times together; `nil` where there are none.
    package var copiedValues: CopiedValues? { CopiedValues(of: columns) }

    private static func mean(_ values: [Double?]) -> Double? {
        let present = values.compactMap { $0 }
        return present.isEmpty ? nil : present.reduce(0, +) / Double(present.count)
    }
}

extension TableReport {
    /// The members that a report's resource has once it is finished.
    package var json: JSON {
        [
            "score": Self.number(quality.score),
            "verdict": .string(verdict),
            "figures": .object(
                figures.map { figure in
                    let members: [JSON.Member] = [
                        JSON.Member(name: "sample_count", value: .integer(Int64(counts.samples))),
                        JSON.Member(name: "real_count", value: .integer(Int64(counts.heldOut))),
                        JSON.Member(name: "against", value: .integer(Int64(counts.training))),
                    ]
                    return JSON.Member(name: figure.name, value: .object((figure.json.object ?? []) + members))
                }),
            "classes": [], "rows": rows,
        ]
    }

    /// What is said of the columns.
    private var rows: JSON {
        [
            "counts": [
                "samples": .integer(Int64(counts.samples)), "held_out": .integer(Int64(counts.heldOut)),
                "training": .integer(Int64(counts.training)),
            ],
            "shapes": .array(
                zip(quality.shapes, heldOutQuality.shapes).map { shape, held in
                    [
                        "column": .string(shape.column), "samples": Self.number(shape.score),
                        "real": Self.number(held.score),
                    ]
                }),
            "trends": .array(
                zip(quality.trends, heldOutQuality.trends).filter { !$0.0.score.isNaN }.map { trend, held in
                    [
                        "first": .string(trend.first), "second": .string(trend.second),
                        "samples": Self.number(trend.score),
                        "real": Self.number(held.score),
                    ]
                }),
            "efficacy": efficacy.map(Self.json(of:)) ?? .null,
            "columns": .array(columns.map(\.json)),
        ]
    }

    private static func json(of efficacy: TableEfficacy) -> JSON {
        [
            "target": .string(efficacy.target), "measure": .string(efficacy.measure.rawValue),
            "trained_on": .integer(Int64(efficacy.trainingCount)), "tried_on": .integer(Int64(efficacy.testCount)),
            "models": .array(
                efficacy.models.map {
                    ["name": .string($0.name), "samples": number($0.synthetic), "real": number($0.real)]
                }),
        ]
    }

    /// A number, or null where it isn't finite or there is none.
    static func number(_ value: Double?) -> JSON {
        value.flatMap { $0.isFinite ? .number($0) : nil } ?? .null
    }
}
