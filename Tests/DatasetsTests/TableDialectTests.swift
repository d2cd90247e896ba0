import Codecs
import Datasets
import TestSupport
import Testing

@Suite struct TableDialectTests {
    private static let dialects: [(String, TableDialect, [String])] = [
        ("a,b,c,d\n1,x,2,3\n2,y,3,4\n", TableDialect(), ["a", "b", "c", "d"]),
        ("a;b\n1,5;x\n2,25;y\n", TableDialect(delimiter: .semicolon, hasDecimalComma: true), ["a", "b"]),
        ("a;b\n1.5;x,y\n2.25;y,z\n", TableDialect(delimiter: .semicolon), ["a", "b"]),
        ("a\tb\n1,5\tx\n2\ty\n", TableDialect(delimiter: .tab, hasDecimalComma: true), ["a", "b"]),
        ("1,x\n2,x\n1,y\n", TableDialect(hasHeader: false), ["column_1", "column_2"]),
        (
            "39, State-gov, 7\n50, Private, 8\n38, State-gov, 9\n", TableDialect(hasHeader: false, hasBlanks: true),
            ["column_1", "column_2", "column_3"]
        ),
        ("name,2019,2020\nann,1,2\nbob,3,4\n", TableDialect(), ["name", "2019", "2020"]),
        ("2024-01-01,3,a\n2024-01-02,4,b\n", TableDialect(hasHeader: false), ["column_1", "column_2", "column_3"]),
        ("Jan-21,Feb-21,Mar-21,Apr-21\n1,2,3,4\n5,6,7,8\n", TableDialect(), ["Jan-21", "Feb-21", "Mar-21", "Apr-21"]),
        (
            "\"$1,250.00\",97%,x\n$7.00,3%,x\n", TableDialect(hasHeader: false), ["column_1", "column_2", "column_3"]
        ),
        ("price,share\n\"$1,250.00\",97%\n$7.00,3%\n", TableDialect(), ["price", "share"]),
        ("2019 sales,2020 sales\n5,6\n7,9\n8,1\n", TableDialect(), ["2019 sales", "2020 sales"]),
        ("kind,colour\na,red\nb,blue\n", TableDialect(), ["kind", "colour"]),
        ("a,b\n1, x\n2, y\n", TableDialect(hasBlanks: true), ["a", "b"]),
        ("a,b\n1, x\n2,y\n", TableDialect(), ["a", "b"]),
        ("\u{FEFF}a,,c\r\n1,x,2\r\n2,y,3\r\n", TableDialect(), ["a", "column_2", "c"]),
    ]

    @Test(arguments: dialects)
    func isDetected(text: String, dialect: TableDialect, names: [String]) throws {
        let table = try TableCase(text)
        #expect(table.schema.dialect == dialect)
        #expect(table.schema.columns.map(\.name) == names)
    }

    @Test func blanksBehindDelimitersAreNoPartOfValues() throws {
        let table = try TableCase("a,b,c\n x, red,1\n y, light blue,2\n x, red,3\n")
        #expect(table.dataset.categories[1] == ["red", "light blue"])
        #expect(table.dataset.categories[0] == [" x", " y"])
        #expect(table.schema.columns.map(\.hasBlank) == [false, true, false])
    }

    @Test func aLateDecimalCommaIsSeen() throws {
        let whole = (0..<600).map { "\($0 * 3);up" } + ["1,5;down"]
        let table = try TableCase((["a;b"] + whole).joined(separator: "\n"))
        #expect(table.schema.dialect.hasDecimalComma && table.column.form == .number(decimals: 1, isWhole: false))
        #expect(try table.cells().last == 1.5)
    }

    @Test func aGzipHoldsATableToo() throws {
        let text = Array("a,b\n1,x\n2,y\n3,\"x\ny\"\n".utf8)
        let plain = try TableCase(text)
        let zipped = try TableCase(ArchiveBuilder.gzip(text))
        #expect(plain.imported.manifest == zipped.imported.manifest && plain.schema.columns[1].distinct == 3)
        let points = try ImportCase(ArchiveBuilder.gzip(SampleDatasets.pointsTable()))
        #expect(points.manifest.kind == .points && points.manifest.itemCount == 200)
    }

    private static let kinds: [(String, DatasetKind)] = [
        ("1,2\n3,4\n", .points), ("x,y,z\n1,2,3\n", .points), ("1,2\n3,\n", .table), ("1,2\n3,NaN\n5,6", .table),
        ("1,2,3,4\n1,2,3,5\n", .table), ("1\n2\n", .table), ("x,y\n1,a\n2,b\n", .table),
        ("d,y\n2024-01-01,1\n2024-01-02,2\n", .table),
    ]

    @Test(arguments: kinds)
    func autoChoosesPointsForFewColumnsOfNumbers(text: String, kind: DatasetKind) throws {
        #expect(try ImportCase(Array(text.utf8)).manifest.kind == kind)
    }
}
