import Codecs
import TestSupport
import Testing

@Suite struct ConvertedSourceTests {
    private static func utf16(_ text: String, _ order: UTF16Conversion.ByteOrder, mark: Bool = true) -> [UInt8] {
        ((mark ? [0xFEFF] : []) + Array(text.utf16)).flatMap { unit -> [UInt8] in
            let (low, high) = (UInt8(truncatingIfNeeded: unit), UInt8(truncatingIfNeeded: unit >> 8))
            return order == .little ? [low, high] : [high, low]
        }
    }

    /// All of it, a few bytes at a time.
    private func read(_ source: any ByteSource, by count: Int) throws -> String {
        var bytes: [UInt8] = []
        while true {
            let piece = try source.read(upTo: count)
            bytes += piece
            if piece.count < count { return String(decoding: bytes, as: UTF8.self) }
        }
    }

    @Test(arguments: [UTF16Conversion.ByteOrder.little, .big], [1, 7, 1 << 16])
    func utf16BecomesUTF8(order: UTF16Conversion.ByteOrder, count: Int) throws {
        for text in ["", "a,b\r\n1,2\n", "é;ł;€;漢\n", "😀,𝄞\n", String(repeating: "é😀x", count: 20_000)] {
            let source = ConvertedSource(MemorySource(Self.utf16(text, order)), UTF16Conversion(order))
            #expect(try read(source, by: count) == text)
        }
    }

    @Test(
        arguments: [
            ([0xFF, 0xFE, 0x41], .truncated, "line 1"), ([0xFF, 0xFE, 0x0A, 0, 0x3D, 0xD8], .truncated, "line 2"),
            ([0xFF, 0xFE, 0x0A, 0, 0x3D, 0xD8, 0x41, 0], .malformed, "line 2 isn't UTF-16"),
            ([0xFF, 0xFE, 0, 0xDC, 0x41, 0], .malformed, "line 1 isn't UTF-16"),
        ] as [([UInt8], CodecError.Kind, String)])
    func namesTheLineThatIsntUTF16(bytes: [UInt8], kind: CodecError.Kind, words: String) throws {
        let error = #expect(throws: CodecError.self) {
            try read(ConvertedSource(MemorySource(bytes), UTF16Conversion(.little)), by: 100)
        }
        #expect(error?.kind == kind && error?.detail.contains(words) == true)
    }

    @Test func theMarkTellsTheOrder() {
        #expect(UTF16Conversion.order(of: [0xFF, 0xFE, 0x41, 0]) == .little)
        #expect(UTF16Conversion.order(of: [0xFE, 0xFF, 0, 0x41]) == .big)
        #expect(UTF16Conversion.order(of: [0xFF, 0xFE, 0, 0]) == nil && UTF16Conversion.order(of: [0x41, 0]) == nil)
    }

    private static let runs: [(String, String)] = [
        ("  1   2\t 3  \n 4 5   6\n", "1 2 3\n4 5 6\n"), ("a b\r\n  c   d", "a b\r\nc d"), ("   \n\nx  ", "\n\nx"),
        ("\"Mazda  RX4\"   21  \"\"  6\n", "\"Mazda  RX4\" 21 \"\" 6\n"),
        ("\"a \"\"b  c\"\"\"  d", "\"a \"\"b  c\"\"\" d"),
        ("5\"   tall", "5\" tall"), ("\"line\n  break\"  x", "\"line\n  break\" x"),
    ]

    @Test(arguments: runs, [1, 3, 1 << 16])
    func runsOfBlanksBecomeOne(text: (before: String, after: String), count: Int) throws {
        let source = ConvertedSource(MemorySource(Array(text.before.utf8)), BlankRunConversion())
        #expect(try read(source, by: count) == text.after)
    }
}
