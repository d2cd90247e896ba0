import Codecs
import Datasets
import TestSupport
import Testing

@Suite struct UploadFormatTests {
    private static let uploads: [([UInt8], String, String)] = [
        ([], "empty_upload", "no bytes"),
        (PNG.signature + [0, 0], "single_image", "archive"), ([0xFF, 0xD8, 0xFF, 0xE0], "single_image", "archive"),
        (Array("GIF89a....".utf8), "unsupported_format", "GIF"),
        (Array("RIFF1234WAVEfmt ".utf8), "unsupported_format", "WAV"),
        (Array("Rar!\u{1A}\u{7}".utf8), "unsupported_format", "RAR"),
        ([0xFF, 0xFE, 0x31, 0], "unsupported_format", "UTF-16"),
        ([0, 1, 2, 3, 4, 5, 6, 7], "unrecognised_format", "no format"),
        (ArchiveBuilder.gzip([UInt8](repeating: 1, count: 64)), "unsupported_format", "without gzip"),
        ([0x1F, 0x8B, 8], "truncated", "gzip"), ([0x1F, 0x8B, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9], "malformed", "gzip"),
        ([UInt8](repeating: 0, count: 1_024), "unrecognised_format", "no format"),
    ]

    @Test(arguments: uploads)
    func refuses(upload: [UInt8], code: String, word: String) throws {
        let error = try ImportCase.refusal(upload)
        #expect(error.code == code && error.detail.contains(word))
    }

    @Test func refusesAnotherKindThanTheBytesCanBe() throws {
        #expect(try ImportCase.refusal(SampleDatasets.pointsTable(), kind: .images).code == "kind_mismatch")
        #expect(try ImportCase.refusal(SampleDatasets.imageArchive(), kind: .points).code == "kind_mismatch")
        #expect(try ImportCase(SampleDatasets.imageArchive(), kind: .images).manifest.itemCount == 60)
        #expect(try ImportCase(SampleDatasets.pointsTable(), kind: .points).manifest.itemCount == 200)
        #expect(try ImportCase(SampleDatasets.pointsTable(), kind: .table).manifest.kind == .table)
    }

    @Test func reportsAnAbsentUpload() throws {
        let folder = try TemporaryFolder()
        #expect(throws: FileError.self) {
            try DatasetImporter.importDataset(upload: folder.file("none"), into: folder.path)
        }
    }
}
