import Codecs
import Datasets
import TestSupport
import Testing

@Suite struct TableRefusalTests {
    private static let latin1: [UInt8] =
        Array("name,age\nann,3\n".utf8) + [0x4A, 0xF6, 0x72, 0x67] + Array(",4\n".utf8)

    private static let refusals: [(what: String, bytes: [UInt8], code: String, words: [String])] = [
        ("a header alone", Array("a,b\n".utf8), "no_usable_item", ["header"]),
        ("nothing", Array("\n\n".utf8), "no_usable_item", ["no rows"]),
        ("one row", Array("name,city\nann,oslo\n".utf8), "too_few_rows", ["one row"]),
        ("one line", Array("hello world\ngood bye\n".utf8), "too_few_rows", ["one row"]),
        ("ragged", Array("a,b,c\n1,2,x\n3,4\n5,6,7,8\n".utf8), "csv_ragged", ["line 3", "2 fields", "3 were"]),
        ("two names", Array("a,b,a\n1,x,2\n".utf8), "csv_column_twice", ["columns 1 and 3", "\"a\""]),
        ("an open quote", Array("a,b\n1,x\n2,\"y\n3,z\n".utf8), "malformed", ["line 3", "closing quote"]),
        ("text after a quote", Array("a,b\n1,\"x\"y\n".utf8), "malformed", ["line 2"]),
        ("a NUL", Array("a,b\n1,x\n2,y\0\n".utf8), "nul_byte", ["line 3"]),
        ("a NUL in a quoted field", Array("a,b\n1,\"x\n\n\0\"\n".utf8), "nul_byte", ["line 4"]),
        ("Latin-1", latin1, "not_utf8", ["line 3", "0xF6", "iconv"]),
        ("a surrogate", Array("a,b\n1,x\n".utf8) + [0xED, 0xA0, 0x80, 0x2C, 0x31, 0x0A], "not_utf8", ["line 3"]),
        ("half a character", Array("a,b\n1,x\n2,".utf8) + [0xC3], "not_utf8", ["line 3"]),
        ("UTF-16", [0xFF, 0xFE] + Array("a\0,\0b\0\n\0".utf8), "no_usable_item", ["header"]),
        (
            "identifiers alone", Array((["id"] + (0..<60).map(String.init)).joined(separator: "\n").utf8),
            "nothing_to_learn", ["column 1 (\"id\")", "identifier"]
        ),
        ("constants alone", Array("a,b\n1,x\n1,x\n".utf8), "nothing_to_learn", ["\"b\"", "constant"]),
        ("nothing in any column", Array("a,b\n,\n,\n".utf8), "nothing_to_learn", ["constant"]),
        (
            "2,000 columns",
            Array(
                ((0..<2_000).map { "c\($0)" }.joined(separator: ",") + "\n"
                    + [String](repeating: "1", count: 2_000)
                    .joined(separator: ",")).utf8), "too_many_columns", ["2000", "1000"]
        ),
        (
            "too many fields", [UInt8](repeating: UInt8(ascii: ","), count: 20_000), "too_large", ["line 1", "fields"]
        ),
    ]

    @Test(arguments: refusals)
    func whatIsNoTableIsRefusedWithASentence(what: String, bytes: [UInt8], code: String, words: [String]) throws {
        let error = try ImportCase.refusal(bytes, kind: .table)
        #expect(error.code == code, "\(what): \(error)")
        for word in words { #expect(error.detail.contains(word), "\(what): \(error)") }
    }

    @Test func raggedRowsAreCountedAndTheFirstHundredNamed() throws {
        let rows = (0..<500).map { "\($0),x,y" }.joined(separator: "\n")
        let error = try ImportCase.refusal(Array(("a,b\n1,2\n" + rows).utf8))
        #expect(error.code == "csv_ragged" && error.problems.count == 100 && error.problemCount == 500)
        #expect(error.problems[0].item == "line 3")
    }

    /// JSON is gone through for its names before a row is read.
    @Test func objectsAreCountedWhileTheirNamesAreLookedFor() throws {
        var limits = DatasetLimits()
        limits.maximumItems = 100
        let many = try ImportCase.refusal(
            Array("{\"a\":1,\"b\":\"x\"}\n".utf8) + Array(String(repeating: "{}\n", count: 5_000).utf8), limits: limits)
        #expect(many.code == "too_many_items" && many.detail.contains("100"))
        let names = (0..<2_000).map { "{\"c\($0)\":1}" }.joined(separator: "\n")
        let wide = try ImportCase.refusal(Array(names.utf8))
        #expect(wide.code == "too_many_columns" && wide.detail.contains("1001") && wide.detail.contains("1000"))
    }

    @Test func otherKindsAreRefused() throws {
        let error = try ImportCase.refusal(Array("a,b\n1,x\n".utf8), kind: .images)
        #expect(error.code == "kind_mismatch" && error.detail.contains("table"))
    }

    @Test func limitsHold() throws {
        var limits = DatasetLimits()
        limits.maximumItems = 2
        let error = try ImportCase.refusal(Array("a,b\n1,x\n2,y\n3,z\n".utf8), kind: .table, limits: limits)
        #expect(error.code == "too_many_items" && error.detail.contains("2"))
        var small = DatasetLimits()
        small.maximumExpandedBytes = 1_000
        let bomb = ArchiveBuilder.gzip(Array(String(repeating: "1,x\n", count: 5_000).utf8))
        #expect(try ImportCase.refusal(bomb, kind: .table, limits: small).code == "archive_too_large")
        #expect(try ImportCase.refusal(Array("a,b\n1,x\n".utf8), shouldStop: { true }).code == "stopped")
    }

    /// Without an end, and so without memory for one.
    private final class Endless: ByteSource {
        private(set) var given = 0

        func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
            for place in 0..<buffer.count { buffer[place] = given == 0 && place == 0 ? first : 0x61 }
            given += buffer.count
            return buffer.count
        }

        let first: UInt8

        init(first: UInt8) {
            self.first = first
        }
    }

    @Test(arguments: [UInt8(ascii: "a"), UInt8(ascii: "\"")])
    func anEndlessLineIsGivenUpAfterAMegabyte(first: UInt8) throws {
        let source = Endless(first: first)
        var reader = CSVReader(source)
        var row = CSVRow()
        let error = #expect(throws: CodecError.self) { try reader.next(&row) }
        #expect(error?.kind == .tooLarge && error?.detail.contains("line 1") == true)
        #expect(source.given <= 4 << 20)
    }
}
