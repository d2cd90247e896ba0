import Codecs
import Datasets
import TestSupport
import Testing

/// The forms in which tables come: what is read of each, by what is written of it.
@Suite struct TableFormTests {
    private static let plain = "name,age\nann,3\nbob,4\ncid,3\n"

    private struct Form: Sendable {
        let what: String
        let bytes: [UInt8]
        /// All rows, as samples are written.
        let written: String
        var delimiter = TableDialect.Delimiter.comma

        init(_ what: String, _ text: String, _ written: String, _ delimiter: TableDialect.Delimiter = .comma) {
            self.init(what, Array(text.utf8), written, delimiter)
        }

        init(_ what: String, _ bytes: [UInt8], _ written: String, _ delimiter: TableDialect.Delimiter = .comma) {
            self.what = what
            self.bytes = bytes
            self.written = written
            self.delimiter = delimiter
        }
    }

    private static func utf16(_ text: String) -> [UInt8] {
        [0xFF, 0xFE] + text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    }

    private static func bigUTF16(_ text: String) -> [UInt8] {
        [0xFE, 0xFF] + text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] }
    }

    private static let semicolons = "name;age\nann;3,5\nbob;4,25\ncid;3,5\n"

    private static let preambles: [Form] = [
        Form("sep=", "sep=;\r\nname;age\r\nann;3,5\r\nbob;4,25\r\ncid;3,5\r\n", semicolons, .semicolon),
        Form("sep= after a mark", "\u{FEFF}sep=;\nname;age\nann;3,5\nbob;4,25\ncid;3,5\n", semicolons, .semicolon),
        Form("sep= in quotes", "\"sep=;\"\n" + semicolons, semicolons, .semicolon),
        Form("SEP= with delimiters after it", "SEP=,,\n" + plain, plain),
        Form("sep= of a tab", "sep=\t\nname\tage\nann\t3\nbob\t4\n", "name\tage\nann\t3\nbob\t4\n", .tab),
        Form("sep=\\t", "sep=\\t\nname\tage\nann\t3\nbob\t4\n", "name\tage\nann\t3\nbob\t4\n", .tab),
        Form("sep=|", "sep=|\nname|age\nann|3\nbob|4\n", "name|age\nann|3\nbob|4\n", .pipe),
        Form("sep= against the commas", "sep=;\na,b;c\nx,y;1\nz,w;2\n", "a,b;c\nx,y;1\nz,w;2\n", .semicolon),
        Form("blank lines", "\n  \n\t\n" + plain, plain), Form("empty rows", ",,\n ,,\n" + plain, plain),
        Form("comments", "# made by a program\n# on a day, at an hour, here\n" + plain, plain),
        Form("comments with %", "% a, b, c\n" + plain, plain),
        Form("comments and a blank line", "# about it\n\n" + plain, plain),
        Form(
            "a comment's mark in the names", "## a\n## b\n#CHROM\tPOS\nx\t1\ny\t2\n", "#CHROM\tPOS\nx\t1\ny\t2\n", .tab),
        Form("names in a comment", "# a,b\n0.5,x\n1.5,y\n2.5,x\n", "# a,b\n0.5,x\n1.5,y\n2.5,x\n"),
        Form(
            "names in a comment, with blanks", "# a b\n0.5 1\n1.5 2\n2.5 3\n3.5 5\n",
            "a b\n0.5 1\n1.5 2\n2.5 3\n3.5 5\n", .space),
        Form("words with a comment's mark", "#up,1\n#up,2\n#down,3\nleft,4\n", "#up,1\n#up,2\n#down,3\nleft,4\n"),
        Form("a title", "People of Oslo\n" + plain, plain),
        Form(
            "a title with a comma", "People, in Oslo\n\nname;age\nann;3\nbob;4\n", "name;age\nann;3\nbob;4\n",
            .semicolon),
        Form(
            "a title of several lines", "\"Source\",\"Census\",\n\nname,age,town,size\nann,3,x,1\nbob,4,y,2\n",
            "name,age,town,size\nann,3,x,1\nbob,4,y,2\n"),
    ]

    private static let titles: [Form] = [
        Form("a comment as wide as the table", "# downloaded, today\n" + plain, plain),
        Form(
            "a title as wide as the table", "People;;\n;;\nname;age;at\nann;3;x\nbob;4;y\n",
            "name;age;at\nann;3;x\nbob;4;y\n", .semicolon),
        Form("two comments as wide as the table", "# by, me\n# on, a day\n\n" + plain, plain),
        Form(
            "a comment above names in one", "# by me\n# a b c\n\nx 1 5\ny 2 6\nz 3 7\n", "a b c\nx 1 5\ny 2 6\nz 3 7\n",
            .space),
        Form("an index without a name", ",value\n0,5\n1,7\n2,7\n", "column_1,value\n0,5\n1,7\n2,7\n"),
        Form("columns that are mostly empty", "a,,\nx,,\ny,,\nx,,1\n", "a,column_2,column_3\nx,,\ny,,\nx,,1\n"),
    ]

    private static let delimiters: [Form] = [
        Form("bars", "name|age|town\nann|3|oslo\nbob|4|rome\n", "name|age|town\nann|3|oslo\nbob|4|rome\n", .pipe),
        Form("bars and commas in fields", "name|size\nx, y|1,5\nz|2,5\n", "name|size\nx, y|1,5\nz|2,5\n", .pipe),
        Form("bars in fields", "name,tags\nann,a|b\nbob,c|d\ncid,a|b\n", "name,tags\nann,a|b\nbob,c|d\ncid,a|b\n"),
        Form(
            "runs of blanks", "  18.5   8   usa\n  15.5   6   usa\n   9.5   4   japan\n",
            "18.5 8 usa\n15.5 6 usa\n9.5 4 japan\n", .space),
        Form(
            "runs of blanks and a tab",
            "18.5 8  70\t\"ford torino\"\n15.5  8 71\t\"ford torino\"\n16.5 4 70\t\"opel\"\n",
            "18.5 8 70 \"ford torino\"\n15.5 8 71 \"ford torino\"\n16.5 4 70 opel\n", .space),
        Form("one blank", "A11 6 x\nA12 7 y\nA11 8 x\n", "A11 6 x\nA12 7 y\nA11 8 x\n", .space),
        Form("blanks and nothing", "a b c\nx 1 NA\ny NA 5\nx 3 6\n", "a b c\nx 1 NA\ny NA 5\nx 3 6\n", .space),
        Form("colons", "name:age:at\nann:3:x\nbob:4:y\n", "name:age:at\nann:3:x\nbob:4:y\n", .colon),
        Form("times alone", "at\n10:20:30\n10:20:31\n10:20:35\n", "at\n10:20:30\n10:20:31\n10:20:35\n"),
        Form(
            "words alone", "what\nred wine\nwhite wine\nred wine\nred ale\n",
            "what\nred wine\nwhite wine\nred wine\nred ale\n"),
        Form(
            "row names", "\"mpg\" \"cyl\"\n\"Mazda RX4\" 21.5 6\n\"Datsun 710\" 22.8 4\n\"Valiant\" 18.1 6\n",
            "column_1 mpg cyl\n\"Mazda RX4\" 21.5 6\n\"Datsun 710\" 22.8 4\nValiant 18.1 6\n", .space),
        Form("row names and commas", "a,b\nr1,1,x\nr2,2,y\nr3,3,x\n", "column_1,a,b\nr1,1,x\nr2,2,y\nr3,3,x\n"),
        Form("a delimiter too many", "a,b\n1,x,\n2,y,\n3,x,\n", "a,b\n1,x\n2,y\n3,x\n"),
        Form("and in the names", "a,b,\n1,x,\n2,y,\n", "a,b,column_3\n1,x,\n2,y,\n"),
        Form("carriage returns", "name,age\rann,3\rbob,4\rcid,3\r", plain),
    ]

    private static let encodings: [Form] = [
        Form("UTF-16", utf16("name,age\r\nänn,3\r\n😀,4\r\n"), "name,age\nänn,3\n😀,4\n"),
        Form("big-endian UTF-16", bigUTF16(plain), plain),
        Form(
            "UTF-16 with tabs, as Excel's Unicode text", utf16("name\tage\nann\t3\nbob\t4\n"),
            "name\tage\nann\t3\nbob\t4\n", .tab),
        Form("UTF-16 in a gzip", ArchiveBuilder.gzip(utf16(plain)), plain),
        Form("UTF-16 with sep=", utf16("sep=;\r\n" + semicolons), semicolons, .semicolon),
        Form("UTF-16 of JSON", utf16("{\"a\":1}\n{\"a\":2}\n"), "a\n1\n2\n"),
    ]

    private static let json: [Form] = [
        Form(
            "JSON lines", "{\"name\":\"ann\",\"age\":3}\n{\"name\":\"bob\",\"age\":4}\n{\"name\":\"cid\",\"age\":3}\n",
            plain),
        Form(
            "an array", "[{\"name\":\"ann\",\"age\":3},{\"name\":\"bob\",\"age\":4},{\"name\":\"cid\",\"age\":3}]",
            plain),
        Form(
            "missing members", "[{\"a\":1,\"b\":\"x\"},{\"b\":\"y, z\",\"c\":true},{\"c\":null,\"a\":2}]",
            "a,b,c\n1,x,\n,\"y, z\",true\n2,,\n"),
        Form("names of numbers", "{\"0\":1,\"1\":\"x\"}\n{\"0\":2,\"1\":\"y\"}\n", "0,1\n1,x\n2,y\n"),
        Form("in a gzip", ArchiveBuilder.gzip(Array("{\"a\":1}\n{\"a\":2}\n".utf8)), "a\n1\n2\n"),
    ]

    private static func zip(_ entries: [(String, [UInt8])]) -> [UInt8] {
        ArchiveBuilder.zip(entries.map { ArchiveBuilder.Entry($0.0, $0.1) })
    }

    private static let plainBytes = Array(plain.utf8)

    /// `plain`, as Python's bz2 packs it.
    private static let bzip2: [UInt8] = [
        0x42, 0x5A, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 0xB1, 0x25, 0xCC, 0x3C, 0x00, 0x00, 0x0C, 0x59,
        0x00, 0x00, 0x10, 0x00, 0x04, 0x0C, 0x00, 0x3E, 0xA3, 0xA0, 0x00, 0x31, 0x00, 0x00, 0x08, 0x9E, 0xA3, 0x47,
        0xA4, 0x6C, 0xA5, 0x6A, 0x42, 0xED, 0x6C, 0xC4, 0x49, 0x62, 0x12, 0x69, 0x83, 0xCC, 0xFB, 0xE2, 0xEE, 0x48,
        0xA7, 0x0A, 0x12, 0x16, 0x24, 0xB9, 0x87, 0x80,
    ]

    private static let archives: [Form] = [
        Form("gzip", ArchiveBuilder.gzip(plainBytes), plain), Form("bzip2", bzip2, plain),
        Form("Zstandard", ArchiveBuilder.zstandard(plainBytes), plain),
        Form(
            "a TAR in Zstandard",
            ArchiveBuilder.zstandard(ArchiveBuilder.tar([ArchiveBuilder.Entry("t.csv", plainBytes)])), plain),
        Form("a ZIP", zip([("data/train.csv", plainBytes)]), plain),
        Form("a TAR", ArchiveBuilder.tar([ArchiveBuilder.Entry("train.csv", plainBytes)]), plain),
        Form(
            "a TAR in gzip", ArchiveBuilder.gzip(ArchiveBuilder.tar([ArchiveBuilder.Entry("t.csv", plainBytes)])), plain
        ),
        Form(
            "what file managers add", zip([("__MACOSX/._t.csv", [0, 5]), ("t.csv", plainBytes), (".DS_Store", [0])]),
            plain),
        Form(
            "texts about it",
            zip([("README.md", Array("# data".utf8)), ("LICENSE", Array("free".utf8)), ("t.csv", plainBytes)]), plain),
        Form("a text of notes", zip([("notes.txt", Array("see t.csv".utf8)), ("t.CSV", plainBytes)]), plain),
        Form("a text alone", zip([("t.txt", plainBytes)]), plain),
        Form("a gzip in a ZIP", zip([("t.csv.gz", ArchiveBuilder.gzip(plainBytes))]), plain),
        Form("JSON lines in a ZIP", zip([("t.jsonl", Array("{\"a\":1}\n{\"a\":2}\n".utf8))]), "a\n1\n2\n"),
        Form("UTF-16 in a ZIP", zip([("t.csv", utf16(plain))]), plain),
    ]

    private static let forms = preambles + titles + delimiters + encodings + json + archives

    @Test(arguments: forms.indices)
    func isReadAsTheTableThatItIs(index: Int) throws {
        let form = Self.forms[index]
        let table = try TableCase(form.bytes)
        #expect(String(decoding: try table.csv(), as: UTF8.self) == form.written, "\(form.what)")
        #expect(table.schema.dialect.delimiter == form.delimiter, "\(form.what)")
    }

    @Test(arguments: forms.indices)
    func whatIsWrittenIsReadAsTheSame(index: Int) throws {
        let written = Array(Self.forms[index].written.utf8)
        #expect(try TableCase(written).csv() == written, "\(Self.forms[index].what)")
    }

    @Test func pointsComeInTheseFormsToo() throws {
        let csv = SampleDatasets.pointsTable()
        let plain = try ImportCase(csv)
        let lines = String(decoding: csv, as: UTF8.self).split(separator: "\n").map { $0.split(separator: ",") }
        let json = lines.dropFirst().map { "{\"x\":\($0[0]),\"y\":\($0[1])}" }.joined(separator: "\n")
        let blanks = lines.map { $0.joined(separator: "   ") }.joined(separator: "\n")
        for upload in [Array(json.utf8), Array(blanks.utf8), Self.zip([("p.csv", csv)]), Array("# made\n".utf8) + csv] {
            let manifest = try ImportCase(upload).manifest
            #expect(manifest.kind == .points && manifest.itemCount == plain.manifest.itemCount)
            #expect(manifest.schema.isSame(as: plain.manifest.schema))
        }
        let numbered = try ImportCase(Array("[{\"0\":1,\"1\":2},{\"0\":3,\"1\":5}]".utf8), kind: .points)
        #expect((numbered.manifest.schema as? PointSchema)?.columns == ["0", "1"] && numbered.manifest.itemCount == 2)
    }

    private static let refusals: [(what: String, bytes: [UInt8], code: String, words: String)] = [
        (
            "a mark that isn't taken", Array("name~age\nann~3\nbob~4\ncid~5\n".utf8), "delimiter_unknown",
            "every line has \"~\" once"
        ),
        (
            "a control character", Array("name\u{1}age\u{1}x\nann\u{1}3\u{1}y\nbob\u{1}4\u{1}z\n".utf8),
            "delimiter_unknown", "the byte 0x1 2 times"
        ),
        (
            "two colons", Array("1::1193::5\n1::661::3\n2::914::3\n3::10::4\n".utf8), "delimiter_unknown",
            "\"::\" 2 times"
        ),
        (
            "colons and no names", Array("root:x:0:/root\nbin:x:1:/bin\nsys:x:2:/dev\nman:x:3:/m\n".utf8),
            "delimiter_unknown", "\":\" 3 times"
        ),
        (
            "sep= of such a mark", Array("sep=~\nname~age\nann~3\n".utf8), "delimiter_unknown",
            "the first line says that \"~\" separates"
        ),
        (
            "a title that isn't sure", Array("People\nann,oslo\nbob,rome\ncid,oslo\n".utf8), "csv_ragged",
            "line 2: it has 2 fields where 1 were expected; most rows differ from line 1: if it stands above"
        ),
        (
            "a table as Markdown", Array("| a | b |\n|---|:--|\n| 1 | 2 |\n".utf8), "unsupported_format",
            "drawn with lines"
        ),
        (
            "a table as a shell draws it", Array("+---+---+\n| a | b |\n+---+---+\n".utf8), "unsupported_format",
            "mysql --batch"
        ),
        (
            "nested JSON", Array("{\"a\":1}\n{\"a\":{\"b\":2}}\n".utf8), "unsupported_format",
            "line 2: the member \"a\" holds an object"
        ),
        ("an object of rows", Array("{\"data\":[{\"a\":1}]}".utf8), "unsupported_format", "jq '.[\"data\"]'"),
        ("JSON without members", Array("[{},{}]".utf8), "no_usable_item", "none of the 2 objects has a member"),
        ("JSON without objects", Array("[]".utf8), "no_usable_item", "no rows"),
        (
            "JSON that isn't UTF-8", Array("{\"a\":\"x\"}\n{\"a\":\"".utf8) + [0xF6] + Array("\"}\n".utf8), "not_utf8",
            "line 2 isn't UTF-8"
        ),
        (
            "cut UTF-16", Array(utf16(plain).dropLast()), "truncated",
            "line 4: the text in UTF-16 ends within a character"
        ),
        (
            "UTF-16 without a mark", Array(utf16(plain).dropFirst(2)), "unsupported_format",
            "look like text in UTF-16 without a byte order mark"
        ),
        (
            "UTF-32", [0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0], "unsupported_format",
            "this is text in UTF-32; save it as UTF-8"
        ),
        (
            "several tables", zip([("a.csv", plainBytes), ("b/c.csv", plainBytes)]), "several_tables",
            "the archive holds 2 tables: \"a.csv\", \"b/c.csv\"; a dataset is one of them"
        ),
        (
            "several texts", zip([("a.txt", plainBytes), ("b.txt", plainBytes)]), "several_tables",
            "\"a.txt\", \"b.txt\""
        ),
        ("a table cut off in its archive", Array(zip([("a.csv", plainBytes)]).dropLast(1)), "truncated", "cut off"),
    ]

    @Test(arguments: refusals.indices)
    func isRefusedWithASentence(index: Int) throws {
        let (what, bytes, code, words) = Self.refusals[index]
        let error = try ImportCase.refusal(bytes, kind: .table)
        #expect(error.code == code && error.detail.contains(words), "\(what): \(error)")
    }

    @Test func whatATableExpandsToIsBounded() throws {
        var limits = DatasetLimits()
        limits.maximumExpandedBytes = 1_000
        let long = Array(String(repeating: "1,x\n", count: 500).utf8)
        for bomb in [Self.zip([("a.csv", long)]), Self.zip([("a.csv.gz", ArchiveBuilder.gzip(long))])] {
            #expect(try ImportCase.refusal(bomb, kind: .table, limits: limits).code == "archive_too_large")
        }
    }
}
