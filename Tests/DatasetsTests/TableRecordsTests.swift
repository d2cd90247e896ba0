import Codecs
import Datasets
import TestSupport
import Testing

@Suite struct TableRecordsTests {
    /// Rows of a table as a file.
    private static func file(_ table: TableCase, _ cells: [Double]? = nil) throws -> RecordFile {
        let count = cells.map { $0.count / table.schema.columns.count } ?? table.imported.manifest.itemCount
        let records = TableRecords(schema: table.schema, categories: table.dataset.categories, count: count)
        let header = NPYRecordHeader(fields: records.fields, count: count)
        #expect(records.recordSize == header.recordSize)
        var bytes = header.bytes
        // In two parts, as a reply's pieces are.
        let all = try cells ?? table.dataset.cells(of: Array(0..<count))
        let half = count / 2 * table.schema.columns.count
        records.append(Array(all[..<half]), to: &bytes)
        records.append(Array(all[half...]), to: &bytes)
        #expect(bytes.count == header.bytes.count + header.dataSize)
        return try RecordFile(bytes)
    }

    private static let columns: [(values: [String], type: String, rows: [RecordFile.Value])] = [
        (["1", "-2", "30"], "<i8", [.integer(1), .integer(-2), .integer(30)]),
        (["1.0", "2.0", "30.0"], "<i8", [.integer(1), .integer(2), .integer(30)]),
        (["1", "", "30"], "<f8", [.number(1), .number(.nan), .number(30)]),
        (["1", "NA", "3"], "<f8", [.number(1), .number(.nan), .number(3)]),
        (["1.25", "-0.5", "1e-7"], "<f8", [.number(1.25), .number(-0.5), .number(1e-7)]),
        (["true", "false", "true"], "<U5", [.text("true"), .text("false"), .text("true")]),
        (["0", "1", "1"], "<U1", [.text("0"), .text("1"), .text("1")]),
        (["yes", "", "no"], "<U3", [.text("yes"), .text(""), .text("no")]),
        (["Oslo", "\"Bergen, \"\"by\"\"\"", "Oslo"], "<U12", [.text("Oslo"), .text("Bergen, \"by\""), .text("Oslo")]),
        (["ü", "日本", "𝄞𝄞𝄞"], "<U3", [.text("ü"), .text("日本"), .text("𝄞𝄞𝄞")]),
        (["007", "08", "007"], "<U3", [.text("007"), .text("08"), .text("007")]),
        (["2024-02-29", "", "2023-12-31"], "<U10", [.text("2024-02-29"), .text(""), .text("2023-12-31")]),
        (
            ["1/2/2024", "11/12/2023", "3/30/2024"], "<U10",
            [.text("1/2/2024"), .text("11/12/2023"), .text("3/30/2024")]
        ),
        (["23:59", "00:00", "12:30"], "<U5", [.text("23:59"), .text("00:00"), .text("12:30")]),
        (
            ["2024-02-29T23:59:59.25+02:00", "2023-12-31T00:00:00.50+02:00", "2023-12-31T00:00:00.75+02:00"], "<U28",
            [
                .text("2024-02-29T23:59:59.25+02:00"), .text("2023-12-31T00:00:00.50+02:00"),
                .text("2023-12-31T00:00:00.75+02:00"),
            ]
        ),
        (["7", "7", "7"], "<i8", [.integer(7), .integer(7), .integer(7)]),
        (["7.50", "7.50", "7.50"], "<f8", [.number(7.5), .number(7.5), .number(7.5)]),
        (["same", "same", "same"], "<U4", [.text("same"), .text("same"), .text("same")]),
        (["", "", ""], "<U1", [.text(""), .text(""), .text("")]),
    ]

    @Test(arguments: columns.indices)
    func aColumnIsAFieldOfItsType(index: Int) throws {
        let (values, type, rows) = Self.columns[index]
        let table = try TableCase(column: values)
        let file = try Self.file(table)
        #expect(file.fields.map(\.name) == ["tested", "side"] && file.fields[0].type == type, "\(table.column.type)")
        #expect(file.rows.map { $0[0] } == rows)
        #expect(file.rows.map { $0[1] } == [.text("up"), .text("down"), .text("up")])
    }

    @Test func textsAreThoseOfTheCSV() throws {
        let table = try TableCase(
            "id;word;paid;day;n\nK-1; a b;true;2024-02-29;1,5\nK-2;\"c;d\";;2023-12-31;\nK-3;é;false;;-2,25\n")
        let file = try Self.file(table)
        let csv = try Self.fields(table.csv())
        for (row, fields) in zip(file.rows, csv.dropFirst()) {
            for (value, field) in zip(row, fields) {
                switch value {
                case .text(let text): #expect(text == field)
                case .number(let number):
                    #expect(number.isNaN ? field.isEmpty : field.replacing(",", with: ".") == "\(number)")
                case .integer(let number): #expect(field == "\(number)")
                }
            }
        }
    }

    private static func fields(_ csv: [UInt8]) throws -> [[String]] {
        String(decoding: csv, as: UTF8.self).split(separator: "\n").map { line in
            var fields = [""]
            var isQuoted = false
            for sign in line {
                if sign == "\"" {
                    isQuoted.toggle()
                } else if sign == ";", !isQuoted {
                    fields.append("")
                } else {
                    fields[fields.count - 1].append(sign)
                }
            }
            return fields
        }
    }

    @Test func identifiersMadeAnewHaveRoom() throws {
        let values = (0..<60).map { "K-\($0 + 1000)" }
        let table = try TableCase(column: values)
        #expect(table.column.type == .identifier)
        let identifiers = IdentifierText(try #require(table.dataset.identifiers[0]))
        for count in [1, 5, 20_001] {
            let records = TableRecords(
                schema: table.schema, categories: [[], table.dataset.categories[1]], identifiers: [identifiers, nil],
                count: count)
            let texts = (0..<count).map { String(decoding: identifiers.text(of: UInt64($0)) ?? [], as: UTF8.self) }
            guard case .text(let length) = records.fields[0].element else { return #expect(Bool(false)) }
            #expect(texts.allSatisfy { !$0.isEmpty && $0.count <= length })
            var bytes = NPYRecordHeader(fields: records.fields, count: count).bytes
            records.append((0..<count).flatMap { [Double($0), 0] }, to: &bytes)
            #expect(try RecordFile(bytes).rows.map { $0[0] } == texts.map { .text($0) })
        }
        let numbers = try TableCase(column: (0..<60).map { "\($0 + 1)" }, name: "user_id")
        #expect(numbers.column.type == .identifier)
        #expect(try Self.file(numbers, [61, 0, 62, 1]).rows.map { $0[0] } == [.integer(61), .integer(62)])
    }

    @Test func sentencesTakeNoRoom() throws {
        let table = try TableCase(column: ["some words", "other words", "some words"])
        var schema = table.schema
        schema.columns[0].type = .text
        let records = TableRecords(schema: schema, categories: table.dataset.categories, count: 2)
        var bytes = NPYRecordHeader(fields: records.fields, count: 2).bytes
        records.append([.nan, 0, .nan, 1], to: &bytes)
        let file = try RecordFile(bytes)
        #expect(file.fields[0].type == "<U1" && file.rows.map { $0[0] } == [.text(""), .text("")])
    }

    @Test func whatIsNoneIsEmptyAndNumbersHaveTheirDecimals() throws {
        let table = try TableCase("a,b,c\nx,1.25,1\ny,2.5,2\nx,3,40\n")
        let rows = try Self.file(table, [7, 1.2549, 1.4, .infinity, .infinity, .nan, -1, -0.004, -3]).rows
        #expect(
            rows == [
                [.text(""), .number(1.25), .integer(1)], [.text(""), .number(.nan), .integer(.min)],
                [.text(""), .number(0), .integer(-3)],
            ])
    }
}
