import Codecs
import Datasets
import TestSupport
import Testing

@Suite struct ClassFoldersTests {
    private static let safe = ["0", "10", "cat", "größe", "日本", "a b", "x.", "...a", "10:30", "-", "Thumbs.db"]

    @Test func aNameThatCanBeAFoldersStays() {
        #expect(ClassFolders.names(of: Self.safe) == Self.safe)
    }

    private static let unsafe: [(classes: [String], folders: [String])] = [
        (["a/b", "c\\d"], ["a_b", "c_d"]), ([".", "..", ""], ["_", "__", "__2"]), (["/etc"], ["_etc"]),
        (["../up"], [".._up"]), (["a\nb", "nul\0", "\u{85}"], ["a_b", "nul_", "_"]), (["C:"], ["C_"]),
        (["__MACOSX"], ["__MACOSX_"]), (["a/b", "a_b", "a\tb", "a_b_2"], ["a_b_3", "a_b", "a_b_4", "a_b_2"]),
        ([String(repeating: "ü", count: 200)], [String(repeating: "ü", count: 120)]),
    ]

    @Test(arguments: unsafe)
    func othersBecomeOnesThatCan(classes: [String], folders: [String]) throws {
        let names = ClassFolders.names(of: classes)
        #expect(names == folders)
        #expect(Set(names).count == classes.count)
    }

    @Test func anImportFindsTheClassesAgain() throws {
        let names = ClassFolders.names(of: Self.safe + Self.unsafe.flatMap(\.classes))
        let image = try PNG.encode(PixelImage(width: 8, height: 8, channels: 1, shade: 7))
        let imported = try ImportCase(
            ArchiveBuilder.zip(names.map { ArchiveBuilder.Entry("\($0)/000000.png", image) }))
        guard let classes = (imported.manifest.schema as? ImageSchema)?.classes else {
            Issue.record("\(imported.manifest.kind)")
            return
        }
        #expect(Set(classes) == Set(names))
    }
}
