import Codecs
import Datasets
import Testing

@Suite struct ColumnTypeTests {
    /// The range of numbers of which a half is none.
    @Test(arguments: [["0", "5e-324"], ["-5e-324", "5e-324"], ["0", "1e-323", "5e-324"]])
    func theLeastNumbersAreCounted(values: [String]) throws {
        let table = try TableCase(column: values)
        #expect(table.column.type == .real && table.column.histogram.reduce(0, +) == values.count)
    }

    struct Expectation: Sendable, CustomTestStringConvertible {
        let what: String
        let values: [String]
        let type: ColumnType
        var name = "tested"
        var form: ValueForm?
        var missing = 0
        var missingText = ""
        var problems = 0
        var testDescription: String { what }

        init(
            _ what: String, _ values: [String], _ type: ColumnType, name: String = "tested", form: ValueForm? = nil,
            missing: Int = 0, missingText: String = "", problems: Int = 0
        ) {
            self.what = what
            self.values = values
            self.type = type
            self.name = name
            self.form = form
            self.missing = missing
            self.missingText = missingText
            self.problems = problems
        }
    }

    private static func repeated(_ values: [String], _ count: Int) -> [String] {
        (0..<count).map { values[$0 % values.count] }
    }

    private static func time(_ format: String) -> ValueForm? { TimeForm(format: format).map(ValueForm.time) }

    private static let words: [Expectation] = [
        Expectation("true and false", repeated(["True", "False", "True"], 9), .boolean, form: .text),
        Expectation(
            "yes and no with gaps", ["yes", "no", "", "NA", "NA", "no"], .boolean, missing: 3, missingText: "NA"),
        Expectation("y and n", ["Y", "N", "N"], .boolean), Expectation("t and f", ["t", "f", "t"], .boolean),
        Expectation("a third spelling", ["true", "false", "TRUE"], .categorical),
        Expectation("0 and 1", repeated(["0", "1", "0"], 9), .boolean, form: .text),
        Expectation("0 and 1 with ?", ["0", "1", "?", "1"], .boolean, missing: 1, missingText: "?"),
        Expectation("one word", ["a", "a", "a"], .constant), Expectation("one number", ["5", "5"], .constant),
        Expectation("one word or nothing", ["a", "", "a"], .categorical, missing: 1),
        Expectation("nothing", ["", "", ""], .constant, missing: 3),
        Expectation("words for nothing", ["NA", "null", "NA"], .constant, missing: 3, missingText: "NA"),
        Expectation("words", ["red", "blue", "red"], .categorical),
        Expectation("words and a word for nothing", ["red", "NA", "", "red"], .categorical, missing: 1),
        Expectation("codes", ["007", "012", "100", "007"], .categorical, form: .text),
        Expectation(
            "sentences", (0..<60).map { "this is sentence \($0 / 2 * 2) of \($0) many" }, .text),
        Expectation("names", (0..<60).map { "ann\(String(repeating: "x", count: $0))" }, .text),
    ]

    private static let numbers: [Expectation] = [
        Expectation("whole", ["1", "2", "-30"], .integer, form: .number(decimals: 0, isWhole: true)),
        Expectation("whole with a point", ["39.0", "40.0"], .integer, form: .number(decimals: 1, isWhole: true)),
        Expectation("real", ["1.5", "2", "3.25"], .real, form: .number(decimals: 2, isWhole: false)),
        Expectation("exponents", ["1.5e-3", "2e2", "1E0"], .real),
        Expectation("blanks around", [" 1 ", "2 ", " 3"], .integer),
        Expectation("gaps", ["1.5", "NaN", "", "NaN", "n/a", "2"], .real, missing: 4, missingText: "NaN"),
        Expectation("levels", repeated(["1", "2", "3", "4"], 80), .ordinal),
        Expectation("too few rows a level", repeated(["1", "2", "3", "4"], 79), .integer),
        Expectation("two levels", repeated(["1", "2"], 40), .ordinal),
        Expectation("two levels of labels", repeated(["-1", "-1", "1"], 80), .ordinal),
        Expectation("two levels, as reals", repeated(["1.0", "2.0"], 40), .ordinal),
        Expectation("too few rows for two", repeated(["1", "2"], 39), .integer),
        Expectation("two reals", repeated(["1.5", "2"], 80), .real),
        Expectation("few words among numbers", ["1", "2", "abc", "1"], .categorical),
        Expectation(
            "a word among many numbers", (0..<99).map { "\($0 * 7)" } + ["abc"], .integer, missing: 1, problems: 1),
        Expectation("beyond 1e308", (0..<99).map { "\($0).5" } + ["2e308"], .real, missing: 1, problems: 1),
        Expectation("6 % words", (0..<94).map { "\($0)" } + repeated(["x"], 6), .categorical),
    ]

    private static let levels: [(values: [String], areLevels: Bool)] = [
        (repeated(["-1", "1"], 80), true), (repeated(["0", "1", "2"], 99) + ["9"], true),
        (repeated(["0", "1", "2"], 99) + ["173"], false), (repeated(["10", "500"], 80), true),
        (repeated(["0", "1", "2"], 95) + repeated(["173"], 5), true), (repeated(["1", "2"], 39), false),
        (repeated(["1", "2"], 80) + ["1.0", "100", "100.0", "100", "100.00", "1e2"], true),
    ]

    @Test("Few whole numbers are told apart one by one where that gives nobody away", arguments: levels)
    func fewWholeNumbers(values: [String], areLevels: Bool) throws {
        let table = try TableCase(column: values)
        #expect(table.column.isOfLevels == areLevels)
        #expect(try TableSchema(json: table.schema.json) == table.schema)
    }

    private static let identifiers: [Expectation] = [
        Expectation("consecutive", (100..<150).map(String.init), .identifier),
        Expectation("consecutive in any order", (0..<60).map { "\($0 * 7 % 60)" }, .identifier),
        Expectation("too few", (100..<149).map(String.init), .integer),
        Expectation("whole, all different", (0..<60).map { "\($0 * 3)" }, .integer),
        Expectation("named so", (0..<60).map { "\($0 * 3)" }, .identifier, name: "customer_id"),
        Expectation("named so", (0..<60).map { "\($0 * 3)" }, .identifier, name: "customerId"),
        Expectation("paid", (0..<60).map { "\($0 * 3)" }, .integer, name: "paid"),
        Expectation("fractions named so", (0..<60).map { "\($0).5" }, .real, name: "id"),
        Expectation("prefixes", (0..<60).map { "cust-\($0)" }, .identifier),
        Expectation("e-mail", (0..<60).map { "p\($0 * $0)x@example.org" }, .identifier),
        Expectation(
            "UUID",
            (0..<60).map { "\($0 + 10)3e4567-e89b-42d3-a456-4266141740\($0 + 10)" + ($0 % 2 == 0 ? "" : "") }
                .map { $0.count == 36 ? $0 : String($0.prefix(36)) }, .identifier),
        Expectation("one twice", (0..<60).map { "cust-\($0 % 59)" }, .identifier),
        Expectation("each twice", (0..<60).map { "cust-\($0 % 30)" }, .text),
        Expectation("each twice, few rows", (0..<48).map { "cust-\($0 % 24)" }, .categorical),
        Expectation("beyond 2⁵³", (0..<60).map { "90071992547409930\($0 + 10)" }, .identifier, form: .text),
    ]

    private static let times: [Expectation] = [
        Expectation("ISO", ["2024-02-29", "2023-12-31"], .date, form: time("YYYY-MM-DD")),
        Expectation("ISO with gaps", ["2024-02-29", "", "2023-12-31"], .date, form: time("YYYY-MM-DD"), missing: 1),
        Expectation("slashes", ["2024/02/29", "2023/12/31"], .date, form: time("YYYY/MM/DD")),
        Expectation("points", ["29.02.2024", "01.12.2023"], .date, form: time("DD.MM.YYYY")),
        Expectation("month first", ["01/02/2024", "12/31/2023"], .date, form: time("MM/DD/YYYY")),
        Expectation("day first", ["01/02/2024", "31/12/2023"], .date, form: time("DD/MM/YYYY")),
        Expectation("either", ["01/02/2024", "03/04/2023"], .date, form: time("MM/DD/YYYY")),
        Expectation("neither", ["13/02/2024", "12/31/2023"], .categorical),
        Expectation("short", ["1/2/2024", "12/31/2023"], .date, form: time("M/D/YYYY")),
        Expectation("no such day", ["2023-02-29", "2023-02-28"], .categorical),
        Expectation("digits alone", ["20240229", "20231231"], .date, form: time("YYYYMMDD")),
        Expectation(
            "with time", ["2024-02-29T23:59:59Z", "2023-12-31T00:00:00Z"], .datetime, form: time("YYYY-MM-DDTHH:MM:SSZ")
        ),
        Expectation(
            "with minutes", ["2024-02-29 23:59", "2023-12-31 00:00"], .datetime, form: time("YYYY-MM-DD HH:MM")),
        Expectation(
            "with fractions", ["2024-02-29T23:59:59.25+02:00", "2023-12-31T00:00:00.5+02:00"], .datetime,
            form: time("YYYY-MM-DDTHH:MM:SS.FF+02:00")),
        Expectation("two offsets", ["2024-02-29T23:59:59+02:00", "2023-12-31T00:00:00+01:00"], .datetime),
        Expectation("times", ["23:59", "00:00", "12:30"], .time, form: time("HH:MM")),
        Expectation("seconds", ["23:59:01", "00:00:00"], .time, form: time("HH:MM:SS")),
        Expectation("all different days", (10..<70).map { "19\($0)-01-01" }, .date),
        Expectation(
            "a fault among many", (10..<99).map { "19\($0)-01-01" } + ["soon"], .date, missing: 1, problems: 1),
    ]

    @Test(arguments: words + numbers + identifiers + times)
    func columnsAreTakenForWhatTheyHold(expected: Expectation) throws {
        let table = try TableCase(column: expected.values, name: expected.name)
        let column = table.column
        #expect(column.type == expected.type)
        if let form = expected.form { #expect(column.form == form) }
        #expect(column.missing == expected.missing && column.missingText == expected.missingText)
        #expect(table.imported.manifest.problemCount == expected.problems)
        #expect(try table.cells().count { $0.isNaN } == column.missing)
        #expect(table.dataset.categories[0].isEmpty == !(column.isCoded && column.distinct > 0))
    }

    @Test func aFaultIsNamedByLineAndColumn() throws {
        let table = try TableCase(column: (0..<99).map { "\($0 * 7)" } + ["abc"], name: "age")
        #expect(
            table.imported.manifest.problems == [
                ItemProblem(
                    item: "line 101", detail: "column 1 (\"age\") is \"abc\", which is not a number; taken as missing")
            ])
    }

    @Test func figuresAreOfAllRows() throws {
        let values = (0..<200).map { "\(Double($0 % 40) / 2)" } + ["NA"]
        let column = try TableCase(column: values).column
        #expect(column.distinct == 40 && column.missing == 1 && column.histogram == [Int](repeating: 10, count: 20))
        let statistics = try #require(column.statistics)
        #expect(statistics.minimum == 0 && statistics.maximum == 19.5 && abs(statistics.mean - 9.75) < 1e-12)
        #expect(abs(statistics.standardDeviation - 5.771_698_6) < 1e-6)
        #expect(column.commonest.count == 20 && column.commonest[0].value == "0.0" && column.commonest[0].count == 5)
    }

    @Test func categoriesAreSortedByFrequencyThenAppearance() throws {
        let table = try TableCase(column: ["c", "a", "b", "b", "a", "d"])
        #expect(table.dataset.categories[0] == ["a", "b", "c", "d"])
        #expect(try table.cells() == [2, 0, 1, 1, 0, 3])
        #expect(table.column.commonest.map(\.count) == [2, 2, 1, 1])
    }

    @Test(arguments: [
        ("named", (0..<300).map { "\($0 * 3)" }, ColumnType.identifier, "row_id"),
        ("numbers", (0..<300).map { "\($0 * 3 % 897)" }, .integer, "n"),
        ("reals", (0..<300).map { "\(Double($0) / 4)" }, .real, "n"),
        ("codes", (0..<300).map { "w\($0)x" }, .identifier, "n"),
        (
            "words", (0..<300).map { String(repeating: "w", count: $0 % 100) + String(repeating: "x", count: $0) },
            .text, "n"
        ),
        ("numbered", (0..<300).map { "w\($0)" }, .identifier, "n"),
        ("one twice", (0..<300).map { "w\($0 % 299)" }, .identifier, "n"),
        (
            "days", (0..<300).map { "2024-\($0 % 12 + 10 > 12 ? "0\($0 % 9 + 1)" : "\($0 % 12 + 10)")-1\($0 % 10)" },
            .date, "n"
        ),
    ])
    func moreDifferentValuesThanAreKept(what: String, values: [String], type: ColumnType, name: String) throws {
        var limits = DatasetLimits()
        limits.maximumCategories = 50
        let lines = values.enumerated().map { "\($0.element),\($0.offset % 2 == 0 ? "up" : "down")" }
        let table = try TableCase((["\(name),side"] + lines).joined(separator: "\n"), limits: limits)
        #expect(table.column.type == type && table.column.distinct == 51, "\(what)")
        #expect(table.dataset.categories[0] == [])
        #expect(try table.cells(1).prefix(3) == [0, 1, 0])
        if case .number = table.column.form { #expect(try table.cells().map { $0.isNaN }.contains(true) == false) }
    }

    @Test func theLargestColumnIsGivenUpWhereMemoryIsShort() throws {
        var limits = DatasetLimits()
        limits.maximumCategoryMemory = 4_000
        let lines = (0..<300).map { "long word number \($0 % 250)x,m\($0 % 7),\($0 * 3)" }
        let table = try TableCase((["a,b,c"] + lines).joined(separator: "\n"), limits: limits)
        #expect(table.schema.columns.map(\.type) == [.text, .categorical, .integer])
        #expect(table.schema.columns.map(\.distinct) == [100_001, 7, 100_001])
    }
}
