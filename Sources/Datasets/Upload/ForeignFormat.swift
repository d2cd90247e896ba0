/// A format that is known, and not read.
struct ForeignFormat {
    /// With its article, for a sentence.
    let name: String
    /// How what it holds could come instead: a sentence without its end; nil where nothing better is known than what is read.
    let way: String?

    /// How bytes of a format begin.
    private struct Signature {
        let bytes: [UInt8]
        let offset: Int
        let format: ForeignFormat

        init(_ bytes: [UInt8], at offset: Int = 0, _ name: String, _ way: String? = nil) {
            self.bytes = bytes
            self.offset = offset
            format = ForeignFormat(name: name, way: way)
        }

        init(_ text: String, at offset: Int = 0, _ name: String, _ way: String? = nil) {
            self.init(Array(text.utf8), at: offset, name, way)
        }
    }

    init(name: String, way: String?) {
        self.name = name
        self.way = way
    }

    /// What bytes are; nil where that isn't known.
    init?(of head: [UInt8]) {
        if let found = Self.binary.first(where: { Self.matches($0, head) }) {
            self = found.format
            return
        }
        // Two letters may begin a table too.
        if head.starts(with: Array("BM".utf8)), !TextFormat.isText(head) {
            self = ForeignFormat(name: "a BMP picture", way: nil)
            return
        }
        var start = head.prefix(2048).drop { $0 <= 0x20 || [0xEF, 0xBB, 0xBF].contains($0) }
        // Comments stand above what tells ARFF.
        while start.first == UInt8(ascii: "%") { start = start.drop { $0 != 0x0A }.drop { $0 <= 0x20 } }
        let text = String(decoding: start, as: UTF8.self).lowercased()
        if text.hasPrefix("<?xml"), text.contains("progid=\"excel") {
            self = Self.workbook
            return
        }
        guard let found = Self.marked.first(where: { text.hasPrefix($0.beginning) }) else { return nil }
        self = found.format
    }

    var refusal: DatasetError {
        DatasetError(code: "unsupported_format", detail: "this is \(name); \(way ?? DatasetKind.readable)")
    }

    private static func matches(_ signature: Signature, _ head: [UInt8]) -> Bool {
        head.count >= signature.offset + signature.bytes.count
            && head[signature.offset...].starts(with: signature.bytes)
    }

    private static func pandas(_ reader: String) -> String {
        "turn it into CSV, as with pandas: pandas.\(reader)(\"FILE\").to_csv(\"FILE.csv\", index=False)"
    }

    private static let spreadsheet =
        "save the sheet as CSV (File > Save As > CSV UTF-8), or turn it with pandas: "
        + "pandas.read_excel(\"FILE\").to_csv(\"FILE.csv\", index=False)"
    private static let document = "copy its table into a spreadsheet and save that as CSV UTF-8"
    private static let pickled =
        "in Python, load it and write it by to_csv, or by numpy.save; pickles aren't opened here, "
        + "since they can hold programs"

    /// What a ZIP is that isn't meant to be unpacked, by the name of a file in it and how that begins.
    init?(zipped path: String, _ head: [UInt8]) {
        if path == "mimetype", head.starts(with: Array("application/vnd.oasis.opendocument".utf8)) {
            self.init(name: "an OpenDocument file, such as a spreadsheet (.ods)", way: Self.spreadsheet)
            return
        }
        let found = Self.zipped.first { path.hasPrefix($0.entry) || path.hasSuffix("/" + $0.entry) }
        guard let found else { return nil }
        self = found.format
    }

    private static let zipped: [(entry: String, format: ForeignFormat)] = [
        ("xl/workbook.", ForeignFormat(name: "an Excel workbook (.xlsx)", way: spreadsheet)),
        ("xl/worksheets/", ForeignFormat(name: "an Excel workbook (.xlsx)", way: spreadsheet)),
        ("xl/sharedStrings.xml", ForeignFormat(name: "an Excel workbook (.xlsx)", way: spreadsheet)),
        ("xl/styles.xml", ForeignFormat(name: "an Excel workbook (.xlsx)", way: spreadsheet)),
        ("word/document.xml", ForeignFormat(name: "a Word document (.docx)", way: document)),
        ("ppt/presentation.xml", ForeignFormat(name: "a PowerPoint file (.pptx)", way: document)),
        ("Index/Document.iwa", ForeignFormat(name: "a Numbers or Pages file", way: spreadsheet)),
        ("data.pkl", ForeignFormat(name: "a file of PyTorch's torch.save", way: pickled)),
    ]

    private static let binary: [Signature] = [
        Signature("PAR1", "a Parquet file", pandas("read_parquet")),
        Signature("PARE", "an encrypted Parquet file", pandas("read_parquet")),
        Signature("FEA1", "a Feather file", pandas("read_feather")),
        Signature("ARROW1", "an Arrow file (Feather)", pandas("read_feather")),
        Signature("ORC", "an ORC file", pandas("read_orc")),
        Signature("Obj\u{1}", "an Avro file", "turn it into JSON lines, as by avro-tools tojson"),
        Signature(
            "SQLite format 3\0", "an SQLite database",
            "write a table of it as CSV: sqlite3 -header -csv FILE \"SELECT * FROM TABLE\""),
        Signature(
            [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], "an old Excel or Word file (.xls, .doc)", spreadsheet),
        Signature([0x89] + Array("HDF".utf8), "an HDF5 file", pandas("read_hdf")),
        Signature([0x80, 2], "a pickle of Python's", pickled), Signature([0x80, 3], "a pickle of Python's", pickled),
        Signature([0x80, 4], "a pickle of Python's", pickled), Signature([0x80, 5], "a pickle of Python's", pickled),
        Signature("<stata_dta>", "a Stata file", pandas("read_stata")),
        Signature("$FL2", "an SPSS file", pandas("read_spss")), Signature("$FL3", "an SPSS file", pandas("read_spss")),
        Signature("MATLAB 5.0 MAT-file", "a MATLAB file", "write its matrix as CSV: writematrix(X, 'FILE.csv')"),
        Signature(
            "RDX", "a workspace of R's (.RData)",
            "write its table as CSV: write.csv(TABLE, \"FILE.csv\", row.names = FALSE)"),
        Signature(
            "RDA", "a workspace of R's (.RData)",
            "write its table as CSV: write.csv(TABLE, \"FILE.csv\", row.names = FALSE)"),
        Signature("%PDF", "a PDF", document), Signature("{\\rtf", "a text with formatting (.rtf)", document),
        Signature([0xFF, 0xFE, 0, 0], "text in UTF-32", "save it as UTF-8, or turn it by iconv -f UTF-32 -t UTF-8"),
        Signature([0, 0, 0xFE, 0xFF], "text in UTF-32", "save it as UTF-8, or turn it by iconv -f UTF-32 -t UTF-8"),
        Signature(
            [0xFD, 0x37, 0x7A, 0x58, 0x5A], "an xz file", "unpack it by xz -d, or send it as gzip, bzip2 or Zstandard"),
        Signature("Rar!", "a RAR archive", "unpack it, and send a ZIP"),
        Signature([0x37, 0x7A, 0xBC, 0xAF], "a 7z archive", "unpack it, and send a ZIP"),
        Signature("GIF8", "a GIF picture"), Signature("WEBP", at: 8, "a WebP picture"),
        Signature("WAVE", at: 8, "a WAV recording"), Signature([0x49, 0x49, 0x2A, 0], "a TIFF picture"),
        Signature([0x4D, 0x4D, 0, 0x2A], "a TIFF picture"),
    ]

    /// Text that is no table, by how it begins in lower case.
    private static let marked: [(beginning: String, format: ForeignFormat)] = [
        ("<!doctype html", page), ("<html", page), ("<table", page), ("<?xml", markup), ("<!doctype", markup),
        ("-- mysql dump", dump), ("--\n-- postgresql", dump), ("create table", dump),
        ("insert into", dump),
        (
            "version https://git-lfs.github.com",
            ForeignFormat(name: "a pointer of Git LFS and not the file itself", way: "fetch that by git lfs pull")
        ),
        (
            "@relation",
            ForeignFormat(
                name: "a table of Weka's (ARFF)",
                way: "turn it into CSV, as with SciPy: scipy.io.arff.loadarff(\"FILE\")")
        ),
    ]

    private static let workbook = ForeignFormat(name: "an Excel workbook as XML", way: spreadsheet)
    private static let dump = ForeignFormat(
        name: "a dump of SQL", way: "write a table of the database as CSV, as by psql --csv or sqlite3 -header -csv")
    private static let page = ForeignFormat(
        name: "a page of HTML and not a table",
        way: "if it should be a file from the web, look at what was downloaded; a page's "
            + "tables can be turned with pandas: pandas.read_html(\"FILE\")[0].to_csv(\"FILE.csv\", index=False)")
    private static let markup = ForeignFormat(name: "XML", way: pandas("read_xml"))
}
