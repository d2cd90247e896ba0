import Codecs
import Datasets
import Testing

/// The guide says what is recognised in the words of the description by which it is.
@Suite struct RecognisedFormsTests {
    private static let guide: String = {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let bytes = try? ReadableFile.contents(of: "/\(root)/docs/api.md", limit: 1 << 20)
        return String(decoding: bytes ?? [], as: UTF8.self)
    }()

    @Test(arguments: [RecognisedForms.numbers, RecognisedForms.times])
    func theGuideHasTheTable(lines: [String]) {
        let table = lines.joined(separator: "\n")
        #expect(Self.guide.contains("\n\(table)\n\n"), "docs/api.md needs:\n\(table)")
    }
}
