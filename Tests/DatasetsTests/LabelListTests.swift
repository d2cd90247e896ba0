import Codecs
import Datasets
import TestSupport
import Testing

/// Archives of StyleGAN's: folders of a thousand pictures, and their labels in `dataset.json`.
@Suite struct LabelListTests {
    typealias Entry = ArchiveBuilder.Entry

    private static func archive(_ list: String, count: Int = 6, root: String = "") throws -> [Entry] {
        try (0..<count).map { Entry("\(root)0000\($0 / 3)/img\($0).png", try plainPNG($0)) }
            + [Entry("\(root)dataset.json", Array(list.utf8))]
    }

    private static func list(_ labels: [String]) -> String {
        let pairs = labels.enumerated().map { #"["0000\#($0 / 3)/img\#($0).png", \#($1)]"# }
        return #"{"labels": ["# + pairs.joined(separator: ", ") + "]}"
    }

    private static let lists: [(list: String, classes: [String], labels: [Int?])] = [
        (list(["2", "0", "10", "2", "0", "10"]), ["0", "2", "10"], [1, 0, 2, 1, 0, 2]),
        (
            list([#""cat""#, #""dog""#, #""cat""#, #""dog""#, #""cat""#, #""cat""#]), ["cat", "dog"],
            [0, 1, 0, 1, 0, 0]
        ),
        (#"{"labels": null}"#, [], [nil, nil, nil, nil, nil, nil]),
        (#"{"labels": []}"#, [], [nil, nil, nil, nil, nil, nil]),
    ]

    @Test(arguments: lists.indices, ["", "root/"])
    func labelsAreTheClassesAndFoldersAreNot(index: Int, root: String) throws {
        let (list, classes, labels) = Self.lists[index]
        let entries = try Self.archive(list, root: root)
        for archive in [ArchiveBuilder.zip(entries), ArchiveBuilder.tar(entries.reversed())] {
            let imported = try ImportCase(archive)
            #expect((imported.manifest.schema as? ImageSchema)?.classes == classes)
            #expect(imported.manifest.problemCount == 0 && imported.manifest.itemCount == 6)
            let dataset = try imported.dataset()
            for item in 0..<6 {
                let shade = Int(try dataset.item(item)[0])
                #expect(dataset.label(of: item) == labels[shade])
            }
        }
    }

    private static let partial: [(list: String, items: Int, classes: [String], problems: [String])] = [
        ("{}", 6, [], ["leave it out"]),
        (
            #"{"labels": [["00000/img0.png", 1], ["00000/img1.png", 0], ["00009/none.png", 0], ["x.png", 1]]}"#, 2,
            ["0", "1"],
            ["2 of the 4 pictures", "has no label", "has no label", "has no label", "has no label"]
        ),
        (#"{"labels": [["00000/img0.png", null], ["00000/img1.png", 0]]}"#, 1, ["0"], ["has no label"]),
        (#"{"labels": [["00000/img0.png", [0, 1]], ["00000/img1.png", [1, 0]]]}"#, 6, [], ["no classes"]),
        (#"{"labels": [["00000/img0.png", 0.5]]}"#, 6, [], ["no classes"]),
    ]

    @Test(arguments: partial.indices)
    func whatListAndPicturesDontShareIsSaid(index: Int) throws {
        let (list, items, classes, problems) = Self.partial[index]
        let manifest = try ImportCase(ArchiveBuilder.zip(try Self.archive(list))).manifest
        #expect(manifest.itemCount == items && (manifest.schema as? ImageSchema)?.classes == classes)
        for (problem, words) in zip(manifest.problems, problems) { #expect(problem.detail.contains(words)) }
        if items > 1 { #expect(manifest.problemCount == problems.count) }
    }

    private static let refused: [(list: String, code: String, words: String)] = [
        ("{", "labels_unreadable", "no JSON"), ("[1]", "labels_unreadable", "no object"),
        (#"{"labels": 3}"#, "labels_unreadable", "no list"),
        (#"{"labels": [["a.png"]]}"#, "labels_unreadable", "place 1"),
        (#"{"labels": [["a.png", true]]}"#, "labels_unreadable", "a.png"),
        (#"{"labels": [["a.png", 1], ["b.png", 0]]}"#, "labels_differ", "2 pictures"),
    ]

    @Test(arguments: refused.indices)
    func aListThatCantBeReadIsRefused(index: Int) throws {
        let (list, code, words) = Self.refused[index]
        let error = try ImportCase.refusal(ArchiveBuilder.zip(try Self.archive(list)))
        #expect(error.code == code && error.detail.contains(words), "\(error)")
    }

    /// Deeper down it is a file like any other.
    @Test func aListWithinAClassIsNone() throws {
        let entries =
            try (0..<4).map { Entry("a/\($0 % 2)/\($0).png", try plainPNG($0)) }
            + [Entry("a/0/dataset.json", Array("[]".utf8))]
        let manifest = try ImportCase(ArchiveBuilder.zip(entries)).manifest
        #expect((manifest.schema as? ImageSchema)?.classes == ["0", "1"] && manifest.problemCount == 1)
    }
}
