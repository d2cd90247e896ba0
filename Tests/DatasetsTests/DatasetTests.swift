import Codecs
import Datasets
import TestSupport
import Testing
import Torch

@Suite struct DatasetTests {
    @Test func normalisesPictures() throws {
        var image = PixelImage(width: 8, height: 8, channels: 3, shade: 0)
        image.pixels.replaceSubrange(0..<6, with: [255, 0, 51, 0, 204, 255])
        let dataset = try ImportCase(ArchiveBuilder.zip([.init("a.png", try PNG.encode(image))])).dataset()
        let batch = try dataset.batch(of: [0, 0])
        #expect(batch.items.shape == [2, 3, 8, 8] && batch.labels == nil)
        let values = try batch.items.floats()
        let start = 192
        #expect(values[start] == 1 && values[start + 64] == -1 && values[start + 65] == Float(0.6))
        #expect(values[start + 128] == Float(-0.6) && values[start + 129] == 1 && values[start + 1] == -1)
    }

    @Test func standardisesPoints() throws {
        let dataset = try ImportCase(Array("0,5\n4,5\n8,5\n".utf8)).dataset()
        let batch = try dataset.batch(of: [0, 1, 2])
        #expect(batch.items.shape == [3, 2])
        let deviation = (32.0 / 3).squareRoot()
        let expected = [-4 / deviation, 0, 0, 0, 4 / deviation, 0].map { Float($0) }
        #expect(isApproximatelyEqual(try batch.items.floats(), expected))
    }

    @Test func keepsWhatIsSmallOnAGreatOffset() throws {
        let rows = (0..<100).map { "\(1_700_000_000 + $0 % 2),\($0)" }.joined(separator: "\n")
        let dataset = try ImportCase(Array(rows.utf8)).dataset()
        let values = try dataset.values(of: dataset.trainingIndices)
        let column = stride(from: 0, to: values.count, by: 2).map { abs(values[$0]) }
        #expect(column.allSatisfy { abs($0 - 1) < 0.2 })
    }

    @Test func batchesAreAPureFunctionOfSeedAndPosition() throws {
        let dataset = try ImportCase(SampleDatasets.imageArchive(count: 70, classes: 3)).dataset()
        let one = try dataset.batch(count: 16, atSample: 48, seed: 5)
        let two = try dataset.batch(count: 16, atSample: 48, seed: 5)
        #expect(try one.items.floats() == two.items.floats())
        #expect(try one.labels?.bytes() == two.labels?.bytes())
        #expect(one.labels?.shape == [16] && one.labels?.dtype == .int64)
        #expect(try one.items.floats() != dataset.batch(count: 16, atSample: 48, seed: 6).items.floats())
        // Batches of any size cut the same stream.
        let stream = dataset.trainingIndices(count: 200, atSample: 0, seed: 5)
        #expect(dataset.trainingIndices(count: 16, atSample: 48, seed: 5) == Array(stream[48..<64]))
        #expect(dataset.trainingIndices(count: 100, atSample: 60, seed: 5) == Array(stream[60..<160]))
        for index in dataset.trainingIndices(count: 16, atSample: 48, seed: 5) {
            #expect(dataset.trainingIndices.contains(index))
        }
    }

    @Test func everyEpochHoldsEveryTrainingItemOnce() throws {
        let dataset = try ImportCase(SampleDatasets.pointsTable(count: 64)).dataset()
        let count = dataset.manifest.trainingCount
        let stream = dataset.trainingIndices(count: 3 * count, atSample: 0, seed: 1)
        let epochs = (0..<3).map { Array(stream[$0 * count..<($0 + 1) * count]) }
        for epoch in epochs { #expect(epoch.sorted() == dataset.trainingIndices) }
        #expect(epochs[0] != epochs[1] && epochs[1] != epochs[2])
        #expect(try dataset.batch(count: 5 * count, atSample: 7, seed: 1).items.shape == [5 * count, 2])
    }

    @Test(arguments: [(1, 0), (49, 0), (50, 5), (99, 9), (200, 20), (101_000, 10_000)])
    func holdsOutATenth(count: Int, heldOut: Int) throws {
        let rows = (0..<count).map { "\($0),\($0 % 7)" }.joined(separator: "\n")
        let imported = try ImportCase(Array(rows.utf8))
        #expect(imported.manifest.holdoutCount == heldOut && imported.manifest.trainingCount == count - heldOut)
        let dataset = try imported.dataset()
        #expect(dataset.holdoutIndices.count == heldOut)
        #expect(Set(dataset.holdoutIndices).isDisjoint(with: dataset.trainingIndices))
    }

    @Test func holdsOutByWhatAnItemIs() throws {
        let rows = (0..<200).map { "\($0),\($0 % 7)" }
        let forward = try ImportCase(Array(rows.joined(separator: "\n").utf8)).dataset()
        let backward = try ImportCase(Array(rows.reversed().joined(separator: "\n").utf8)).dataset()
        #expect(Set(forward.holdoutIndices) == Set(backward.holdoutIndices.map { 199 - $0 }))
        #expect(forward.holdoutIndices != Array(0..<20))
    }

    @Test func equalItemsAreNeverSplit() throws {
        let rows = (0..<300).map { "\($0 % 100),1" }.joined(separator: "\n")
        let dataset = try ImportCase(Array(rows.utf8)).dataset()
        #expect((27...30).contains(dataset.holdoutIndices.count))
        let heldOut = Set(try dataset.holdoutIndices.map { try dataset.item($0) })
        #expect(try dataset.trainingIndices.allSatisfy { !heldOut.contains(try dataset.item($0)) })
        let uniform = try ImportCase(Array(String(repeating: "1,2\n", count: 100).utf8)).manifest
        #expect(uniform.holdoutCount == 0)
        #expect(
            uniform.schema.isSame(as: PointSchema(columns: ["x", "y"], mean: [1, 2], standardDeviation: [0, 0])))
    }

    @Test func previewsAreDrawnFromAllItems() throws {
        let dataset = try ImportCase(SampleDatasets.imageArchive(count: 60, classes: 3)).dataset()
        let schema = try #require(dataset.manifest.schema as? ImageSchema)
        let pictures = try dataset.previewPictures(schema, count: 12)
        #expect(pictures.count == 12 && pictures[0].width == 8)
        #expect(try dataset.previewPictures(schema, count: 5) == Array(pictures[..<5]))
        #expect(try dataset.previewPictures(schema, count: 1_000).count == 60)
        #expect(try dataset.previewPictures(schema, count: -1).isEmpty)
        #expect(Set(dataset.previewIndices(20).compactMap { dataset.label(of: $0) }) == [0, 1, 2])
    }

    @Test func readsItemsThatDoNotFitIntoMemory() throws {
        // 65 MiB of pictures, above what is kept in memory.
        let count = 4_160
        let header: [UInt8] = [0, 0, 8, 3, 0, 0, UInt8(count >> 8), UInt8(count & 255), 0, 0, 0, 128, 0, 0, 0, 128]
        var pixels: [UInt8] = []
        for index in 0..<count { pixels += [UInt8](repeating: UInt8(index & 255), count: 128 * 128) }
        let dataset = try ImportCase(header + pixels).dataset()
        #expect(try dataset.item(1_000) == [UInt8](repeating: UInt8(1_000 & 255), count: 128 * 128))
    }

    @Test func manifestReadsBack() throws {
        let manifest = DatasetManifest(
            schema: ImageSchema(height: 8, width: 9, channels: 3, classes: ["a", "ü"]), itemCount: 60,
            trainingCount: 54, holdoutCount: 6, classCounts: [20, 34], resizedCount: 2,
            problems: [ItemProblem(item: "x", detail: "y")], problemCount: 3)
        #expect(try DatasetManifest(json: JSON(parsing: manifest.json.bytes)) == manifest)
        let points = DatasetManifest(
            schema: PointSchema(columns: ["x", "y"], mean: [0, 0.1], standardDeviation: [1, 1e-9]),
            itemCount: 1, trainingCount: 1, holdoutCount: 0)
        #expect(try DatasetManifest(json: JSON(parsing: points.json.bytes)) == points)
    }

    @Test(arguments: ["manifest.json", "items.bin", "labels.bin", "holdout.bin"])
    func noticesDamage(name: String) throws {
        let imported = try ImportCase(SampleDatasets.imageArchive())
        let path = "stored/" + name
        let bytes = try ReadableFile.contents(of: imported.folder.file(path), limit: 1 << 20)
        _ = try imported.folder.write(Array(bytes.dropLast()), as: path)
        #expect(throws: DatasetError.self) { try imported.dataset() }
        _ = try imported.folder.write([UInt8](repeating: 0x7F, count: bytes.count), as: path)
        // Pixels may be anything.
        if name != "items.bin" { #expect(throws: DatasetError.self) { try imported.dataset() } }
    }

    @Test(.enabled(if: SharedData.path("mnist-2k.zip") != nil, Comment(rawValue: SharedData.absence)))
    func importsRealDigits() throws {
        let path = try #require(SharedData.path("mnist-2k.zip"))
        let imported = try ImportCase(ReadableFile.contents(of: path, limit: 1 << 20))
        #expect(
            imported.manifest.schema as? ImageSchema
                == ImageSchema(height: 28, width: 28, channels: 1, classes: (0..<10).map(String.init)))
        #expect(imported.manifest.itemCount == 2_000 && imported.manifest.holdoutCount == 200)
        #expect(imported.manifest.problemCount == 0 && imported.manifest.classCounts.reduce(0, +) == 1_800)
    }
}
