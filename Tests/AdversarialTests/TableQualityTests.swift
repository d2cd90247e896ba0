import Adversarial
import Codecs
import Datasets
import Foundation
import TestSupport
import Testing

/// A pair of tables of `tables.json`, and what SDMetrics makes of them.
struct GoldenTables: CustomTestStringConvertible {
    let json: JSON

    static let all: [GoldenTables] = {
        guard let url = Bundle.module.url(forResource: "Golden/tables", withExtension: "json"),
            let data = try? Data(contentsOf: url), let json = try? JSON(parsing: [UInt8](data))
        else { return [] }
        return (json.array ?? []).map(GoldenTables.init)
    }()

    var testDescription: String { json["name"]?.string ?? "" }

    var columns: [TableColumn] {
        (json["columns"]?.array ?? []).map { column in
            TableColumn(
                name: column["name"]?.string ?? "",
                type: column["type"]?.string.flatMap(ColumnType.init) ?? .text,
                form: column["text"]?.boolean == true ? .text : .number(decimals: 2, isWhole: false), distinct: 1)
        }
    }

    /// Of each column its cells.
    func cells(_ name: String) -> [[Double]] { (json[name]?.array ?? []).map { Self.numbers($0) } }

    func rows(_ name: String) -> TableRows { TableRows(columns: columns, values: cells(name)) }

    /// NaN where there is none.
    static func numbers(_ json: JSON?) -> [Double] { (json?.array ?? []).map { $0.number ?? .nan } }

    func number(_ name: String) -> Double { json[name]?.number ?? .nan }
}

/// Figures of tables against those of SDMetrics 0.32.
@Suite struct TableQualityTests {
    @Test(arguments: GoldenTables.all) func agreesWithSDMetrics(_ golden: GoldenTables) {
        let columns = golden.columns
        let quality = TableQualityMeasure(columns: columns, real: golden.cells("real"))
            .quality(of: golden.cells("synthetic"), columns: columns)

        let shapes = GoldenTables.numbers(golden.json["shapes"])
        #expect(firstDifference(quality.shapes.map(\.score), shapes, absolute: 1e-6) == nil)
        // A score, and how far the pair goes together in the real rows: as a correlation, or as Cramér's V.
        var pairs: [String: [Double]] = [:]
        for pair in golden.json["pairs"]?.array ?? [] {
            let numbers = GoldenTables.numbers(pair)
            let names = (columns[Int(numbers[0])].name, columns[Int(numbers[1])].name)
            pairs["\(names.0) \(names.1)"] = Array(numbers[2...])
        }
        #expect(quality.trends.count == pairs.count)
        for trend in quality.trends {
            let name = "\(trend.first) \(trend.second)"
            // What SDMetrics doesn't give where the synthetic column is constant is known all the same.
            let expected = pairs[name] ?? [.nan, .nan]
            #expect(firstDifference([trend.score], [expected[0]]) == nil, "\(name)")
            #expect(expected[1].isNaN || firstDifference([trend.real], [expected[1]]) == nil, "\(name)")
        }
        let scores = [quality.shapeScore, quality.trendScore, quality.score]
        #expect(firstDifference(scores, ["shape_score", "trend_score", "score"].map(golden.number)) == nil)
    }

    /// Where real numbers are missing, SDMetrics leaves missing ones out, whereas a report takes them for such as may be.
    @Test(arguments: GoldenTables.all) func adherenceAgreesWithSDMetrics(_ golden: GoldenTables) {
        let (real, synthetic) = (golden.rows("real"), golden.rows("synthetic"))
        let expected = GoldenTables.numbers(golden.json["adherence"])
        for column in real.learned {
            let comparison = ColumnComparison(
                column, training: real, heldOut: real, synthetic: synthetic, categories: [], dialect: TableDialect())
            guard var share = comparison.adherence else { continue }
            let missing = Double(synthetic.values[column].count(where: \.isNaN)) / Double(synthetic.count)
            if real.isOfNumbers(column), real.values[column].contains(where: \.isNaN) {
                share = (share - missing) / (1 - missing)
            }
            #expect(firstDifference([share], [expected[column]]) == nil, "\(real.columns[column].name)")
        }
    }

    private static let kinds = [
        TableColumn(name: "n", type: .real, form: .number(decimals: 1, isWhole: false), distinct: 3),
        TableColumn(name: "w", type: .categorical, form: .text, distinct: 2),
        TableColumn(name: "v", type: .categorical, form: .text, distinct: 2),
    ]

    @Test(
        "What can't be told is no number, and nothing else is spoiled by it",
        arguments: [
            ([[], [], []], [[], [], []], nil),
            ([[], [], []], [[1], [0], [0]], nil),
            ([[1, 2, 3], [0, 1, 1], [0, 1, 1]], [[], [], []], nil),
            ([[.nan, .nan], [.nan, .nan], [0, 0]], [[.nan, 1], [0, .nan], [0, 0]], 1),
            ([[5, 5], [0, 0], [0, 0]], [[5, 5], [0, 0], [0, 0]], 1),
            ([[1, 2], [0, 1], [0, 1]], [[1, 2], [0, 7], [9, 1]], 0.5),
        ] as [([[Double]], [[Double]], Double?)])
    func emptyAndConstantColumns(real: [[Double]], synthetic: [[Double]], score: Double?) {
        let quality = TableQualityMeasure(columns: Self.kinds, real: real)
            .quality(of: synthetic, columns: Self.kinds)
        #expect(firstDifference([quality.score], [score ?? .nan]) == nil, "\(quality)")
    }

    /// As many combinations as there are rows, whose memory must not be that of a table of them.
    @Test func columnsOfManyCategories() {
        let rows = 20_000
        let identity = (0..<rows).map(Double.init)
        let columns = Array(Self.kinds.dropFirst())
        let measure = TableQualityMeasure(columns: columns, real: [identity, identity])
        #expect(measure.quality(of: [identity, identity], columns: columns).trends.map(\.score) == [1])
        let shifted = identity.map { ($0 + 1).truncatingRemainder(dividingBy: Double(rows)) }
        #expect(measure.quality(of: [identity, shifted], columns: columns).trends.map(\.score) == [0])
    }

    @Test func goldenTablesAreThere() {
        #expect(GoldenTables.all.count == 4)
    }
}
