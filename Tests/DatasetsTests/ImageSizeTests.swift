import Codecs
import Datasets
import TestSupport
import Testing

/// Pictures of any size, brought to one.
@Suite struct ImageSizeTests {
    typealias Entry = ArchiveBuilder.Entry

    /// Pictures of these sizes, each of one shade.
    private static func archive(_ sizes: [(Int, Int)]) throws -> [UInt8] {
        ArchiveBuilder.zip(
            try sizes.enumerated().map { Entry("\($0).png", try plainPNG(50 + $0, width: $1.0, height: $1.1)) })
    }

    private static let sizes = [(40, 30), (300, 20), (8, 8), (1, 1), (16, 24)]

    @Test(arguments: [nil] + PictureFit.allCases)
    func scalesEveryPicture(fit: PictureFit?) throws {
        var parameters = ["size": "16x24"]
        parameters["fit"] = fit?.rawValue
        let imported = try ImportCase(try Self.archive(Self.sizes), parameters: parameters)
        let schema = ImageSchema(height: 24, width: 16, channels: 1, classes: [], fit: fit ?? .crop)
        #expect(imported.manifest.schema as? ImageSchema == schema)
        #expect(imported.manifest.itemCount == 5 && imported.manifest.resizedCount == 4)
        let dataset = try imported.dataset()
        for (index, size) in Self.sizes.enumerated() {
            let picture = try PNG.decode(plainPNG(50 + index, width: size.0, height: size.1), maximumPixels: 10_000)
            #expect(try dataset.item(index) == picture.scaled(width: 16, height: 24, fit ?? .crop).pixels)
            let isPadded = fit == .pad && size.0 * 24 != size.1 * 16
            #expect(try dataset.item(index).contains(0) == isPadded)
        }
        // A later upload of the same kind is scaled likewise.
        let upload = try Upload(path: imported.folder.file("upload"))
        let sequence = try schema.reading(upload, with: nil)
        for index in 0..<5 { #expect(try sequence.next()?.bytes == dataset.item(index)) }
        #expect(try sequence.next() == nil)
    }

    /// What has the size already stays as it is, and nothing is said of scaling but that it may be.
    @Test func aSizeThatAllHaveChangesNothing() throws {
        let archive = try Self.archive([(9, 8), (9, 8)])
        let (plain, sized) = (try ImportCase(archive), try ImportCase(archive, parameters: ["size": "9x8"]))
        #expect(sized.manifest.resizedCount == 0)
        #expect(try (0..<2).allSatisfy { try plain.dataset().item($0) == sized.dataset().item($0) })
    }

    @Test func scalesArrays() throws {
        let pixels = (0..<2 * 30 * 20 * 3).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let npy = NPYHeader(element: .uint8, shape: [2, 30, 20, 3]).bytes + pixels
        let imported = try ImportCase(npy, parameters: ["size": "12x12", "fit": "stretch"])
        #expect(imported.manifest.resizedCount == 2)
        let second = PixelImage(width: 20, height: 30, channels: 3, pixels: Array(pixels[1800...]))
        #expect(try imported.dataset().item(1) == second.scaled(width: 12, height: 12, .stretch).pixels)
        let idx: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4]
        #expect(try ImportCase(idx, parameters: ["size": "8x8"]).manifest.itemCount == 1)
        #expect(try ImportCase.refusal(idx).detail.contains("size=8x8 at the upload"))
    }

    private static let refusals: [(sizes: [(Int, Int)], code: String, words: [String])] = [
        ([(40, 30), (30, 40), (64, 64)], "sizes_differ", ["1 of 40×30", "size=32x32", "crop, pad or stretch"]),
        ([(64, 48), (64, 48), (30, 40)], "sizes_differ", ["size=64x48"]),
        ([(900, 700), (700, 900), (512, 512)], "sizes_differ", ["size=256x256"]),
        ([(1024, 768)], "size_out_of_range", ["1024×768", "8 to 256", "size=256x256"]),
        ([(3, 3)], "size_out_of_range", ["size=8x8"]),
    ]

    @Test(arguments: refusals.indices)
    func theRefusalNamesTheWay(index: Int) throws {
        let refused = Self.refusals[index]
        let error = try ImportCase.refusal(try Self.archive(refused.sizes))
        #expect(error.code == refused.code)
        for words in refused.words { #expect(error.detail.contains(words), "\(error)") }
    }

    private static let parameters: [(parameters: [String: String], kind: DatasetKind?, code: String, words: String)] = [
        (["size": "7x8"], nil, "size_out_of_range", "8 to 256"),
        (["size": "8x257"], nil, "size_out_of_range", "8 to 256"),
        (["size": "0x0"], .images, "size_out_of_range", "8 to 256"),
        (["size": "64"], nil, "bad_import_parameter", "such as 64x64"),
        (["size": "ax8"], nil, "bad_import_parameter", "such as"),
        (["size": "8x8x8"], nil, "bad_import_parameter", "such as"),
        (["size": "-8x8"], nil, "bad_import_parameter", "such as"),
        (["size": "99999999999999999999x8"], nil, "bad_import_parameter", "such as"),
        (["size": ""], nil, "bad_import_parameter", "such as"),
        (["fit": "crop"], nil, "bad_import_parameter", "size=64x64"),
        (["fit": "zoom", "size": "8x8"], nil, "bad_import_parameter", "crop, pad, stretch"),
        (["size": "8x8"], .table, "bad_import_parameter", "not of kind \"table\""),
        (["size": "8x8"], .points, "bad_import_parameter", "not of kind \"points\""),
    ]

    @Test(arguments: parameters.indices)
    func aWishThatCantBeIsRefused(index: Int) throws {
        let (parameters, kind, code, words) = Self.parameters[index]
        let error = #expect(throws: DatasetError.self) { try DatasetKind.check(parameters, kind: kind) }
        #expect(error?.code == code && error?.detail.contains(words) == true, "\(error as Any)")
        #expect(error?.problems.first.map { parameters.keys.contains($0.item) } == true)
        if kind != .table, kind != .points {
            #expect(try ImportCase.refusal(try Self.archive([(8, 8)]), parameters: parameters) == error)
        }
    }

    /// What the bytes are shows only when they are read.
    @Test func aTableHasNoSize() throws {
        let error = try ImportCase.refusal(SampleDatasets.pointsTable(), parameters: ["size": "8x8"])
        #expect(error.code == "bad_import_parameter" && error.detail.contains("not of kind \"points\""))
    }

    /// Pictures that are made larger may not become more than an upload may expand to.
    @Test func whatIsStoredIsBounded() throws {
        var limits = DatasetLimits()
        limits.maximumExpandedBytes = 100_000
        let archive = try Self.archive([(8, 8), (9, 9)])
        #expect(try ImportCase(archive, parameters: ["size": "200x200"], limits: limits).manifest.itemCount == 2)
        #expect(
            try ImportCase.refusal(archive, parameters: ["size": "256x256"], limits: limits).code == "archive_too_large"
        )
        let npy = NPYHeader(element: .uint8, shape: [2, 1, 1]).bytes + [1, 2]
        #expect(
            try ImportCase.refusal(npy, parameters: ["size": "256x256"], limits: limits).code == "archive_too_large")
        // Photographs decode to more than is stored of them.
        let photographs = try [300, 310].map { side in
            let pixels = (0..<side * side).map { UInt8(truncatingIfNeeded: $0 / side * ($0 % side) / 64) }
            return Entry(
                "\(side).png", try PNG.encode(PixelImage(width: side, height: side, channels: 1, pixels: pixels)))
        }
        let large = ArchiveBuilder.zip(photographs)
        #expect(try ImportCase.refusal(large, limits: limits).code == "sizes_differ")
        #expect(try ImportCase(large, parameters: ["size": "8x8"], limits: limits).manifest.itemCount == 2)
    }
}
