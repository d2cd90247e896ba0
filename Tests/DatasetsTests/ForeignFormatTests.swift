import Codecs
import TestSupport
import Testing

@testable import Datasets

@Suite struct ForeignFormatTests {
    private static func zip(_ names: [String], _ first: [UInt8] = Array("<?xml version=\"1.0\"?>".utf8)) -> [UInt8] {
        ArchiveBuilder.zip(names.enumerated().map { ArchiveBuilder.Entry($1, $0 == 0 ? first : Array("<?xml?>".utf8)) })
    }

    private static let zeros = [UInt8](repeating: 0, count: 600)

    private static let uploads: [(bytes: [UInt8], name: String, way: String)] = [
        (
            Array("PAR1".utf8) + zeros, "a Parquet file",
            "pandas.read_parquet(\"FILE\").to_csv(\"FILE.csv\", index=False)"
        ),
        (Array("ARROW1".utf8) + zeros, "an Arrow file", "read_feather"),
        (Array("FEA1".utf8) + zeros, "a Feather file", "read_feather"),
        (Array("ORC".utf8) + zeros, "an ORC file", "read_orc"),
        (Array("Obj\u{1}".utf8) + zeros, "an Avro file", "JSON lines"),
        (Array("SQLite format 3\0".utf8) + zeros, "an SQLite database", "sqlite3 -header -csv"),
        ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1] + zeros, "an old Excel or Word file", "CSV UTF-8"),
        ([0x89] + Array("HDF\r\n".utf8) + zeros, "an HDF5 file", "read_hdf"),
        ([0x80, 4, 0x95] + zeros, "a pickle", "to_csv"),
        (Array("%PDF-1.7\n".utf8), "a PDF", "CSV UTF-8"),
        (Array("<!DOCTYPE html>\n<html>".utf8), "a page of HTML", "read_html"),
        (Array("\n<HTML><body>".utf8), "a page of HTML", "downloaded"),
        (Array("<?xml version=\"1.0\"?>".utf8), "XML", "read_xml"),
        (Array("{\\rtf1".utf8), "formatting (.rtf)", "CSV UTF-8"), (Array("@RELATION iris\n".utf8), "ARFF", "loadarff"),
        (Array("% by somebody\n%\n@relation iris\n".utf8), "ARFF", "loadarff"),
        (
            Array("<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>".utf8),
            "an Excel workbook as XML", "CSV UTF-8"
        ),
        (Array("<table><tr>".utf8), "a page of HTML", "read_html"),
        (Array("-- MySQL dump 10.13\n".utf8), "a dump of SQL", "psql --csv"),
        (Array("version https://git-lfs.github.com/spec/v1\n".utf8), "Git LFS", "git lfs pull"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "an xz file", "xz -d"),
        (Array("Rar!\u{1A}\u{7}".utf8), "a RAR archive", "send a ZIP"),
        (
            zip(["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/worksheets/sheet1.xml"]),
            "an Excel workbook (.xlsx)", "CSV UTF-8"
        ),
        (
            zip(["docProps/app.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"]), "an Excel workbook (.xlsx)",
            "read_excel"
        ),
        (zip(["[Content_Types].xml", "word/document.xml"]), "a Word document (.docx)", "CSV UTF-8"),
        (
            zip(["mimetype"], Array("application/vnd.oasis.opendocument.spreadsheet".utf8)), "an OpenDocument file",
            "CSV UTF-8"
        ),
        (zip(["model/data.pkl"], [0x80, 2]), "torch.save", "numpy.save"),
        (ArchiveBuilder.gzip(Array("PAR1".utf8) + zeros), "it holds a Parquet file", "read_parquet"),
    ]

    @Test(arguments: uploads.indices)
    func isNamedWithTheWayToATable(index: Int) throws {
        let upload = Self.uploads[index]
        let error = try ImportCase.refusal(upload.bytes)
        #expect(error.code == "unsupported_format")
        #expect(error.detail.contains(upload.name) && error.detail.contains(upload.way), "\(error)")
    }

    /// Office's documents with a picture before what tells them apart.
    @Test func aPictureInAWorkbookMakesNoImages() throws {
        let upload = ArchiveBuilder.zip([
            ArchiveBuilder.Entry("[Content_Types].xml", Array("<?xml?>".utf8)),
            ArchiveBuilder.Entry("docProps/thumbnail.jpeg", [0xFF, 0xD8, 0xFF]),
            ArchiveBuilder.Entry("xl/workbook.xml", Array("<?xml?>".utf8)),
        ])
        #expect(try ImportCase.refusal(upload).detail.contains("an Excel workbook"))
    }

    @Test func picturesBesideATableAreImages() throws {
        let entries = [
            ("labels.csv", Array("file,class\n0.png,a\n".utf8)), ("0.png", try plainPNG(1)), ("1.png", try plainPNG(2)),
        ]
        let manifest = try ImportCase(ArchiveBuilder.zip(entries.map { ArchiveBuilder.Entry($0.0, $0.1) })).manifest
        #expect(manifest.kind == .images && manifest.itemCount == 2)
    }
}
