import Codecs
import Datasets
import TestSupport
import Testing

@Suite(.enabled(if: SharedData.path("adult-train.csv") != nil, Comment(rawValue: SharedData.absence)))
struct RealTableTests {
    @Test func adultIsATableOfMixedTypes() throws {
        let path = try #require(SharedData.path("adult-train.csv"))
        let bytes = try ReadableFile.contents(of: path, limit: 1 << 23)
        let table = try TableCase(bytes)
        #expect(table.imported.manifest.itemCount == 22_561 && table.imported.manifest.problemCount == 0)
        #expect(table.imported.manifest.holdoutCount == 2_256)
        #expect(table.schema.dialect == TableDialect(hasBlanks: true))
        let types = table.schema.columns.map(\.type)
        #expect(
            types == [
                .integer, .categorical, .integer, .categorical, .ordinal, .categorical, .categorical, .categorical,
                .categorical, .categorical, .integer, .integer, .integer, .categorical, .categorical,
            ])
        #expect(table.dataset.categories[14] == ["<=50K", ">50K"] && table.dataset.categories[1].contains("?"))
        #expect(table.schema.columns.allSatisfy { $0.missing == 0 })
        #expect(try table.csv() == bytes)
    }
}
