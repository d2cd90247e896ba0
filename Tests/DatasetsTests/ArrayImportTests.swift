import Codecs
import Datasets
import TestSupport
import Testing

@Suite struct ArrayImportTests {
    typealias Entry = ArchiveBuilder.Entry

    private static func idx(_ shape: [Int], _ data: [UInt8], type: UInt8 = 8) -> [UInt8] {
        [0, 0, type, UInt8(shape.count)]
            + shape.flatMap { size in (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * $0)) } } + data
    }

    private static let pictures = idx([3, 8, 9], (0..<216).map { UInt8($0) })
    private static let labels = idx([3], [7, 3, 7])

    @Test func importsIDX() throws {
        for upload in [Self.pictures, ArchiveBuilder.gzip(Self.pictures)] {
            let imported = try ImportCase(upload)
            #expect(
                imported.manifest.schema as? ImageSchema == ImageSchema(height: 8, width: 9, channels: 1, classes: []))
            #expect(try imported.dataset().item(1) == (72..<144).map { UInt8($0) })
        }
        let colour = try ImportCase(Self.idx([1, 8, 8, 3], [UInt8](repeating: 4, count: 192)))
        #expect(colour.manifest.schema as? ImageSchema == ImageSchema(height: 8, width: 8, channels: 3, classes: []))
    }

    /// A megabyte that expands to more than the limit, alone and in an archive.
    @Test func whatExpandsBeyondTheLimitIsRefused() throws {
        let packed = ArchiveBuilder.gzip(Self.idx([16_000, 64, 64], [UInt8](repeating: 0, count: 16_000 << 12)))
        var limits = DatasetLimits()
        limits.maximumExpandedBytes = 1 << 24
        for upload in [packed, ArchiveBuilder.zip([Entry("i.gz", packed)])] {
            let error = try ImportCase.refusal(upload, limits: limits)
            #expect(error.detail.contains("expand"), "\(error)")
        }
        #expect(try ImportCase(packed).manifest.itemCount == 16_000)
    }

    @Test func importsIDXWithLabels() throws {
        let archives: [[Entry]] = [
            [Entry("train-images-idx3-ubyte", Self.pictures), Entry("train-labels-idx1-ubyte", Self.labels)],
            [Entry("m/l.gz", ArchiveBuilder.gzip(Self.labels)), Entry("m/i.gz", ArchiveBuilder.gzip(Self.pictures))],
            [Entry("i", Self.pictures), Entry("l", Self.idx([3], [0, 0, 0, 7, 0, 0, 0, 3, 0, 0, 0, 7], type: 0x0C))],
        ]
        for entries in archives {
            let imported = try ImportCase(ArchiveBuilder.zip(entries))
            #expect(
                imported.manifest.schema as? ImageSchema
                    == ImageSchema(height: 8, width: 9, channels: 1, classes: ["3", "7"]))
            #expect(imported.manifest.classCounts == [1, 2])
            let dataset = try imported.dataset()
            #expect((0..<3).map { dataset.label(of: $0) } == [1, 0, 1])
        }
        let negative = [Entry("i", Self.pictures), Entry("l", Self.idx([3], [255, 1, 255], type: 0x09))]
        #expect(try ImportCase(ArchiveBuilder.zip(negative)).manifest.classCounts == [2, 1])
    }

    private static let wrongIDX: [([UInt8], String)] = [
        (Array(pictures.dropLast()), "truncated"), (pictures + [0], "malformed"),
        (idx([3], [1, 2, 3]), "idx_not_images"),
        (idx([1, 8, 8], [], type: 0x0D), "idx_not_images"), (idx([0, 8, 8], []), "no_usable_item"),
        (idx([1, 7, 8], []), "size_out_of_range"), (idx([1, 8, 8, 2], []), "not_images"),
        (idx([0xFFFF_FFFF, 8, 8], [1]), "truncated"), (Array(pictures[..<9]), "truncated"),
        (ArchiveBuilder.gzip(Array(pictures.dropLast())), "truncated"),
        (Array(ArchiveBuilder.gzip(pictures).dropLast(9)), "truncated"),
        (ArchiveBuilder.zip([Entry("i", pictures), Entry("j", pictures)]), "idx_ambiguous"),
        (ArchiveBuilder.zip([Entry("l", labels)]), "idx_ambiguous"),
        (ArchiveBuilder.zip([Entry("i", pictures), Entry("l", idx([2], [1, 2]))]), "labels_differ"),
        (ArchiveBuilder.zip([Entry("i", pictures), Entry("l", idx([3], [1, 2]))]), "truncated"),
        (
            ArchiveBuilder.zip([
                Entry("i", pictures), Entry("l", idx([3], [UInt8](repeating: 0, count: 12), type: 0x0D)),
            ]),
            "idx_not_labels"
        ),
    ]

    @Test(arguments: wrongIDX)
    func refusesIDX(upload: [UInt8], code: String) throws {
        #expect(try ImportCase.refusal(upload).code == code)
    }

    private static func npy(_ element: NPYHeader.Element, _ shape: [Int], _ data: [UInt8]) -> [UInt8] {
        NPYHeader(element: element, shape: shape).bytes + data
    }

    private static func floats(_ values: [Float]) -> [UInt8] {
        values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
    }

    @Test func importsNPYPoints() throws {
        let imported = try ImportCase(Self.npy(.float32, [2, 3], Self.floats([1, 2, 3, 5, 4, 3])))
        let schema = try #require(imported.manifest.schema as? PointSchema)
        #expect(schema == PointSchema(columns: ["x", "y", "z"], mean: [3, 3, 3], standardDeviation: [2, 1, 0]))
        #expect(
            try imported.dataset().previewPoints(schema, count: 9).sorted { $0[0] < $1[0] } == [[1, 2, 3], [5, 4, 3]])
        let wide = try ImportCase(Self.npy(.uint8, [1, 4], [1, 2, 3, 4]), kind: .points)
        let columns = try #require(wide.manifest.schema as? PointSchema).columns
        #expect(columns == ["column_1", "column_2", "column_3", "column_4"])
    }

    @Test func importsNPYPictures() throws {
        let imported = try ImportCase(Self.npy(.uint8, [2, 8, 8, 3], [UInt8](repeating: 9, count: 384)))
        #expect(imported.manifest.schema as? ImageSchema == ImageSchema(height: 8, width: 8, channels: 3, classes: []))
    }

    private static let wrongNPY: [([UInt8], String)] = [
        (npy(.float32, [2, 3], floats([1, 2, 3, 5, 4])), "truncated"),
        (npy(.float32, [2, 2], floats([1, 2, 3, 5, 4])), "malformed"),
        (npy(.float32, [1, 2], floats([1, .nan])), "npy_not_finite"),
        (npy(.float32, [1, 2], floats([-.infinity, 1])), "npy_not_finite"),
        (npy(.float32, [4], floats([1, 2, 3, 4])), "npy_not_points"),
        (npy(.float32, [1, 4], floats([1, 2, 3, 4])), "columns_out_of_range"),
        (npy(.float32, [4, 1], floats([1, 2, 3, 4])), "columns_out_of_range"),
        (npy(.float32, [0, 2], []), "no_usable_item"),
        (npy(.float32, [1 << 58, 2], floats([1, 2])), "truncated"),
        (NPYHeader.signature + [2, 0, 0xF0, 0xFF, 0xFF, 0xFF], "too_large"),
        (npy(.uint8, [1, 8, 300], []), "size_out_of_range"),
    ]

    @Test(arguments: wrongNPY)
    func refusesNPY(upload: [UInt8], code: String) throws {
        #expect(try ImportCase.refusal(upload).code == code)
    }
}
