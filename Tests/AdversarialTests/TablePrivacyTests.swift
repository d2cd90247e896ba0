import Adversarial
import Datasets
import Testing

/// Whether synthetic rows give training rows away.
@Suite struct TablePrivacyTests {
    private static let training = TableRowsFixture.rows(600, seed: 1)
    private static let heldOut = TableRowsFixture.rows(300, seed: 2)

    private static func measure(_ synthetic: TableRows, heldOut: TableRows = heldOut) -> TablePrivacy {
        TablePrivacy.measure(training: training, heldOut: heldOut, synthetic: synthetic, seed: 7, onPart: {})
    }

    @Test func copiesAreFound() throws {
        let privacy = Self.measure(Self.training)
        #expect(privacy.distanceRatio == 0 && privacy.synthetic.copies == 1 && privacy.synthetic.distance == 0)
        #expect(privacy.heldOut.copies == 0)
        #expect(try #require(privacy.membershipAdvantage) > 0.95)
    }

    @Test func rowsDrawnAlikeGiveNothingAway() throws {
        let privacy = Self.measure(TableRowsFixture.rows(600, seed: 3))
        #expect(abs(try #require(privacy.distanceRatio) - 1) < 0.15 && privacy.synthetic.copies == 0)
        #expect(abs(try #require(privacy.membershipAdvantage)) < 0.12)
        let ratios = try (
            #require(privacy.synthetic.neighbourRatio), #require(privacy.heldOut.neighbourRatio)
        )
        #expect(abs(ratios.0 - ratios.1) < 0.1)
    }

    @Test("Half of the rows being copies lies between")
    func halfCopies() throws {
        let both = TableRows(
            columns: Self.training.columns,
            values: zip(Self.training.values, TableRowsFixture.rows(600, seed: 3).values).map { $0 + $1 })
        let privacy = Self.measure(both)
        #expect(privacy.synthetic.copies == 0.5 && privacy.synthetic.lowDistance == 0)
    }

    @Test("Distances of rows that can be reckoned by hand")
    func distances() throws {
        // Standard deviation 1 by two rows, so that numbers are compared in parts of 2.
        let columns = [TableRowsFixture.number("a"), TableRowsFixture.words("b")]
        let training = TableRows(columns: columns, cells: [-1, 0, 1, 0])
        func distance(_ cells: [Double]) -> Double? {
            TablePrivacy.measure(
                training: training, heldOut: training, synthetic: TableRows(columns: columns, cells: cells), seed: 1,
                onPart: {}
            ).synthetic.distance
        }
        for (cells, expected) in [
            ([1.0, 0.0], 0), ([2, 0], 0.25), ([2, 1], 0.75), ([100, 0], 0.5), ([.nan, 0], 0.5), ([.nan, .nan], 1),
        ] {
            #expect(abs(try #require(distance(cells)) - expected) < 1e-6, "\(cells)")
        }
    }

    @Test(
        "Odd tables come to an end",
        arguments: [
            TableRowsFixture.rows(0, seed: 1), TableRowsFixture.rows(1, seed: 1), TableRowsFixture.rows(19, seed: 1),
            TableRows(columns: training.columns, cells: [Double](repeating: .nan, count: 400)),
            TableRows(columns: training.columns, cells: [Double](repeating: .infinity, count: 400)),
            TableRows(columns: [TableRowsFixture.identifier("id")], cells: [1, 2, 3]),
        ])
    func odd(rows: TableRows) throws {
        for (training, heldOut) in [(rows, rows), (Self.training, rows), (rows, Self.heldOut)]
        where training.columns == rows.columns && heldOut.columns == rows.columns {
            _ = TablePrivacy.measure(training: training, heldOut: heldOut, synthetic: rows, seed: 1, onPart: {})
            _ = try TableTwoSample.measure(real: training, synthetic: rows, seed: 1, onPart: {})
        }
    }

    @Test func partsAreCounted() {
        var parts = 0
        _ = TablePrivacy.measure(
            training: Self.training, heldOut: Self.heldOut, synthetic: Self.training, seed: 1, onPart: { parts += 1 })
        #expect(parts == TablePrivacy.partCount(training: 600, heldOut: 300, synthetic: 600))
    }
}

/// Whether a classifier tells synthetic rows from real ones.
@Suite struct TableTwoSampleTests {
    @Test(arguments: [(shift: 0.0, expected: 0.5, within: 0.1), (4.0, 1.0, 0.02)])
    func classifier(shift: Double, expected: Double, within: Double) throws {
        let result = try #require(
            try TableTwoSample.measure(
                real: TableRowsFixture.rows(600, seed: 1), synthetic: TableRowsFixture.rows(500, seed: 2, shift: shift),
                seed: 3, onPart: {}))
        #expect(abs(result.areaUnderCurve - expected) < within && abs(result.accuracy - expected) < within + 0.02)
        #expect(result.count == 500)
    }

    @Test func columnsThatNoLongerHangTogetherAreTold() throws {
        let real = TableRowsFixture.rows(2_000, seed: 1)
        var values = TableRowsFixture.rows(2_000, seed: 2).values
        values[0].reverse()
        let result = try #require(
            try TableTwoSample.measure(
                real: real, synthetic: TableRows(columns: real.columns, values: values), seed: 3, onPart: {}))
        #expect(result.areaUnderCurve > 0.7)
    }

    @Test func theSameSeedGivesTheSameFigures() throws {
        func measured() throws -> TableTwoSample? {
            try TableTwoSample.measure(
                real: TableRowsFixture.rows(100, seed: 1), synthetic: TableRowsFixture.rows(100, seed: 2), seed: 3,
                onPart: {})
        }
        #expect(try measured() == measured())
    }
}
