import Codecs
import Datasets
import TestSupport
import Testing

/// Uploads that are read as items of a schema that is known already.
@Suite struct ReadingTests {
    /// What an upload gives as items of a dataset's schema.
    struct Reading {
        var items: [NamedItem] = []
        let problems: ProblemList

        init(
            _ upload: [UInt8], as known: ImportCase, limits: DatasetLimits = DatasetLimits(),
            shouldStop: @escaping () -> Bool = { false }
        ) throws {
            let folder = try TemporaryFolder()
            let upload = try Upload(
                path: folder.write(upload, as: "upload"), limits: limits, shouldStop: shouldStop)
            let dataset = try known.dataset()
            let sequence = try dataset.manifest.schema.reading(upload, with: dataset.attachment)
            while let item = try sequence.next() {
                #expect(item.bytes.count == dataset.manifest.schema.stored.size)
                items.append(item)
            }
            #expect(try sequence.next() == nil)
            problems = sequence.problems
        }

        var names: [String] { items.map(\.name) }

        /// The items as real numbers.
        var rows: [[Double]] {
            items.map { item in item.bytes.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) } }
        }
    }

    private static func code(
        _ upload: [UInt8], as known: ImportCase, limits: DatasetLimits = DatasetLimits(),
        shouldStop: @escaping () -> Bool = { false }
    ) -> DatasetError? {
        #expect(throws: DatasetError.self) {
            try Reading(upload, as: known, limits: limits, shouldStop: shouldStop)
        }
    }

    private static func npy(_ element: NPYHeader.Element, _ shape: [Int], _ data: [UInt8]) -> [UInt8] {
        NPYHeader(element: element, shape: shape).bytes + data
    }

    private static func floats(_ values: [Float]) -> [UInt8] {
        values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
    }

    // MARK: Points

    private static let points = "width,height\n1,2\n3,4\n"

    private static let pointUploads: [(upload: [UInt8], names: [String], rows: [[Double]], problems: [String])] = [
        (Array("width,height\n5,6\n7,8.5\n".utf8), ["line 2", "line 3"], [[5, 6], [7, 8.5]], []),
        (Array("height,width\n6,5\n".utf8), ["line 2"], [[5, 6]], []),
        (Array("name,height,note,width\nann,6,,5\n".utf8), ["line 2"], [[5, 6]], []),
        (Array("5,6\n".utf8), ["line 1"], [[5, 6]], []),
        (Array("height;width\n6,5;5\n7,5;1\n".utf8), ["line 2", "line 3"], [[5, 6.5], [1, 7.5]], []),
        (ArchiveBuilder.gzip(Array("height\twidth\n6\t5\n".utf8)), ["line 2"], [[5, 6]], []),
        (
            Array("width,height\n1,2\n3\n4,x\n5,\nnan,1e101\n6,7\n".utf8), ["line 2", "line 7"], [[1, 2], [6, 7]],
            ["line 3", "line 4", "line 5", "line 6", "line 6"]
        ),
        (npy(.float32, [2, 2], floats([5, 6, 7, 8])), ["row 1", "row 2"], [[5, 6], [7, 8]], []),
        (npy(.uint8, [1, 2], [5, 6]), ["row 1"], [[5, 6]], []),
        (
            npy(.float32, [3, 2], floats([5, 6, .nan, .infinity, 7, 8])), ["row 1", "row 3"], [[5, 6], [7, 8]],
            ["row 2", "row 2"]
        ),
    ]

    @Test(arguments: pointUploads)
    func readsPoints(upload: [UInt8], names: [String], rows: [[Double]], problems: [String]) throws {
        let reading = try Reading(upload, as: try ImportCase(Array(Self.points.utf8)))
        #expect(reading.names == names && reading.rows == rows)
        #expect(reading.problems.problems.map(\.item) == problems && reading.problems.count == problems.count)
    }

    private static let wrongPoints: [([UInt8], String, [String])] = [
        (Array("width,depth\n1,2\n".utf8), "missing_columns", ["column \"height\""]),
        (Array("a,b\n1,2\n".utf8), "missing_columns", ["columns \"width\", \"height\""]),
        (Array("width,height,width\n1,2,3\n".utf8), "csv_column_twice", ["columns 1 and 3"]),
        (Array("1,2,3\n".utf8), "columns_differ", ["3 columns where 2", "\"width\", \"height\""]),
        (Array("1\n".utf8), "columns_differ", ["1 column where 2"]),
        (Array("width,height\n".utf8), "no_usable_item", ["header"]), (Array("\n\n".utf8), "no_usable_item", []),
        (Array("width,height\n1,\"2\n".utf8), "malformed", ["line 2"]),
        (Array("width,height\n1,2\n3,\0\n".utf8), "nul_byte", ["line 3"]),
        (Array("width,height\n1,2\n3,".utf8) + [0xC3, 0x0A], "not_utf8", ["line 3"]),
        (npy(.float32, [1, 3], floats([1, 2, 3])), "columns_differ", ["3 columns where 2"]),
        (npy(.float32, [2, 2], floats([1, 2, 3])), "truncated", ["row 2"]),
        (npy(.float32, [1, 2], floats([1, 2, 3])), "malformed", ["1 rows"]),
        (npy(.float32, [0, 2], []), "no_usable_item", []), (npy(.float32, [2], floats([1, 2])), "npy_not_points", []),
        (npy(.float32, [2, 1, 1], floats([1, 2])), "kind_mismatch", ["NPY of float32", "points as CSV"]),
        (ArchiveBuilder.zip([]), "kind_mismatch", ["an archive"]), ([], "empty_upload", []),
        (PNG.signature + [0], "kind_mismatch", ["one picture"]),
        (npy(.float32, [1 << 40, 2], floats([1, 2])), "too_many_items", ["20000000"]),
    ]

    @Test(arguments: wrongPoints)
    func refusesPoints(upload: [UInt8], code: String, words: [String]) throws {
        let error = Self.code(upload, as: try ImportCase(Array(Self.points.utf8)))
        #expect(error?.code == code)
        for word in words { #expect(error?.detail.contains(word) == true, "\(error as Any)") }
    }

    // MARK: Tables

    /// Forty rows: town of three words, size with fractions, a date, whether it is open, sentences.
    private static let table: String = {
        let towns = ["oslo", "rome", "paris"]
        let rows = (0..<40).map { index in
            "\(towns[index % 3]),\(Double(index) + 0.5),2024-01-\(10 + index % 20),\(index % 2 == 0 ? "yes" : "no"),"
                + "all \(index) of this is \(index * 7) words"
        }
        return (["town,size,day,open,note"] + rows).joined(separator: "\n")
    }()

    private static let day = 19_737.0 * 86_400

    private static let tableUploads: [(upload: String, rows: [[Double]], problems: [String])] = [
        (
            "town,size,day,open,note\nrome,1.25,2024-01-15,no,x\noslo,7,2024-01-16,yes,\n",
            [[1, 1.25, day, 1, -1], [0, 7, day + 86_400, 0, .nan]], []
        ),
        ("open;extra;note;day;size;town\nyes;1;x;2024-01-15;2,5;paris\n", [[2, 2.5, day, 0, -1]], []),
        // Neither words that weren't there nor gaps are faults.
        (
            "town,size,day,open,note\n berlin ,,,maybe,x\n rome ,NA,?,,\n",
            [[-1, .nan, .nan, -1, -1], [1, .nan, .nan, .nan, .nan]], []
        ),
        (
            "town,size,day,open,note\nrome,big,15.1.2024,no,x\nrome,1\nrome,2e308,2024-01-15,no,x\n",
            [[1, .nan, .nan, 1, -1], [1, .nan, day, 1, -1]], ["line 2", "line 2", "line 3", "line 4"]
        ),
        // Without the names, in the schema's order, where more than one row shows that they aren't there.
        (
            "rome,1.25,2024-01-15,no,x\noslo,7,2024-01-15,yes,y\n",
            [[1, 1.25, day, 1, -1], [0, 7, day, 0, -1]], []
        ),
    ]

    @Test(arguments: tableUploads)
    func readsRows(upload: String, rows: [[Double]], problems: [String]) throws {
        let known = try ImportCase(Array(Self.table.utf8))
        let types = (known.manifest.schema as? TableSchema)?.columns.map(\.type)
        #expect(types == [.categorical, .real, .date, .boolean, .text])
        let reading = try Reading(Array(upload.utf8), as: known)
        #expect(reading.rows.count == rows.count)
        for (read, expected) in zip(reading.rows, rows) { #expect(read.isSame(as: expected), "\(read)") }
        #expect(reading.problems.problems.map(\.item) == problems)
    }

    /// The rows of the upload that the schema is of come as they were stored.
    @Test(arguments: [
        table,
        "id, town, n\n" + (0..<60).map { "\($0), \($0 % 3 == 0 ? "a b" : "c"), \($0 * $0)" }.joined(separator: "\n"),
    ])
    func rowsOfTheSameUploadAreThoseStored(table: String) throws {
        let known = try ImportCase(Array(table.utf8))
        let dataset = try known.dataset()
        let reading = try Reading(Array(table.utf8), as: known)
        #expect(reading.items.count == known.manifest.itemCount && reading.problems.count == 0)
        for (index, item) in reading.items.enumerated() { #expect(try item.bytes == dataset.item(index)) }
    }

    private static let wrongTables: [([UInt8], String, [String])] = [
        (Array("town,size,day,open\nrome,1,2024-01-15,no\n".utf8), "missing_columns", ["column \"note\""]),
        (Array("a,b\nx,1\n".utf8), "missing_columns", ["\"town\", \"size\""]),
        (Array("rome,1\noslo,2\nrome,3\n".utf8), "columns_differ", ["2 columns where 5"]),
        (Array("town,size,day,open,note\n".utf8), "no_usable_item", ["header"]),
        (Array("town,size,day,open,note\nrome,1,\0,no,x\n".utf8), "nul_byte", ["line 2"]),
        (npy(.float32, [1, 5], floats([1, 2, 3, 4, 5])), "kind_mismatch", ["a table as CSV"]),
        ([UInt8](repeating: UInt8(ascii: ","), count: 1_500), "too_many_columns", ["1501"]),
    ]

    @Test(arguments: wrongTables)
    func refusesRows(upload: [UInt8], code: String, words: [String]) throws {
        let error = Self.code(upload, as: try ImportCase(Array(Self.table.utf8)))
        #expect(error?.code == code)
        for word in words { #expect(error?.detail.contains(word) == true, "\(error as Any)") }
    }

    @Test func aTableNeedsItsCategories() throws {
        let known = try ImportCase(Array(Self.table.utf8))
        let upload = try Upload(path: known.folder.file("upload"))
        for attachment in [nil, TableCategories(ofColumns: [])] {
            #expect(throws: DatasetError.self) {
                try known.manifest.schema.reading(upload, with: attachment)
            }
        }
    }

    // MARK: Pictures

    private static func pictures(channels: Int) throws -> ImportCase {
        try ImportCase(
            ArchiveBuilder.zip(try (0..<4).map { .init("\($0 % 2)/\($0).png", try plainPNG($0, channels: channels)) }))
    }

    @Test(arguments: [1, 3])
    func readsPicturesOfArchives(channels: Int) throws {
        var tinted = PixelImage(width: 8, height: 8, channels: 3, shade: 9)
        tinted.pixels[5] = 200
        let entries: [ArchiveBuilder.Entry] = [
            .init("x/a.png", try plainPNG(50)), .init("b.png", try plainPNG(60, channels: 3)),
            .init("large.png", try plainPNG(70, width: 300, height: 300)),
            .init("wide.png", try plainPNG(80, width: 16, height: 8)), .init("notes.txt", [1, 2]),
            .init("tinted.png", try PNG.encode(tinted)), .init("cut.png", Array(try plainPNG(1)[..<50])),
        ]
        for archive in [ArchiveBuilder.zip(entries), ArchiveBuilder.gzip(ArchiveBuilder.tar(entries))] {
            let reading = try Reading(archive, as: try Self.pictures(channels: channels))
            let colour = channels == 3 ? ["tinted.png"] : []
            #expect(reading.names == ["x/a.png", "b.png", "large.png"] + colour)
            let shades: [UInt8] = [50, 60, 70]
            for (item, shade) in zip(reading.items, shades) { #expect(item.bytes.allSatisfy { $0 == shade }) }
            let grey = channels == 1 ? ["tinted.png"] : []
            #expect(reading.problems.problems.map(\.item) == ["wide.png", "notes.txt"] + grey + ["cut.png"])
        }
    }

    @Test func readsPicturesOfArrays() throws {
        let known = try Self.pictures(channels: 1)
        let pixels = [UInt8](repeating: 7, count: 64) + [UInt8](repeating: 9, count: 64)
        let idx: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 8, 0, 0, 0, 8] + pixels
        let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 2, 5, 5]
        let uploads = [
            idx, ArchiveBuilder.gzip(idx), Self.npy(.uint8, [2, 8, 8, 1], pixels),
            ArchiveBuilder.zip([.init("l", labels), .init("i", idx)]),
            Self.npy(.uint8, [2, 4, 4], [UInt8](repeating: 7, count: 16) + [UInt8](repeating: 9, count: 16)),
        ]
        for upload in uploads {
            let reading = try Reading(upload, as: known)
            #expect(reading.names == ["picture 1", "picture 2"] && reading.problems.count == 0)
            #expect(reading.items.map(\.bytes).reduce([], +) == pixels)
        }
        let wide = try Reading(Self.npy(.uint8, [2, 4, 8], [UInt8](repeating: 0, count: 64)), as: known)
        #expect(wide.items.isEmpty && wide.problems.problems.map(\.item) == ["picture 1", "picture 2"])
    }

    private static let wrongPictures: [([UInt8], String)] = [
        (Array("1,2\n".utf8), "kind_mismatch"), (npy(.float32, [1, 2], floats([1, 2])), "kind_mismatch"),
        (ArchiveBuilder.zip([.init("a.wav", [1, 2])]), "not_an_image_archive"),
        (ArchiveBuilder.zip([.init("../a.png", [1, 2])]), "archive_unsafe_name"),
        (ArchiveBuilder.zip([.init("l", [0, 0, 8, 1, 0, 0, 0, 1, 5])]), "idx_ambiguous"),
        (npy(.uint8, [1, 0, 8], []), "size_out_of_range"), (npy(.uint8, [1, 8, 8, 2], []), "not_images"),
        (npy(.uint8, [1, 1 << 20, 1 << 20], []), "size_out_of_range"), (npy(.uint8, [0, 8, 8], []), "no_usable_item"),
        (npy(.uint8, [2, 8, 8], [UInt8](repeating: 0, count: 100)), "truncated"),
        (npy(.uint8, [1, 8, 8], [UInt8](repeating: 0, count: 65)), "malformed"),
        ([0, 0, 8, 1, 0, 0, 0, 1, 5], "idx_not_images"),
        (npy(.uint8, [1 << 40, 8, 8], []), "too_many_items"),
    ]

    @Test(arguments: wrongPictures)
    func refusesPictures(upload: [UInt8], code: String) throws {
        #expect(Self.code(upload, as: try Self.pictures(channels: 1))?.code == code)
    }

    // MARK: Limits

    @Test func limitsHold() throws {
        var limits = DatasetLimits()
        limits.maximumItems = 1
        limits.maximumExpandedBytes = 2_000
        let (points, table) = (try ImportCase(Array(Self.points.utf8)), try ImportCase(Array(Self.table.utf8)))
        let pictures = try Self.pictures(channels: 1)
        let archive = ArchiveBuilder.zip([.init("a.png", try plainPNG(1)), .init("b.png", try plainPNG(2))])
        let large = ArchiveBuilder.zip([.init("a.png", try plainPNG(1, width: 64, height: 64))])
        let bomb = ArchiveBuilder.gzip(Array(("width,height\n" + String(repeating: "1,2\n", count: 5_000)).utf8))
        let uploads: [(ImportCase, [UInt8], String)] = [
            (points, Array("1,2\n3,4\n".utf8), "too_many_items"), (table, Array(Self.table.utf8), "too_many_items"),
            (pictures, archive, "too_many_items"), (pictures, large, "archive_too_large"),
        ]
        for (known, upload, code) in uploads {
            #expect(Self.code(upload, as: known, limits: limits)?.code == code)
            #expect(Self.code(upload, as: known, shouldStop: { true })?.code == "stopped")
        }
        limits.maximumItems = 10_000
        #expect(Self.code(bomb, as: points, limits: limits)?.code == "archive_too_large")
        let reading = try Reading(
            Array(("width,height\n" + String(repeating: "x,2\n", count: 500)).utf8), as: points)
        #expect(reading.items.isEmpty && reading.problems.count == 500 && reading.problems.problems.count == 100)
    }
}
