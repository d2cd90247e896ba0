import Codecs
import Testing

@testable import Datasets

/// Numbers as people write them: recognised, read, and written back as they stood.
@Suite struct NumberFormTests {
    struct Form: Sendable, CustomTestStringConvertible {
        let what: String
        let texts: [String]
        let values: [Double]
        var type = ColumnType.real
        var testDescription: String { what }

        init(_ what: String, _ texts: [String], _ values: [Double], _ type: ColumnType = .real) {
            self.what = what
            self.texts = texts
            self.values = values
            self.type = type
        }
    }

    private static let money: [Form] = [
        Form("dollars", ["$1,776.27", "$875.12", "$0.50"], [1776.27, 875.12, 0.5]),
        Form("dollars below zero", ["$1.50", "-$2.25", "$1,000.00"], [1.5, -2.25, 1000]),
        Form("the sign behind the currency", ["$1.50", "$-2.25"], [1.5, -2.25]),
        Form("parentheses", ["$1,234.50", "($1,234.50)", "($0.75)"], [1234.5, -1234.5, -0.75]),
        Form("parentheses within", ["$1.50", "$(2.50)"], [1.5, -2.5]),
        Form("parentheses alone", ["(1,234)", "(56)", "789"], [-1234, -56, 789], .integer),
        Form("euros behind, as in Germany", ["1.234,50 €", "-7,25 €", "12.345.678,00 €"], [1234.5, -7.25, 12345678]),
        Form("euros behind a no-break space", ["1 234,50\u{A0}€", "7,25\u{A0}€"], [1234.5, 7.25]),
        Form("euros before", ["€ 1.234,50", "€ 7,25"], [1234.5, 7.25]),
        Form("pounds", ["£12.00", "£1,250.75"], [12, 1250.75]),
        Form("a code before", ["USD 1,234.50", "USD 12.00"], [1234.5, 12]),
        Form("a code behind", ["1234.50 CHF", "12.25 CHF"], [1234.5, 12.25]),
        Form("francs with apostrophes", ["CHF 1'234.50", "CHF 12.05"], [1234.5, 12.05]),
        Form("rupees", ["₹1,23,456.50", "₹12,345.00", "₹99.75"], [123456.5, 12345, 99.75]),
        Form("yen", ["¥1,234", "¥980", "¥12,000"], [1234, 980, 12000], .integer),
        Form("reais", ["R$ 1.234,50", "R$ 7,25"], [1234.5, 7.25]),
        Form("whole with cents", ["$5.00", "$1,250.00", "$7.00"], [5, 1250, 7], .integer),
        Form("trailing minus, as of SAP", ["1.234,50-", "7,25", "0,75-"], [-1234.5, 7.25, -0.75]),
    ]

    private static let grouped: [Form] = [
        Form("commas", ["23,066", "999", "1,234,567"], [23066, 999, 1234567], .integer),
        Form("commas and nothing that proves it", ["23,066", "1,234", "999"], [23066, 1234, 999], .integer),
        Form("commas and decimals", ["10,099.8", "999.5", "1,830.8"], [10099.8, 999.5, 1830.8]),
        Form("points", ["1.234.567", "12.345", "999"], [1234567, 12345, 999], .integer),
        Form("points and decimals", ["1.234,5", "999,5"], [1234.5, 999.5]),
        Form("blanks", ["1 234", "999", "1 234 567"], [1234, 999, 1234567], .integer),
        Form("blanks and a comma", ["1 234,50", "12,25"], [1234.5, 12.25]),
        Form("no-break spaces", ["1\u{A0}234", "12\u{A0}345", "7"], [1234, 12345, 7], .integer),
        Form("narrow no-break spaces", ["1\u{202F}234,5", "12,5"], [1234.5, 12.5]),
        Form("apostrophes", ["1'234", "12'345'678", "12"], [1234, 12345678, 12], .integer),
        Form("typographic apostrophes", ["1’234.5", "12.5"], [1234.5, 12.5]),
        Form("none of four digits", ["1234", "12 345", "999"], [1234, 12345, 999], .integer),
        Form("lakh and crore", ["1,23,45,678", "1,234", "12"], [12345678, 1234, 12], .integer),
        Form("below zero", ["-1,234", "12", "-7"], [-1234, 12, -7], .integer),
        Form("a minus of its own", ["\u{2212}1,234.5", "\u{2212}7.5", "12.5"], [-1234.5, -7.5, 12.5]),
        Form("decimal commas in a file of commas", ["0,5", "1,25", "-3,75"], [0.5, 1.25, -3.75]),
        Form("three decimals behind a comma and zero", ["0,125", "1,250", "2,500"], [0.125, 1.25, 2.5]),
    ]

    private static let units: [Form] = [
        Form("percent", ["97%", "3%", "100%"], [97, 3, 100], .integer),
        Form("percent with a blank", ["97.5 %", "3.0 %"], [97.5, 3]),
        Form("percent with a comma", ["97,5 %", "3,1 %"], [97.5, 3.1]),
        Form("percent before", ["%97", "%3"], [97, 3], .integer),
        Form("percent below zero", ["-1.5%", "2.5%"], [-1.5, 2.5]),
        Form("changes with their sign", ["+1.5%", "-2.5%", "+3.0%"], [1.5, -2.5, 3]),
        Form("per mille", ["1.5‰", "2.5‰"], [1.5, 2.5]),
        Form("kilograms", ["5.5 kg", "12.0 kg"], [5.5, 12]),
        Form("kilometres an hour", ["50 km/h", "130 km/h"], [50, 130], .integer),
        Form("square metres", ["50 m²", "1,250 m²"], [50, 1250], .integer),
        Form("square feet", ["1,250 sq ft", "900 sq ft"], [1250, 900], .integer),
        Form("degrees", ["-5.5°C", "21.0°C"], [-5.5, 21]),
        Form("months", ["36 months", "60 months"], [36, 60], .integer),
        Form("cubic centimetres", ["1248 cm3", "998 cm3"], [1248, 998], .integer),
    ]

    private static let plain: [Form] = [
        Form("two decimals", ["12.50", "3.00", "0.75"], [12.5, 3, 0.75]),
        Form("one at least, as of pandas", ["1.0", "2.5", "3.25"], [1, 2.5, 3.25]),
        Form("as many as needed", ["1", "2.5", "3.25"], [1, 2.5, 3.25]),
        Form("signs in front of both", ["+5", "-3", "+12"], [5, -3, 12], .integer),
        Form("exponents", ["1.5E+10", "2.25E+11", "1.0E+300"], [1.5e10, 2.25e11, 1e300]),
        Form("exponents of C", ["1.500000e+10", "2.250000e-05"], [1.5e10, 2.25e-5]),
        Form("exponents of Python", ["0.25", "1e-05", "2.5e-07"], [0.25, 1e-5, 2.5e-7]),
        Form("exponents of R", ["1e+05", "2", "12.5"], [1e5, 2, 12.5]),
        Form("to the end of what a number holds", ["1E+308", "-1E+308", "5E-300"], [1e308, -1e308, 5e-300]),
        Form("exponents behind a comma", ["1,5E+10", "2,2E+11"], [1.5e10, 2.2e11], .integer),
    ]

    @Test(arguments: money + grouped + units + plain)
    func isReadAndWrittenBack(form: Form) throws {
        for delimiter in [",", ";", "\t"] {
            let quoted = form.texts.map { $0.contains(delimiter) ? "\"\($0)\"" : $0 }
            // 1,250 in a file whose commas are decimal ones is another number.
            if delimiter == ";", form.texts.contains(where: { $0.contains(",") }) { continue }
            let table = try TableCase(column: quoted, delimiter: delimiter)
            #expect(table.column.type == form.type, "\(delimiter) \(table.column.form)")
            #expect(try table.cells() == form.values, "\(delimiter)")
            let lines = try String(decoding: table.csv(), as: UTF8.self).split(separator: "\n").dropFirst()
            let expected = quoted.enumerated().map { "\($0.element)\(delimiter)\($0.offset % 2 == 0 ? "up" : "down")" }
            #expect(lines.map(String.init) == expected, "\(delimiter)")
            #expect(table.imported.manifest.problemCount == 0 && table.column.missing == 0)
        }
    }

    @Test func figuresAreThoseOfTheSuite() {
        let forms = Self.money + Self.grouped + Self.units + Self.plain
        print("numbers: \(forms.count) forms, \(forms.reduce(0) { $0 + $1.texts.count }) rows")
        #expect(Set(forms.map(\.what)).count == forms.count)
    }

    private static let words: [(what: String, texts: [String])] = [
        ("mixed units", ["5 kg", "3 lb", "7 kg", "2 oz"]), ("versions", ["1.2.3", "1.10.0", "2.0.1"]),
        ("addresses", ["10.0.0.1", "192.168.1.20", "172.16.254.3"]), ("ranges", ["10-12", "13-15", "16-18"]),
        ("telephones", ["555 123 456", "555 987 654", "555 111 222"]), ("codes with zeros", ["$007", "$012", "$100"]),
        ("rooms", ["RM101", "RM102", "RM215"]), ("codes", ["A12", "A13", "B07"]),
        ("ISBNs", ["978-3-16-148410-0", "978-0-306-40615-7"]), ("postcodes", ["SW1A 1AA", "M1 1AE", "B33 8TH"]),
        ("Dutch postcodes", ["1234 AB", "5678 CD", "9012 EF"]), ("files", ["12.jpg", "13.jpg", "14.jpg"]),
        ("groups of two", ["12,34", "56,7,8", "1,2"]), ("a list", ["1, 2", "3, 4", "5, 6"]),
        ("ordinals", ["1st", "2nd", "3rd"]), ("sizes", ["10x12", "13x15"]), ("fractions", ["1/2", "3/4"]),
        ("groups of any length", ["1,2345,67", "12,3456,7"]),
    ]

    @Test(arguments: words)
    func whatIsNoNumberStaysAWord(what: String, texts: [String]) throws {
        let column = try TableCase(column: texts.map { $0.contains(",") ? "\"\($0)\"" : $0 }).column
        #expect(
            column.form == .text && (column.type == .categorical || column.type == .text),
            "\(what): \(column.type) \(column.form)")
    }

    @Test func decimalCommasOfTheTableDecideAboutWhatMayBeThousands() throws {
        let table = try TableCase("a;b\n1.234;1,5\n12.345;2,25\n999;3\n")
        #expect(try table.cells(0) == [1234, 12345, 999] && table.cells(1) == [1.5, 2.25, 3])
        #expect(String(decoding: try table.csv(), as: UTF8.self) == "a;b\n1.234;1,5\n12.345;2,25\n999;3\n")
        // As in files that were taken before thousands were.
        #expect(try TableCase("a;b\n1,234;x\n2,345;y\n").cells(0) == [1.234, 2.345])
        #expect(try TableCase("a\tb\n1,234\tx\n2,345\ty\n").cells(0) == [1234, 2345])
    }

    @Test func aFewOfAnotherFormAreMissing() throws {
        let texts = (1...60).map { "\"$\($0 * 3),\($0 + 100).50\"" } + ["about 5"]
        let table = try TableCase(column: texts)
        #expect(table.column.type == .real && table.column.missing == 1 && table.imported.manifest.problemCount == 1)
        #expect(table.imported.manifest.problems[0].detail.contains("is \"about 5\", which is not a number"))
    }

    @Test func signsThatSomeLackAreOfTheForm() throws {
        let some = try TableCase("a,b\n\"$1,250.50\",x\n$7.25,y\n8.75,z\n")
        #expect(try some.cells() == [1250.5, 7.25, 8.75])
        #expect(String(decoding: try some.csv(), as: UTF8.self).hasSuffix("$8.75,z\n"))
        // One of a hundred that has it is at fault.
        let one = try TableCase(column: (1...100).map { "\($0 * 3).5" } + ["7.25%"])
        #expect(one.column.missing == 1 && one.imported.manifest.problemCount == 1)
        #expect(one.column.form == .number(NumberForm(decimals: 1, isWhole: false, leastDecimals: 1)))
    }

    @Test func jsonHasTheNumberAlone() throws {
        let table = try TableCase("a,b\n\"$1,234.50\",97%\n-$7.00,3%\n")
        var bytes: [UInt8] = []
        TableText(schema: table.schema, categories: table.dataset.categories)
            .appendJSON(try table.dataset.cells(of: [0, 1]), to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "[1234.5,97],[-7,3],")
    }

    @Test(arguments: money + grouped + units + plain)
    func formsAreStored(form: Form) throws {
        let table = try TableCase(column: form.texts.map { $0.contains(",") ? "\"\($0)\"" : $0 })
        #expect(try TableSchema(json: JSON(parsing: table.schema.json.bytes)) == table.schema)
    }

    @Test func formsOfBeforeAreRead() throws {
        let json: JSON = ["kind": "number", "decimals": 2, "whole": false]
        #expect(try ValueForm(json: json) == .number(decimals: 2, isWhole: false))
        #expect(ValueForm.number(decimals: 1, isWhole: true).json == ["kind": "number", "decimals": 1, "whole": true])
        for wrong: JSON in [
            ["kind": "number", "decimals": 99, "whole": true], ["kind": "number", "decimals": 1],
            ["kind": "number", "decimals": 1, "whole": true, "thousands": "x"],
            ["kind": "number", "decimals": 1, "whole": true, "negative": "sideways"],
        ] {
            #expect(throws: DatasetError.self) { try ValueForm(json: wrong) }
        }
    }

    @Test func figuresOfTheLargestNumbersAreFinite() throws {
        let texts = (0..<200).map { "\($0 % 2 == 0 ? "" : "-")1.\($0)e\(290 + $0 % 18)" }
        let statistics = try #require(try TableCase(column: texts).column.statistics)
        let figures = [statistics.minimum, statistics.maximum, statistics.mean, statistics.standardDeviation]
        #expect(figures.allSatisfy { $0.isFinite })
        #expect(statistics.standardDeviation > 1e305 && statistics.minimum < -1e307)
    }
}
