import Codecs
import TestSupport
import Testing

@Suite struct NPYRecordsTests {
    @Test func theHeadIsNumPys() throws {
        let header = NPYRecordHeader(
            fields: [
                .init(name: "n", element: .int64), .init(name: "x", element: .float64),
                .init(name: "w", element: .text(length: 7)),
            ], count: 3)
        #expect(header.recordSize == 44 && header.dataSize == 132)
        #expect(try Golden.bytes("records.npy").starts(with: header.bytes))
        let umlauts = NPYRecordHeader(fields: [.init(name: "größe", element: .text(length: 2))], count: 1)
        let longer = NPYRecordHeader(fields: [.init(name: "größe €", element: .text(length: 2))], count: 1)
        #expect(umlauts.bytes[6] == 3)
        #expect(try Golden.bytes("records-version3.npy").starts(with: longer.bytes))
    }

    @Test(arguments: [
        "plain", "it's", "\"quoted\"", "'both\"", "back\\slash", "end\\", "tab\tand\nline\r", "größe", "日本", "𝄞",
        "e\u{301}",
        "nul\0", "\u{85}", "\u{2028}", "\u{200B}", "\u{E000}", " blank ", "(', )", "{}",
    ])
    func anyNameIsALiteral(name: String) throws {
        let header = NPYRecordHeader(
            fields: [.init(name: name, element: .int64), .init(name: "other", element: .text(length: 1))], count: 0)
        let file = try RecordFile(header.bytes)
        #expect(file.fields.map { Array($0.name.unicodeScalars) } == [name, "other"].map { Array($0.unicodeScalars) })
        #expect(file.fields.map(\.type) == ["<i8", "<U1"])
        // What can't be printed is escaped.
        #expect(file.version == (["größe", "日本", "𝄞", "e\u{301}"].contains(name) ? 3 : 1))
    }

    @Test func aLongHeadIsOfALaterVersion() throws {
        let fields = (0..<1_000).map { index in
            NPYRecordHeader.Field(
                name: String(repeating: "x", count: 60) + "\(index)", element: .text(length: index + 1))
        }
        let file = try RecordFile(NPYRecordHeader(fields: fields, count: 0).bytes)
        #expect(file.version == 2 && file.fields.map(\.name) == fields.map(\.name))
        #expect(try RecordFile(NPYRecordHeader(fields: Array(fields[..<800]), count: 0).bytes).version == 1)
    }
}
