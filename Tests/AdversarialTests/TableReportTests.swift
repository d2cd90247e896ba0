import Adversarial
import Codecs
import Datasets
import Testing

/// A report on a table's synthetic rows.
@Suite struct TableReportTests {
    private static let rows = TableReport.Rows(
        training: TableRowsFixture.rows(200, seed: 1), heldOut: TableRowsFixture.rows(60, seed: 2),
        synthetic: TableRowsFixture.rows(100, seed: 3, shift: 3))
    private static let categories = [[], [], ["v", "w", "x", "y", "z"], []]

    private static func report(_ rows: TableReport.Rows = rows, target: Int? = 2, onPart: () -> Void = {}) throws
        -> TableReport
    {
        try TableReport.measure(
            rows, step: 7, categories: categories, dialect: TableDialect(), target: target, seed: 1, onPart: onPart)
    }

    @Test func figuresStandBesideThoseOfRealRows() throws {
        let report = try Self.report()
        #expect(report.counts == .init(samples: 100, heldOut: 60, training: 200))
        // One of three columns is shifted.
        let shapes = report.quality.shapes.map(\.score)
        #expect(shapes.count == 3 && shapes[0] < 0.5 && shapes[1] > 0.7 && shapes[2] > 0.7)
        #expect(report["column_shapes"]?.samples == shapes.reduce(0, +) / 3)
        #expect(try #require(report["column_shapes"]?.real) > 0.85)
        #expect(try #require(report["two_sample_auroc"]?.samples) > 0.9)
        #expect(try #require(report["two_sample_auroc"]?.real) < 0.75)
        #expect(report.efficacy?.target == "c")
        let json = report.json
        #expect(json["score"] == .number(report.quality.score) && json["rows"]?["shapes"]?.array?.count == 3)
        let figures = try #require(json["figures"]?.object)
        #expect(figures.map(\.name) == report.figures.map(\.name))
        for figure in figures {
            #expect(figure.value["samples"] != nil && figure.value["real"] != nil)
            #expect(figure.value["reading"]?.string?.hasSuffix(".") == true)
        }
    }

    @Test func columnsAreDrawnWithoutTheIdentifier() throws {
        let columns = try Self.report().columns
        #expect(columns.map(\.name) == ["a", "b", "c"])
        for column in columns {
            #expect(column.real.counts.reduce(column.real.others + column.real.missing, +) == 200)
            #expect(column.synthetic.counts.reduce(column.synthetic.others + column.synthetic.missing, +) == 100)
        }
        // Shifted by three deviations, half of the rows lie beyond the largest real number.
        #expect(try #require(columns[0].adherence) < 0.75 && columns[0].synthetic.others > 25)
        #expect(try #require(columns[0].heldOutAdherence) > 0.9)
        guard case .words(let words) = columns[2].content else {
            Issue.record("words are drawn as words")
            return
        }
        #expect(words.first == "x" && Set(words) == ["v", "w", "x", "y", "z"] && columns[2].adherence == 1)
    }

    @Test(
        "A cell that no real row could have",
        arguments: [
            // Numbers, words; training, synthetic, share.
            (isOfWords: false, training: [1.0, 3], synthetic: [1.0, 2, 3, 4], share: 0.75),
            (false, [1, 3], [.nan, 2], 0.5),
            (false, [1, .nan], [.nan, 1], 1), (true, [0, 2], [0, 1, 2, .nan], 0.5), (true, [0, .nan], [0, .nan], 1),
            (false, [.nan, .nan], [1, .nan], 0.5),
        ])
    func adherence(isOfWords: Bool, training: [Double], synthetic: [Double], share: Double) {
        let columns = [isOfWords ? TableRowsFixture.words("c") : TableRowsFixture.number("a")]
        let real = TableRows(columns: columns, cells: training)
        let comparison = ColumnComparison(
            0, training: real, heldOut: real, synthetic: TableRows(columns: columns, cells: synthetic),
            categories: ["v", "w", "x"], dialect: TableDialect())
        #expect(comparison.adherence == share && comparison.heldOutAdherence == 1)
    }

    @Test("Odd rows get a report, of JSON without numbers that aren't finite")
    func odd() throws {
        let columns = Self.rows.training.columns
        for cells in [[], [Double](repeating: .nan, count: 400), [Double](repeating: .infinity, count: 400)] {
            let odd = TableRows(columns: columns, cells: cells)
            for rows in [
                TableReport.Rows(training: odd, heldOut: odd, synthetic: odd),
                TableReport.Rows(training: Self.rows.training, heldOut: Self.rows.heldOut, synthetic: odd),
            ] {
                let json = try Self.report(rows).json
                #expect(try JSON(parsing: json.bytes)["verdict"]?.string?.isEmpty == false)
            }
        }
    }
}
