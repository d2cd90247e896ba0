import Codecs
import Testing

@Suite struct CSVReaderTests {
    private func rows(_ bytes: [UInt8]) throws -> [[String]] {
        var reader = CSVReader(MemorySource(bytes))
        var row = CSVRow()
        var rows: [[String]] = []
        while try reader.next(&row) { rows.append((0..<row.count).map { row.text($0) }) }
        return rows
    }

    @Test(arguments: [
        ("", []), ("\n\r\n\n", []), ("a", [["a"]]), ("a,b", [["a", "b"]]),
        ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
        ("a\rb\r", [["a"], ["b"]]), (",", [["", ""]]), ("a,\n,b", [["a", ""], ["", "b"]]),
        ("\"a,b\",\"c\"\"d\"\n", [["a,b", "c\"d"]]), ("\"line\nbreak\",x", [["line\nbreak", "x"]]), ("\"\"", []),
        ("\"\",\"\"", [["", ""]]), ("a\"b,c", [["a\"b", "c"]]), ("\u{FEFF}a,b", [["a", "b"]]),
        (" a , b ", [[" a ", " b "]]),
        ("1,2\n\n3,4", [["1", "2"], ["3", "4"]]),
    ])
    func reads(text: String, expected: [[String]]) throws {
        #expect(try rows(Array(text.utf8)) == expected)
    }

    @Test func countsLines() throws {
        var reader = CSVReader(MemorySource(Array("a\n\n\"b\n\nb\"\nc\r\nd".utf8)))
        var row = CSVRow()
        var lines: [Int] = []
        while try reader.next(&row) { lines.append(row.line) }
        #expect(lines == [1, 3, 6, 7])
    }

    @Test(arguments: [
        ("a\nb\nc", 0, "a", 1), ("a\nb\nc", 1, "b", 2), ("a\r\n\r\nb", 2, "b", 3), ("a\rb\rc", 2, "c", 3),
        ("\"a\nb\nc", 1, "b", 2), ("\u{FEFF}sep=;\nx", 1, "x", 2), ("a\n", 1, nil, 0), ("a", 5, nil, 0),
    ])
    func passesOverLines(text: String, count: Int, first: String?, line: Int) throws {
        var reader = CSVReader(MemorySource(Array(text.utf8)))
        try reader.skipLines(count)
        var row = CSVRow()
        let isRow = try reader.next(&row)
        #expect(isRow == (first != nil) && (!isRow || row.text(0) == first && row.line == line))
    }

    @Test func countsTheLinesOfOldMacs() throws {
        var reader = CSVReader(MemorySource(Array("a\r\"b\r\rb\"\rc".utf8)))
        var row = CSVRow()
        var lines: [Int] = []
        while try reader.next(&row) { lines.append(row.line) }
        #expect(lines == [1, 2, 5])
    }

    @Test func crossesBufferBorders() throws {
        let line = String(repeating: "x", count: 40_000) + ",\"" + String(repeating: "y\"\"", count: 20_000) + "\"\r\n"
        let found = try rows(Array((line + line + line).utf8))
        #expect(
            found.count == 3 && found.allSatisfy { $0 == found[0] && $0[0].count == 40_000 && $0[1].count == 40_000 })
    }

    @Test(arguments: [("\"a", "no closing quote"), ("\"a\"b", "closing quote is followed"), ("x\n\"a\"\"", "line 2")])
    func refuses(text: String, reason: String) {
        #expect { try rows(Array(text.utf8)) } throws: { ($0 as? CodecError)?.detail.contains(reason) == true }
    }

    @Test func limitsRows() {
        #expect(throws: CodecError.self) { try rows([UInt8](repeating: 0x61, count: CSVReader.maximumRowSize + 1)) }
        #expect(throws: CodecError.self) { try rows([UInt8](repeating: 0x2C, count: CSVReader.maximumFields + 1)) }
    }
}
