import Codecs
import TestSupport
import Testing

@testable import Datasets

@Suite struct UploadFormatTests {
    private static let uploads: [([UInt8], String, String)] = [
        ([], "empty_upload", "no bytes"),
        (PNG.signature + [0, 0], "single_image", "archive"), ([0xFF, 0xD8, 0xFF, 0xE0], "single_image", "archive"),
        (Array("GIF89a....".utf8), "unsupported_format", "GIF"),
        (Array("RIFF1234WAVEfmt ".utf8), "unsupported_format", "WAV"),
        (Array("Rar!\u{1A}\u{7}".utf8), "unsupported_format", "RAR"),
        ([0, 1, 2, 3, 4, 5, 6, 7], "unrecognised_format", "no format"),
        (ArchiveBuilder.gzip([UInt8](repeating: 1, count: 64)), "unsupported_format", "send anything else unpacked"),
        ([0x1F, 0x8B, 8], "truncated", "gzip"), ([0x1F, 0x8B, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9], "malformed", "gzip"),
        ([UInt8](repeating: 0, count: 1_024), "unrecognised_format", "no format"),
    ]

    @Test(arguments: uploads)
    func refuses(upload: [UInt8], code: String, word: String) throws {
        let error = try ImportCase.refusal(upload)
        #expect(error.code == code && error.detail.contains(word))
    }

    private static func npy(_ element: NPYHeader.Element, _ shape: [Int]) -> [UInt8] {
        let header = NPYHeader(element: element, shape: shape)
        return header.bytes + [UInt8](repeating: 0, count: header.dataSize)
    }

    private static let mismatches: [([UInt8], DatasetKind, String)] = [
        (
            SampleDatasets.pointsTable(), .images,
            "the upload is a CSV, which can be a dataset of kind \"points\" or \"table\", not of kind \"images\""
        ),
        (
            ArchiveBuilder.zip([]), .points,
            "the upload is an archive, which can be a dataset of kind \"images\", not of kind \"points\""
        ),
        (
            [0, 0, 8, 3, 0, 0], .table,
            "the upload is an IDX file, which can be a dataset of kind \"images\", not of kind \"table\""
        ),
        (
            npy(.uint8, [2, 8, 8]), .points,
            "the upload is an NPY of uint8 with the shape [2, 8, 8], which can be a dataset of kind \"images\", "
                + "not of kind \"points\""
        ),
        (
            npy(.float32, [2, 2]), .table,
            "the upload is an NPY of float32 with the shape [2, 2], which can be a dataset of kind \"points\", "
                + "not of kind \"table\""
        ),
    ]

    @Test(arguments: mismatches)
    func saysWhichKindsTheBytesCanBe(upload: [UInt8], kind: DatasetKind, detail: String) throws {
        let error = try ImportCase.refusal(upload, kind: kind)
        #expect(error.code == "kind_mismatch" && error.detail == detail)
    }

    @Test(
        arguments: [
            (Array("GIF89a....".utf8), "unsupported_format"), ([0, 1, 2, 3, 4, 5, 6, 7], "unrecognised_format"),
            (PNG.signature + [0, 0], "single_image"), (npy(.float32, [4]), "npy_not_points"),
        ] as [([UInt8], String)], [nil, .points] as [DatasetKind?])
    func saysWhatIsRead(upload: (bytes: [UInt8], code: String), kind: DatasetKind?) throws {
        let error = try ImportCase.refusal(upload.bytes, kind: kind)
        #expect(error.code == upload.code)
        for kind in DatasetKind.allCases { #expect(error.detail.contains(kind.type.readable), "\(error)") }
    }

    @Test func whatOneKindFindsAnotherNeedNotLookFor() throws {
        let folder = try TemporaryFolder()
        let upload = try Upload(path: folder.write(Array("a,b\n1,x\n2,y\n".utf8), as: "upload"))
        #expect(try PointSchema.survey(upload) == nil)
        var passes = 0
        let found = try upload.finding { upload in
            passes += 1
            return try SurveyedTable(upload)
        }
        #expect(passes == 0 && found.survey.names == ["a", "b"])
    }

    @Test func takesTheKindThatWasNamed() throws {
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
