import Codecs
import Datasets
import TestSupport
import Testing

/// Archives that set pictures for training apart from those for testing.
@Suite struct ImageSplitTests {
    typealias Entry = ArchiveBuilder.Entry

    private static let archives:
        [(folders: [String], split: (training: [String], holdout: [String])?, classes: [String])] = [
            (["train", "test"], (["train"], ["test"]), []),
            (["train/cat", "train/dog", "test/cat", "test/dog"], (["train"], ["test"]), ["cat", "dog"]),
            (["mnist/training/0", "mnist/training/1", "mnist/testing/0"], (["training"], ["testing"]), ["0", "1"]),
            (["Train/a", "VAL/a", "Test/a"], (["Train"], ["Test", "VAL"]), ["a"]),
            (["a/b/train", "a/b/valid"], (["train"], ["valid"]), []),
            (["training_set/training_set/a", "test_set/test_set/a"], (["training_set"], ["test_set"]), ["a"]),
            // Anything else beside them, and they are classes like any other.
            (["train", "test", "car"], nil, ["car", "test", "train"]),
            (["train", "trains"], nil, ["train", "trains"]),
            (["test", "val"], nil, ["test", "val"]), (["train/a", "train/b"], nil, ["a", "b"]),
            (["cats/train", "dogs/train", "cats/test", "dogs/test"], nil, ["cats", "dogs"]),
        ]

    @Test(arguments: archives.indices)
    func foldersForTrainingAndTestingAreNoClasses(index: Int) throws {
        let (folders, split, classes) = Self.archives[index]
        var entries: [Entry] = []
        for (place, folder) in folders.enumerated() {
            for copy in 0..<4 {
                entries.append(Entry("\(folder)/\(copy).png", try plainPNG(place * 20 + copy)))
            }
        }
        // The order in the archive is no matter.
        for archive in [ArchiveBuilder.zip(entries), ArchiveBuilder.tar(entries.reversed())] {
            let imported = try ImportCase(archive)
            let schema = try #require(imported.manifest.schema as? ImageSchema)
            #expect(schema.classes == classes && imported.manifest.problemCount == 0)
            #expect(schema.split?.training.names == split?.training && schema.split?.holdout.names == split?.holdout)
            let dataset = try imported.dataset()
            let heldOut = try dataset.holdoutIndices.map { Int(try dataset.item($0)[0]) }.sorted()
            let expected = folders.enumerated().filter { _, folder in
                split?.holdout.contains { folder.split(separator: "/").contains(Substring($0)) } ?? false
            }.flatMap { place, _ in (0..<4).map { place * 20 + $0 } }
            #expect(heldOut == expected)
            #expect(imported.manifest.trainingCount == entries.count - expected.count)
            #expect(schema.split?.training.items == split.map { _ in entries.count - expected.count })
            #expect(schema.split?.holdout.items == split.map { _ in expected.count })
            // It is read as it was written.
            #expect(dataset.manifest == imported.manifest)
        }
    }

    /// More than fifty pictures, of which a tenth would be held out by their digests.
    @Test func theHoldoutIsWhatWasGivenAndNoMore() throws {
        let entries = try (0..<120).map { Entry("\($0 < 100 ? "train" : "test")/\($0).png", try plainPNG($0)) }
        let dataset = try ImportCase(ArchiveBuilder.zip(entries)).dataset()
        #expect(dataset.holdoutIndices == Array(100..<120) && dataset.trainingIndices == Array(0..<100))
    }

    @Test func copiesAmongThePicturesForTrainingAreSaid() throws {
        let shades = [(10, "train"), (11, "train"), (12, "train"), (11, "test"), (30, "test"), (12, "val")]
        let entries = try shades.enumerated().map { Entry("\($1.1)/\($0).png", try plainPNG($1.0)) }
        let manifest = try ImportCase(ArchiveBuilder.zip(entries)).manifest
        #expect(manifest.itemCount == 6 && manifest.holdoutCount == 3)
        #expect(
            manifest.problems == [
                ItemProblem(
                    item: "test, val",
                    detail:
                        "2 of the 3 held-out pictures are also among those for training; measures on them flatter the model"
                )
            ])
    }

    @Test func whatFitsIntoNoPartIsAProblem() throws {
        var entries = try (0..<20).map { Entry("train/\($0 % 2)/\($0).png", try plainPNG($0)) }
        entries += try (0..<4).map { Entry("test/\($0 % 2)/\($0).png", try plainPNG(40 + $0)) }
        entries += [
            Entry("stray.png", try plainPNG(90)), Entry("test/7/a.png", try plainPNG(91)),
            Entry("test/b.png", try plainPNG(92)),
        ]
        let manifest = try ImportCase(ArchiveBuilder.zip(entries)).manifest
        #expect(manifest.trainingCount == 20 && manifest.holdoutCount == 4)
        #expect(manifest.problems.map(\.item) == ["stray.png", "test/7/a.png", "test/b.png"])
        #expect(manifest.problems[0].detail == "it stands neither in a folder for training nor in one for testing")
        #expect(
            manifest.problems[1].detail == "it stands in no folder that is a class of the pictures for training")
        // Nothing for testing can be used: the hold-out is chosen here.
        let unlabelled = try (0..<60).map { Entry("train/\($0 % 2)/\($0).png", try plainPNG($0)) }
        let chosen = try ImportCase(ArchiveBuilder.zip(unlabelled + [Entry("test/a.png", try plainPNG(99))])).manifest
        #expect((chosen.schema as? ImageSchema)?.split == nil && chosen.holdoutCount == 6 && chosen.problemCount == 1)
        let none = [Entry("train/a.png", [1]), Entry("train/b.png", Array(try plainPNG(1)[..<50]))]
        #expect(
            try ImportCase.refusal(ArchiveBuilder.zip(none + [Entry("test/a.png", try plainPNG(1))])).code
                == "no_usable_item")
    }

    @Test func aSchemaOfBeforeHasNeitherPartsNorFit() throws {
        let old: JSON = ["height": 8, "width": 9, "channels": 3, "classes": ["a"]]
        let schema = try ImageSchema(json: old)
        #expect(schema.split == nil && schema.fit == nil && schema.json == old)
        let new = ImageSchema(
            height: 8, width: 8, channels: 1, classes: [], fit: .pad,
            split: ImageSplit(
                training: ImageSplit.Part(names: ["train"], items: 5),
                holdout: ImageSplit.Part(names: ["test"], items: 2)))
        #expect(try ImageSchema(json: JSON(parsing: new.json.bytes)) == new)
    }
}
