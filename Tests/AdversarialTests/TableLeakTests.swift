import Codecs
import Datasets
import Foundation
import TestSupport
import Testing
import Torch

@testable import Adversarial

/// What one or two rows have isn't given out digit for digit more often than chance has it.
@Suite struct TableLeakTests {
    /// How a column's numbers are distributed, and written.
    struct Shape: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let decimals: Int
        let draw: @Sendable (inout SplitMix64) -> Double

        init(_ what: String, decimals: Int, draw: @escaping @Sendable (inout SplitMix64) -> Double) {
            testDescription = what
            self.decimals = decimals
            self.draw = draw
        }

        func text(_ random: inout SplitMix64) -> String { String(format: "%.\(decimals)f", draw(&random)) }
    }

    static let shapes = [
        Shape("normal, six decimals", decimals: 6) { TableRowsFixture.normal(&$0) },
        Shape("log-normal, two decimals", decimals: 2) { exp(4 + TableRowsFixture.normal(&$0)) },
        Shape("log-normal of long tails, whole", decimals: 0) { exp(10 + 1.5 * TableRowsFixture.normal(&$0)) },
        Shape("whole numbers up to 100,000", decimals: 0) { Double(Int.random(in: 0...100_000, using: &$0)) },
        Shape("one of ten has another number than 0", decimals: 2) {
            Int.random(in: 0..<10, using: &$0) < 9 ? 0 : exp(5 + TableRowsFixture.normal(&$0))
        },
        Shape("prices of which many are alike", decimals: 2) {
            Int.random(in: 0..<5, using: &$0) < 3
                ? [9.99, 19.99, 49.99].randomElement(using: &$0) ?? 0 : exp(4 + TableRowsFixture.normal(&$0))
        },
        Shape("ages", decimals: 0) { max(17, (40 + 13 * TableRowsFixture.normal(&$0)).rounded()) },
    ]

    /// Values that a code gives out where the generator meets the slots as often as they are.
    private static func drawn(_ count: Int, _ encoding: TableEncoding) throws -> [Double] {
        let decoder = TableDecoder(encoding, seed: 3)
        var random = SplitMix64(seed: 4)
        var row = encoding.shares.map { Float($0) }
        for (column, code) in zip(encoding.layout.columns, encoding.columns) {
            guard case .intervals(let intervals) = code, case .intervals(let spikes, _, _) = column.content else {
                continue
            }
            let first = encoding.layout.slots(ofHead: column.head).lowerBound
            for slot in intervals.spikes.indices { row[first + slot] = 0.3 / Float(intervals.spikes.count) }
            for (mode, component) in intervals.modes.enumerated() {
                row[first + spikes + mode] = Float(component.weight)
            }
        }
        var cells = [Double](repeating: .nan, count: encoding.schema.columns.count)
        return (0..<count).map { sample in
            // Of intervals, a quarter of a standard deviation is that of the rows.
            for scalar in 0..<encoding.layout.heads.scalars {
                row[scalar] = Float(min(1, max(-1, TableRowsFixture.normal(&random) / 4)))
            }
            decoder.decode(row, sample: UInt64(sample), into: &cells)
            return cells[0]
        }
    }

    private static func withEncoding<Result>(
        _ rows: [String], _ preset: String, model: String = "", _ body: (Dataset, TableEncoding) throws -> Result
    ) throws -> Result {
        let csv = "x,arm\n" + rows.enumerated().map { "\($1),\($0 % 3 == 0 ? "a" : "b")\n" }.joined()
        return try TableFixture.withDataset(csv) { dataset, schema in
            let spec = try TableFixture.spec(dataset, preset: preset, model: model)
            return try body(
                dataset, TableEncoding.fit(dataset, schema, networks: TableFixture.networks(spec)))
        }
    }

    @Test(arguments: shapes, [100, 300, 700, 1_500])
    func rareValuesComeNoMoreOftenThanByChance(_ shape: Shape, rows: Int) throws {
        for (preset, model) in [("auto", ""), ("ctgan", ""), ("ctgan", #","spikes":20"#)] {
            var random = SplitMix64(seed: UInt64(rows))
            try Self.withEncoding((0..<rows).map { _ in shape.text(&random) }, preset, model: model) {
                dataset, encoding in
                let training = try dataset.trainingIndices.map { try dataset.cells(of: [$0])[0] }
                let fresh = (0..<10_000).map { _ in Double(shape.text(&random)) ?? .nan }
                let made = try Self.drawn(10_000, encoding)
                let copied = CopiedValues(training: training, heldOut: [], made: made)
                let chance = CopiedValues(training: training, heldOut: [], made: fresh)
                // A mixture's modes reach beyond the numbers that many rows share.
                let factor = preset == "auto" ? 1.5 : 4
                let (share, most) = (
                    try #require(copied.made.share), factor * (try #require(chance.made.share)) + 0.004
                )
                #expect(share <= most, "\(preset)\(model): \(share), by chance \(chance.made.share ?? 0)")
                // What comes is spread as the rows are.
                if preset == "auto" {
                    let likeness = TableQualityMeasure(
                        columns: [encoding.schema.columns[0]], real: [fresh]
                    ).quality(of: [made], columns: [encoding.schema.columns[0]])
                    let own = TableQualityMeasure(
                        columns: [encoding.schema.columns[0]], real: [fresh]
                    ).quality(of: [training], columns: [encoding.schema.columns[0]])
                    #expect(likeness.score > own.score - 0.04, "\(likeness.score) \(own.score)")
                }
            }
        }
    }

    @Test("The least and the greatest number are nobody's to give away", arguments: ["auto", "ctgan", "classic"])
    func ends(preset: String) throws {
        var random = SplitMix64(seed: 5)
        let rows = (0..<400).map { _ in Self.shapes[1].text(&random) }
        try Self.withEncoding(rows, preset) { dataset, encoding in
            let training = try dataset.trainingIndices.map { try dataset.cells(of: [$0])[0] }
            let ends = try [#require(training.min()), #require(training.max())]
            let made = try Self.drawn(40_000, encoding)
            #expect(made.count { ends.contains($0) } < 10)
            #expect(made.allSatisfy { $0 >= ends[0] && $0 <= ends[1] })
        }
    }

    @Test("What enough rows share comes as often as they have it", arguments: ["auto", "ctgan"])
    func sharedValuesStay(preset: String) throws {
        var random = SplitMix64(seed: 6)
        let rows = (0..<500).map { _ in
            let share = Int.random(in: 0..<10, using: &random)
            return share == 0 ? "49.99" : share < 5 ? "0.00" : Self.shapes[1].text(&random)
        }
        try Self.withEncoding(rows, preset, model: #","spikes":20"#) { dataset, encoding in
            let training = try dataset.trainingIndices.map { try dataset.cells(of: [$0])[0] }
            let made = try Self.drawn(20_000, encoding)
            for value in [0, 49.99] {
                let share = Double(training.count { $0 == value }) / Double(training.count)
                let drawn = Double(made.count { $0 == value }) / 20_000
                // How often an interval's spikes come is the generator's alone.
                #expect(preset == "auto" ? abs(drawn - share) < 0.02 : drawn > 0.05)
            }
        }
    }

    @Test(
        "A few rows of other numbers than all",
        arguments: [
            // Numbers beside 0 to 4, and what may come of them.
            (beside: [173.0], mayCome: 4.0...173.0), ([173, 173, 180], 4...180), ([-40], -40...0), ([2.5], 2.0...3.0),
        ])
    func fewOthers(beside: [Double], mayCome: ClosedRange<Double>) {
        let values = (0..<500).map { Double($0 % 5) } + beside
        let code = RangeCode(values: values, spikes: 128, bins: 32)
        #expect(code.spikes == [0, 1, 2, 3, 4] && code.bins.count == 1)
        let drawn = (0..<1_000).map { code.value(in: 0, at: Double($0) / 1_000) }
        #expect(drawn.allSatisfy(mayCome.contains) && Set(drawn).count > 900)
        #expect(drawn.count { beside.contains($0) } <= 1)
    }

    @Test("Ranges of models of before are drawn as they were")
    func oldRanges() throws {
        let quantiles = (0...32).map { Double($0 / 4) }
        let code = RangeCode(spikes: [], bins: [quantiles])
        for share in [0.0, 0.1, 0.5, 0.77, 0.999] {
            let place = share * 32
            let piece = Int(place)
            let expected = quantiles[piece] + (place - Double(piece)) * (quantiles[piece + 1] - quantiles[piece])
            #expect(code.value(in: 0, at: share) == expected)
        }
        #expect(code.median(of: 0) == quantiles[16])
    }

    @Test("Numbers near the ends of what a Double holds stay numbers")
    func hugeNumbers() {
        let values: [Double] = (-50..<50).map { Double(2 * $0 + 1) * 1.7e306 }
        let code = RangeCode(values: values, spikes: 128, bins: 4)
        for bin in code.bins.indices {
            #expect(code.bins[bin].allSatisfy { $0.isFinite })
            #expect((0..<50).allSatisfy { code.value(in: bin, at: Double($0) / 50).isFinite })
        }
    }

    @Test("What a training gives out of a small table, and what its report says")
    func aSmallTraining() throws {
        var random = SplitMix64(seed: 8)
        var lines = "marker,dose,arm\n"
        for row in 0..<300 {
            let marker = TableRowsFixture.normal(&random)
            lines += String(
                format: "%.6f,%.4f,%@\n", marker, exp(marker + 0.5 * TableRowsFixture.normal(&random)),
                row % 2 == 0 ? "x" : "y")
        }
        try TableFixture.withDataset(lines) { dataset, _ in
            let trainer = try Trainer(spec: TableFixture.spec(dataset), dataset: dataset)
            for _ in 0..<100 { _ = try trainer.advance() }
            let report = try TableReportEvaluation.run(
                trainer.snapshot(), samples: 1_000, seed: 1, dataset: dataset, target: nil, onPart: {})
            let copied = try #require(report.copiedValues)
            #expect(copied.made.count == 2_000 && copied.made.copies < 30)
            #expect(!copied.isBeyondChance && !report.verdict.contains("one or two training rows"))
        }
    }
}

/// Copies of rare values are counted beside what chance gives.
@Suite struct CopiedValuesTests {
    @Test(
        "Counts that can be reckoned by hand",
        arguments: [
            // Training, held out, made; copies of made, and of real ones: held-out rows, and training rows against the others.
            (training: [1.0, 2, 2, 3, 3, 3, 4, 4, 4, 4], heldOut: [1.0, 5], made: [1.0, 2, 3, 4, 5, .nan], 2, 6),
            ([1, 2, 3], [], [1, 1, 1], 3, 0), ([0, -0.0, 7], [-0.0], [0], 1, 3), ([], [1], [1], 0, 0),
            ([.nan, .nan], [.nan], [.nan], 0, 0),
        ])
    func counts(training: [Double], heldOut: [Double], made: [Double], copies: Int, byChance: Int) {
        let copied = CopiedValues(training: training, heldOut: heldOut, made: made)
        #expect(copied.made == .init(copies: copies, count: made.count { !$0.isNaN }))
        #expect(copied.real.copies == byChance)
        #expect(copied.real.count == (training + heldOut).count { !$0.isNaN })
    }

    @Test(
        "Beyond chance is what chance hardly gives",
        arguments: [
            (made: (210, 300), real: (0, 300), isBeyond: true), ((1, 300), (0, 300), false),
            ((0, 300), (0, 300), false),
            ((5, 1_000), (0, 300), false), ((300, 1_000), (280, 1_000), false), ((450, 1_000), (280, 1_000), true),
            ((55, 1_350), (13, 1_350), true), ((20, 1_350), (13, 1_350), false), ((0, 0), (0, 300), false),
            ((3, 300), (0, 0), false),
        ])
    func beyondChance(made: (Int, Int), real: (Int, Int), isBeyond: Bool) {
        let copied = CopiedValues(
            made: .init(copies: made.0, count: made.1), real: .init(copies: real.0, count: real.1))
        #expect(copied.isBeyondChance == isBeyond)
    }

    @Test func aReportNamesTheColumnsAndSaysItInItsVerdict() throws {
        let training = TableRowsFixture.rows(300, seed: 1), heldOut = TableRowsFixture.rows(60, seed: 2)
        // The second column's numbers are the training rows', in another order; the first's are new.
        var values = TableRowsFixture.rows(300, seed: 3).values
        values[1] = training.values[1].reversed()
        let report = try TableReport.measure(
            TableReport.Rows(
                training: training, heldOut: heldOut, synthetic: TableRows(columns: training.columns, values: values)),
            step: 1, categories: [[], [], ["v", "w", "x", "y", "z"], []], dialect: TableDialect(), target: nil, seed: 1,
            onPart: {})
        #expect(report.columns.map { $0.copied?.isBeyondChance } == [false, true, nil])
        #expect(report.verdict.contains("In the column b 100 % of the values are ones that only one or two"))
        let figure = try #require(report["copied_values"])
        #expect(try #require(figure.samples) > 0.4 && figure.real == 0 && figure.reading.contains("In the column b"))
        let json = report.json
        #expect(json["figures"]?["copied_values"]?["samples"]?.number == figure.samples)
        #expect(json["rows"]?["columns"]?.array?[1]["copied_values"]?["beyond_chance"] == true)
        #expect(json["rows"]?["columns"]?.array?[2]["copied_values"] == nil)
    }
}
