import Codecs
import Testing

@Suite struct JSONRowReaderTests {
    private final class PaddedSource: ByteSource {
        private let source: MemorySource
        private var padding: Int

        /// - Parameter padding: blanks before the bytes, which move them across the end of a reader's buffer.
        init(_ bytes: [UInt8], padding: Int) {
            source = MemorySource(bytes)
            self.padding = padding
        }

        func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
            let blanks = min(padding, buffer.count)
            for place in 0..<blanks { buffer[place] = 0x20 }
            padding -= blanks
            return blanks + source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[blanks...]))
        }
    }

    private struct Read: Equatable {
        var names: [String] = []
        var rows: [[String]] = []
        var lines: [Int] = []
    }

    /// Reads text twice, as an import does: the second time with the names that the first has found.
    private func read(_ text: String, padding: Int = 0) throws -> Read {
        let bytes = Array(text.utf8)
        var row = CSVRow()
        var first = JSONRowReader(PaddedSource(bytes, padding: padding))
        while try first.next(&row) {}
        var found = Read(names: first.names.map { String(decoding: $0, as: UTF8.self) })
        var second = JSONRowReader(PaddedSource(bytes, padding: padding), names: first.names)
        while try second.next(&row) {
            found.rows.append((0..<row.count).map { row.text($0) })
            found.lines.append(row.line)
        }
        return found
    }

    private static let texts: [(String, [String], [[String]], [Int])] = [
        ("", [], [], []), (" \n[ ]\n", [], [], []), ("{\"a\":1}", ["a"], [["1"]], [1]),
        ("{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":\"y\"}\n", ["a", "b"], [["1", "x"], ["2", "y"]], [1, 2]),
        (
            "{\"a\":1}\r\n\r\n{\"b\":true}\r\n{\"a\":null,\"b\":false}", ["a", "b"],
            [["1", ""], ["", "true"], ["", "false"]], [1, 3, 4]
        ),
        (
            "[{\"a\":-1.50,\"b\":1e5},\n {\"b\":0.0,\"a\":1E+2}]", ["a", "b"], [["-1.50", "1e5"], ["1E+2", "0.0"]],
            [1, 2]
        ),
        ("[\n  {\n    \"a\": 1\n  },\n  {\n    \"a\": 2\n  }\n]\n", ["a"], [["1"], ["2"]], [2, 5]),
        ("{\"a\":1}{\"a\":2} {\"a\":3}", ["a"], [["1"], ["2"], ["3"]], [1, 1, 1]),
        ("\u{FEFF}{\"ä\":\"ö\"}", ["ä"], [["ö"]], [1]),
        (
            #"{"a":"x, \"y\"\n\t\\\/\b\f\r","b":"\u00e9\ud83d\ude00"}"#, ["a", "b"],
            [["x, \"y\"\n\t\\/\u{8}\u{C}\r", "é😀"]], [1]
        ),
        (#"{"a\u0062":1,"c":2}"# + "\n" + #"{"ab":3}"#, ["ab", "c"], [["1", "2"], ["3", ""]], [1, 2]),
        ("{\"a\":NaN,\"b\":Infinity,\"c\":-Infinity}", ["a", "b", "c"], [["NaN", "Infinity", "-Infinity"]], [1]),
        ("{}\n{\"a\":\"\"}", ["a"], [[""], [""]], [1, 2]),
        (
            "{\"c\":1,\"a\":2,\"b\":3}\n{\"a\":5,\"c\":4}\n{\"d\":6}", ["c", "a", "b", "d"],
            [["1", "2", "3", ""], ["4", "5", "", ""], ["", "", "", "6"]], [1, 2, 3]
        ),
    ]

    @Test(arguments: texts.indices)
    func readsObjectsAsRows(index: Int) throws {
        let (text, names, rows, lines) = Self.texts[index]
        #expect(try read(text) == Read(names: names, rows: rows, lines: lines))
    }

    @Test func theEndOfABufferMayCutAnObjectAnywhere() throws {
        let (text, names, rows, lines) = Self.texts[9]
        // The buffer of a reader.
        let size = 1 << 18
        for padding in size - text.utf8.count - 1...size {
            #expect(try read(text, padding: padding) == Read(names: names, rows: rows, lines: lines), "\(padding)")
        }
    }

    private static let faults: [(String, CodecError.Kind, String)] = [
        (
            "{\"a\":1}\n{\"a\":{\"b\":1}}", .unsupported,
            "line 2: the member \"a\" holds an object, and the fields of a table"
        ),
        ("{\"a\":[1]}", .unsupported, "line 1: the member \"a\" holds an array"),
        ("[[1,2]]", .unsupported, "line 1: an array stands where a row is expected"),
        ("[\"a\"]", .malformed, "line 1: an object is expected here"),
        ("{\"a\":1},\n{\"a\":2}", .malformed, "line 1: an object"),
        ("{\"a\":1}\n[1]", .unsupported, "line 2: an array stands"),
        ("[{\"a\":1} {\"a\":2}]", .malformed, "line 1: a comma or the end"),
        ("[{\"a\":1},]", .malformed, "line 1: an object is expected"),
        ("[{\"a\":1}]\nx", .malformed, "line 2: the array is followed"),
        ("[{\"a\":1}\n", .truncated, "line 2: the text ends within its array"),
        ("{\"a\":1}\n{\"a\":", .truncated, "line 2: the text ends within an object"),
        ("{\"a", .truncated, "line 1: a string has no closing"),
        ("{'a':1}", .malformed, "line 1: a member's name in double quotes"),
        ("{\"a\" 1}", .malformed, "a colon is expected after the name \"a\""),
        ("{\"a\":\n01}", .malformed, "line 2: a number has no leading zeros"),
        ("{\"a\":+1}", .malformed, "a value is expected"),
        ("{\"a\":1.}", .malformed, "a digit"), ("{\"a\":-}", .malformed, "a digit"),
        ("{\"a\":1e}", .malformed, "a digit"),
        ("{\"a\":tru}", .malformed, "a value is expected"),
        ("{\"a\":1 \"b\":2}", .malformed, "a comma or the end of the object"),
        ("{\"a\":1,\n\"a\":2}", .malformed, "line 2: the name \"a\" appears twice"),
        ("{\"a\":\"x\ny\"}", .malformed, "must be escaped"),
        (#"{"a":"\x"}"#, .malformed, "no such escape"), (#"{"a":"\u12g4"}"#, .malformed, "four hexadecimal"),
        (#"{"a":"\ud800"}"#, .malformed, "half of a surrogate pair"),
        (#"{"a":"\ud800\u0041"}"#, .malformed, "half of a surrogate pair"),
        ("{\"a\":1,}", .malformed, "a member's name in double quotes"),
    ]

    @Test(arguments: faults.indices)
    func namesTheLineOfWhatIsNone(index: Int) throws {
        let (text, kind, words) = Self.faults[index]
        let error = #expect(throws: CodecError.self) { try read(text) }
        #expect(error?.kind == kind && error?.detail.contains(words) == true, "\(text): \(error as Any)")
    }

    @Test func boundsWhatAnObjectAndItsNamesTake() throws {
        let long = "{\"a\":\"" + String(repeating: "x", count: JSONRowReader.maximumRowSize) + "\"}"
        #expect(#expect(throws: CodecError.self) { try read(long) }?.kind == .tooLarge)
        let many = "{" + (0...CSVReader.maximumFields).map { "\n\"m\($0)\":1" }.joined(separator: ",") + "}"
        let error = #expect(throws: CodecError.self) { try read(many) }
        #expect(error?.kind == .tooLarge && error?.detail.contains("line \(CSVReader.maximumFields + 2)") == true)
    }
}
