import Codecs
import Datasets
import TestSupport
import Testing

@Suite struct ArchiveImportTests {
    typealias Entry = ArchiveBuilder.Entry

    @Test(arguments: [0, 1, 2])
    func importsEveryArchive(form: Int) throws {
        let entries = try (0..<20).map { Entry("\($0 % 2)/\($0).png", try plainPNG($0 * 10)) }
        let upload = [ArchiveBuilder.zip, ArchiveBuilder.tar, { ArchiveBuilder.gzip(ArchiveBuilder.tar($0)) }][form](
            entries)
        let imported = try ImportCase(upload)
        #expect(imported.manifest.kind == .images)
        #expect(
            imported.manifest.schema as? ImageSchema
                == ImageSchema(height: 8, width: 8, channels: 1, classes: ["0", "1"]))
        #expect(imported.manifest.itemCount == 20 && imported.manifest.classCounts == [10, 10])
        #expect(imported.manifest.problemCount == 0 && imported.manifest.holdoutCount == 0)
        #expect(imported.folder.names(in: "stored") == ["holdout.bin", "items.bin", "labels.bin", "manifest.json"])
        let dataset = try imported.dataset()
        #expect(dataset.manifest == imported.manifest)
        let items = try (0..<20).map { (try dataset.item($0)[0], dataset.label(of: $0)) }
        #expect(items.allSatisfy { $0.1 == Int($0.0) / 10 % 2 })
        #expect(items.map { Int($0.0) }.sorted() == (0..<20).map { $0 * 10 })
    }

    private static let foldersToClasses: [([String], [String])] = [
        (["0/a.png", "1/b.png"], ["0", "1"]), (["root/0/a.png", "root/1/b.png"], ["0", "1"]),
        (["a.png", "b.png"], []), (["only/a.png", "only/b.png"], []),
        (["root/only/a.png", "root/only/b.png"], ["only"]),
        (["10/a.png", "9/b.png"], ["9", "10"]), (["b/x/a.png", "a/y/b.png"], ["a", "b"]),
        (["./0/a.png", ".//1/b.png"], ["0", "1"]), (["0\\a.png", "1\\b.png"], ["0", "1"]),
        (["__MACOSX/0/._a.png", "root/0/a.png", "root/1/b.png", "root/.DS_Store", "Thumbs.db"], ["0", "1"]),
    ]

    @Test(arguments: foldersToClasses)
    func takesTopFoldersForClasses(names: [String], classes: [String]) throws {
        let imported = try ImportCase(
            ArchiveBuilder.zip(
                try names.enumerated().map { index, name in
                    Entry(name, name.hasSuffix(".png") ? try plainPNG(index * 20) : [1, 2, 3])
                }))
        guard let found = (imported.manifest.schema as? ImageSchema)?.classes else {
            Issue.record("not images")
            return
        }
        #expect(found == classes)
        #expect(imported.manifest.itemCount == 2 && imported.manifest.problemCount == 0)
    }

    @Test func picturesOutsideOfTheClassesAreProblems() throws {
        var entries = try (0..<20).map { Entry("\($0 % 2)/\($0).png", try plainPNG($0)) }
        entries.append(Entry("stray.png", try plainPNG(3)))
        let manifest = try ImportCase(ArchiveBuilder.zip(entries)).manifest
        #expect(manifest.itemCount == 20 && manifest.classCounts == [10, 10])
        #expect(manifest.problems == [ItemProblem(item: "stray.png", detail: "it stands in none of the class folders")])
        // More than a tenth outside: the folders are no classes.
        entries.append(contentsOf: try (0..<3).map { Entry("stray\($0).png", try plainPNG(3)) })
        let unclassed = try ImportCase(ArchiveBuilder.zip(entries)).manifest
        #expect(unclassed.itemCount == 24 && unclassed.classCounts == [])
    }

    @Test func corruptPicturesAreProblems() throws {
        let good = try plainPNG(100)
        let entries: [Entry] = [
            Entry("0/good.png", good), Entry("1/good.png", good), Entry("0/cut.png", Array(good[..<50])),
            Entry("0/text.png", Array("text".utf8)), Entry("0/empty.jpg"), Entry("0/notes.txt", [0x61]),
            Entry("2/text.jpg", Array("text".utf8)),
        ]
        let manifest = try ImportCase(ArchiveBuilder.zip(entries)).manifest
        #expect(manifest.itemCount == 2 && manifest.classCounts == [1, 1] && manifest.problemCount == 5)
        #expect(
            manifest.problems == [
                ItemProblem(item: "0/cut.png", detail: "the PNG ends before its last chunk"),
                ItemProblem(item: "0/text.png", detail: "not a PNG: it doesn't begin with a PNG's signature"),
                ItemProblem(item: "0/empty.jpg", detail: "the file is empty"),
                ItemProblem(item: "0/notes.txt", detail: "neither a PNG nor a JPEG"),
                ItemProblem(item: "2/text.jpg", detail: "not a JPEG: it doesn't begin with a JPEG's first marker"),
            ])
    }

    @Test func classesWhoseItemsAllFailedAreDropped() throws {
        var damaged = try plainPNG(100)
        damaged[45] ^= 0xFF
        let entries: [Entry] = [
            Entry("a/0.png", damaged), Entry("b/0.png", try plainPNG(1)), Entry("c/0.png", try plainPNG(2)),
        ]
        let imported = try ImportCase(ArchiveBuilder.zip(entries))
        #expect(
            imported.manifest.schema as? ImageSchema
                == ImageSchema(height: 8, width: 8, channels: 1, classes: ["b", "c"]))
        #expect(imported.manifest.classCounts == [1, 1] && imported.manifest.problemCount == 1)
        #expect(try imported.dataset().label(of: 1) == 1)
    }

    @Test func keepsTheFirstHundredProblems() throws {
        let entries = try [Entry("a.png", plainPNG(1))] + (0..<150).map { Entry("\($0).png", [1]) }
        let manifest = try ImportCase(ArchiveBuilder.zip(entries)).manifest
        #expect(manifest.problems.count == 100 && manifest.problemCount == 150 && manifest.itemCount == 1)
    }

    @Test func mixedGreyAndColourBecomesColour() throws {
        let imported = try ImportCase(
            ArchiveBuilder.zip([Entry("a.png", try plainPNG(7)), Entry("b.png", try plainPNG(9, channels: 3))]))
        #expect(imported.manifest.schema as? ImageSchema == ImageSchema(height: 8, width: 8, channels: 3, classes: []))
        #expect(try imported.dataset().item(0) == [UInt8](repeating: 7, count: 192))
    }

    private static let sizes: [([(Int, Int, Int)], String?)] = [
        ([(10, 8, 8)], nil), ([(9, 8, 8), (1, 16, 16)], nil), ([(9, 20, 10), (1, 40, 20)], nil),
        ([(8, 8, 8), (2, 16, 16)], "sizes_differ"), ([(9, 8, 8), (1, 16, 8)], "sizes_differ"),
        ([(90, 100, 50), (1, 101, 50)], nil), ([(90, 100, 50), (1, 102, 50)], "sizes_differ"),
        ([(5, 7, 8)], "size_out_of_range"), ([(5, 8, 257)], "size_out_of_range"), ([(5, 256, 256)], nil),
    ]

    @Test(arguments: sizes)
    func decidesOnSizes(groups: [(Int, Int, Int)], code: String?) throws {
        var entries: [Entry] = []
        for (count, width, height) in groups {
            for _ in 0..<count {
                entries.append(
                    Entry("\(entries.count).png", try plainPNG(entries.count, width: width, height: height)))
            }
        }
        let upload = ArchiveBuilder.zip(entries)
        if let code {
            let error = try ImportCase.refusal(upload)
            #expect(error.code == code)
            #expect(error.detail.contains("\(groups[0].1)×\(groups[0].2)"))
        } else {
            let manifest = try ImportCase(upload).manifest
            #expect(
                manifest.schema as? ImageSchema
                    == ImageSchema(height: groups[0].2, width: groups[0].1, channels: 1, classes: []))
            #expect(manifest.resizedCount == groups.dropFirst().reduce(0) { $0 + $1.0 })
            #expect(manifest.itemCount == entries.count)
        }
    }

    @Test func readsJPEGs() throws {
        let bytes = try ReadableFile.contents(
            of: #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
                + "/CodecsTests/Golden/colour.jpg", limit: 10_000)
        let manifest = try ImportCase(ArchiveBuilder.zip([Entry("a.jpeg", bytes), Entry("b.JPG", bytes)])).manifest
        #expect(manifest.schema as? ImageSchema == ImageSchema(height: 16, width: 24, channels: 3, classes: []))
    }
}
