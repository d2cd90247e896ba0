import Codecs
import Testing

@Suite struct GzipWriterTests {
    private static let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: ($0 / 7) &* ($0 % 11)) }

    @Test(arguments: [1, 5000, 100_000, 300_000])
    func piecesExpandToWhatTheyWere(size: Int) throws {
        let writer = try GzipWriter()
        var compressed: [UInt8] = []
        for start in stride(from: 0, to: Self.bytes.count, by: size) where size > 1 || start < 1000 {
            compressed += try writer.compress(Array(Self.bytes[start..<min(start + size, Self.bytes.count)]))
        }
        compressed += try writer.compress([], isLast: true)
        let expected = size > 1 ? Self.bytes : Array(Self.bytes[..<1000])
        #expect(try GzipSource(MemorySource(compressed)).readAll(limit: 400_000) == expected)
        if size > 1 { #expect(compressed.count < expected.count) }
    }

    @Test func nothingIsAMemberToo() throws {
        let compressed = try GzipWriter().compress([], isLast: true)
        #expect(try GzipSource(MemorySource(compressed)).readAll(limit: 10).isEmpty)
    }
}
