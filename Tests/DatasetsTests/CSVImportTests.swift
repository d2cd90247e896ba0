import Codecs
import Datasets
import TestSupport
import Testing

@Suite struct CSVImportTests {
    private static let tables: [(String, DatasetKind?, [String], [Double])] = [
        ("1,2\n3,4\n", nil, ["x", "y"], [2, 3]), ("a,b\n1,2\n3,4", nil, ["a", "b"], [2, 3]),
        ("1,2,3\n", nil, ["x", "y", "z"], [1, 2, 3]),
        ("\"a\", b ,\r\n1, 2.5e0 ,-3\r\n", nil, ["a", "b", "column_3"], [1, 2.5, -3]),
        ("1,2,3,4\n", .points, ["column_1", "column_2", "column_3", "column_4"], [1, 2, 3, 4]),
        ("\u{FEFF}a,1\n1,+2\n", nil, ["a", "1"], [1, 2]),
        ("1000000000.5,0\n1000000001.5,0\n", nil, ["x", "y"], [1000000001, 0]),
        ("a;b\n1,5;2\n2,5;4\n", nil, ["a", "b"], [2, 3]), ("1\t2\n3\t4.5\n", nil, ["x", "y"], [2, 3.25]),
    ]

    @Test(arguments: tables)
    func imports(text: String, kind: DatasetKind?, columns: [String], mean: [Double]) throws {
        let manifest = try ImportCase(Array(text.utf8), kind: kind).manifest
        guard let schema = manifest.schema as? PointSchema else {
            Issue.record("not points")
            return
        }
        #expect(manifest.kind == .points && schema.columns == columns && schema.mean == mean)
    }

    private static let refusals: [(String, DatasetKind?, String, [String])] = [
        ("1,2\n3\n4,5,6\n", nil, "csv_ragged", ["line 2", "line 3"]),
        ("1,2\n3,abc\n", .points, "csv_not_a_number", ["line 2"]),
        ("1,2\nnan,4\n5,\n", .points, "csv_not_a_number", ["line 2", "line 3"]),
        ("1,2\ninf,-Infinity\n", .points, "csv_not_a_number", ["line 2", "line 2"]),
        ("1,2\n0x10,1e999\n", .points, "csv_not_a_number", ["line 2", "line 2"]),
        ("nan,1\n1,2\n", .points, "csv_not_a_number", ["line 1"]),
        ("x,y\n1,2\n1,1e101\n", .points, "csv_not_a_number", ["line 3"]),
        ("1\n2\n", .points, "columns_out_of_range", []), ("x,y\n", nil, "no_usable_item", []),
        ("\n\n", nil, "no_usable_item", []),
        ("a,a\n1,2\n", nil, "csv_column_twice", []), ("1,\"2\n", nil, "malformed", []),
        ("a,b\n1,2\nann,oslo\n", .points, "csv_not_a_number", ["line 3", "line 3"]),
    ]

    @Test(arguments: refusals)
    func refuses(text: String, kind: DatasetKind?, code: String, items: [String]) throws {
        let error = try ImportCase.refusal(Array(text.utf8), kind: kind)
        #expect(error.code == code && error.problems.map(\.item) == items && error.problemCount == items.count)
    }

    @Test func namesLineAndColumn() throws {
        let error = try ImportCase.refusal(Array("height,width\n1,2\n3,wide\n".utf8), kind: .points)
        #expect(
            error.detail
                == "the table cannot be read: line 3: column 2 (\"width\") is \"wide\", which is not a number")
    }

    @Test func keepsTheFirstHundredProblems() throws {
        let rows = (0..<500).map { "\($0),x" }.joined(separator: "\n")
        let error = try ImportCase.refusal(Array(("1,2\n" + rows).utf8), kind: .points)
        #expect(error.problems.count == 100 && error.problemCount == 500)
    }

    @Test func refusesHugeRowsAndTooManyColumns() throws {
        let line = [UInt8](repeating: UInt8(ascii: "1"), count: CSVReader.maximumRowSize + 1)
        #expect(try ImportCase.refusal(line).code == "too_large")
        let wide = Array(repeating: "1", count: 65).joined(separator: ",")
        #expect(try ImportCase.refusal(Array(wide.utf8), kind: .points).code == "columns_out_of_range")
    }

    @Test func limitsItems() throws {
        var limits = DatasetLimits()
        limits.maximumItems = 2
        #expect(try ImportCase(Array("1,2\n3,4\n".utf8), limits: limits).manifest.itemCount == 2)
        #expect(try ImportCase.refusal(Array("1,2\n3,4\n5,6\n".utf8), limits: limits).code == "too_many_items")
    }
}
