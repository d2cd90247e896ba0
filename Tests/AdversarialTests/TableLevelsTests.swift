import Codecs
import Datasets
import TestSupport
import Testing

@testable import Adversarial

/// Whole numbers of few values are learned, asked for and told apart like words, and stay numbers.
@Suite struct TableLevelsTests {
    /// A number that follows from a label of two values, and a grade of five.
    private static func csv(_ labels: (String, String), rows: Int = 400) -> String {
        "v,grade,label\n"
            + (0..<rows).map { row in
                let isSecond = row % 4 == 0
                return "\(isSecond ? 30 : 0).\(100 + row * 37 % 900),\(1 + row % 5),\(isSecond ? labels.1 : labels.0)\n"
            }.joined()
    }

    @Test(arguments: [("-1", "1"), ("1", "2"), ("5", "100"), ("1.0", "2.0")], ["auto", "ctgan"])
    func labelsBalanceAndAreConditions(labels: (String, String), preset: String) throws {
        try TableFixture.withDataset(Self.csv(labels)) { dataset, schema in
            #expect(schema.columns.map(\.type) == [.real, .ordinal, .ordinal])
            #expect(schema.columns.map(\.isOfLevels) == [false, true, true])
            let spec = try TableFixture.spec(dataset, preset: preset, model: #","conditional":true"#)
            #expect(spec.model.conditioning != nil)
            let trainer = try Trainer(spec: spec, dataset: dataset)
            for _ in 0..<20 { _ = try trainer.advance() }
            let table = try #require(trainer.table)
            #expect(table.layout.conditioned.map(\.index) == [1, 2])
            #expect(table.conditionCounts.count == 7 && table.conditionCounts.reduce(0, +) == 2 * table.rowCount)
            let snapshot = try trainer.snapshot()
            let turns = try snapshot.balanced(column: "label")
            #expect(turns.count == 2)
            let request = SampleRequest(
                count: 60, seed: 1, choice: .selection(RowWish(turns: turns, parameter: "balance")))
            let block = try Sampler(snapshot).samples(request, range: 0..<60)
            guard case .cells(let cells) = block.values else {
                throw DatasetError(code: "no_cells", detail: "")
            }
            var bytes: [UInt8] = []
            TableText(schema: table.schema, categories: table.categories).appendJSON(cells, to: &bytes)
            let rows = try JSON(parsing: [UInt8(ascii: "[")] + bytes.dropLast() + [UInt8(ascii: "]")]).array ?? []
            let found = rows.compactMap { $0.array?[2].number }
            #expect(found.count == 60)
            for label in [labels.0, labels.1] { #expect(found.count { $0 == Double(label) } == 30) }
            let grades = Set(rows.compactMap { $0.array?[1].number })
            #expect(grades.isSubset(of: [1, 2, 3, 4, 5]))
            let error = #expect(throws: SampleRequestError.self) {
                try snapshot.given([("grade", "9")], parameter: "where")
            }
            #expect(error?.detail.contains("; there are \"") == true)
            #expect(try snapshot.given([("label", labels.0)], parameter: "where")[0].cell == Double(labels.0))
        }
    }

    @Test("Datasets of before lie on a line, as their models have it, and balance where all values stand by themselves")
    func datasetsOfBefore() throws {
        try TableFixture.withDataset(Self.csv(("-1", "1"))) { dataset, schema in
            let networks = try TableFixture.networks(TableFixture.spec(dataset))
            var old = try TableSchema(json: schema.json)
            #expect(old == schema)
            for index in old.columns.indices { old.columns[index].isOfLevels = false }
            #expect(try TableSchema(json: old.json) == old)
            let layout = TableLayout(old, networks)
            #expect(layout.columns[1].content == .ranges(spikes: 5, bins: 0))
            #expect(layout.columns[2].content == .ranges(spikes: 2, bins: 0))
            #expect(layout.conditionCount == 0)
            let encoding = try TableEncoding.fit(dataset, old, networks: networks)
            let spec = try TableFixture.spec(dataset)
            let snapshot = try Trainer(spec: spec, dataset: dataset).snapshot()
            let before = ModelSnapshot(
                spec: spec, dataset: snapshot.dataset, step: 0, attachment: encoding, weights: snapshot.weights)
            #expect(try before.balanced(column: "label").map { $0.map(\.cell) } == [[-1], [1]])
            #expect(throws: SampleRequestError.self) { try before.balanced(column: "v") }
            // The same slots, in another order, and the same is shown of them.
            let now = try TableEncoding.fit(dataset, schema, networks: networks)
            #expect(
                now.layout.width == encoding.layout.width && now.layout.featureCount == encoding.layout.featureCount)
            #expect(now.features.weights.sorted() == encoding.features.weights.sorted())
        }
    }

    @Test(
        "A label that fewer than one row in a hundred has becomes a condition",
        arguments: [(9, "auto", true), (10, "auto", false), (9, "classic", false), (0, "auto", false)])
    func rareLabels(rare: Int, preset: String, isConditional: Bool) throws {
        let csv = "v,label\n" + (0..<1_000).map { "0.\(1_000 + $0 * 37 % 900),\($0 < rare ? 1 : -1)\n" }.joined()
        try TableFixture.withDataset(csv) { dataset, _ in
            let resolved = try TableFixture.spec(dataset, preset: preset)
            #expect((resolved.model.conditioning != nil) == isConditional)
            let asked = try TableFixture.spec(dataset, preset: preset, model: #","conditional":false"#)
            #expect(asked.model.conditioning == nil)
        }
    }

    @Test(
        "What models predict of a target",
        arguments: [
            // Type, different values, the measure.
            (type: ColumnType.ordinal, distinct: 2, measure: TableEfficacy.Measure.f1), (.ordinal, 3, .macroF1),
            (.integer, 2, .f1), (.real, 2, .f1), (.integer, 30, .r2), (.real, 30, .r2), (.categorical, 3, .macroF1),
        ])
    func targets(type: ColumnType, distinct: Int, measure: TableEfficacy.Measure) throws {
        let target = TableColumn(
            name: "target", type: type, form: .number(decimals: 0, isWhole: true), distinct: distinct)
        let columns = [TableRowsFixture.number("a"), target]
        let rows = TableRows(
            columns: columns,
            cells: (0..<240).flatMap { row -> [Double] in
                let value = row % distinct
                return [Double(value) + 0.1 * Double(row % 7) / 7, Double(value * 3 - 1)]
            })
        var parts = 0
        let found = try #require(
            try TableEfficacy.measure(
                training: rows, heldOut: rows, synthetic: rows, target: 1, seed: 1, onPart: { parts += 1 }))
        #expect(found.measure == measure && found.realMean > 0.9)
        #expect(parts == TableEfficacy.partCount(rows, target: 1))
    }

    @Test("Numbers that are taken for categories may be any")
    func numbersAsCategories() {
        let column = TableColumn(
            name: "code", type: .categorical, form: .number(decimals: 0, isWhole: true), distinct: 3)
        let real = [[-7, 5e12, -7, .nan, 2.5]] as [[Double]]
        let measure = TableQualityMeasure(columns: [column], real: real)
        for (synthetic, score) in [
            ([-7, 5e12, .nan, -7, 2.5], 1), ([2.5, -7, 2.5, 5e12], 0.75), ([9e15, 9e15, -1, -2], 0),
            ([-7, -7, 1, 1], 0.5),
        ] as [([Double], Double)] {
            #expect(measure.quality(of: [synthetic], columns: [column]).shapes[0].score == score, "\(synthetic)")
        }
    }
}
