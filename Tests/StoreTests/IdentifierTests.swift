import Store
import Testing

@Suite struct IdentifierTests {
    @Test func identifiersSortInTheOrderOfCreation() throws {
        let fixture = try StoreFixture()
        var ids: [String] = []
        for index in 0..<60 {
            if index.isMultiple(of: 20) { fixture.clock.advance(seconds: 0.001) }
            ids.append(try fixture.dataset().id)
        }
        #expect(ids == ids.sorted())
        #expect(Set(ids).count == ids.count)
        #expect(ids.allSatisfy { $0.hasPrefix("ds_") && $0.count == 29 })
    }

    @Test func identifiersGoOnWhereTheClockWasSetBackBeforeARestart() throws {
        let fixture = try StoreFixture()
        let before = try fixture.dataset().id
        fixture.clock.advance(seconds: -86_400)
        let store = try fixture.afterPowerCut()
        let upload = store.temporaryPath("upload")
        try FileTree.move(try fixture.upload(), to: upload)
        let after = try store.createDataset(
            name: "later", requestedKind: "auto", upload: upload, bytes: 8, sha256: "ab"
        ).id
        #expect(before < after)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_782_400_500_999, "2000-02-29T00:00:00.500Z"),
        (1_772_600_707_089_000, "2026-03-04T05:05:07.089Z"), (4_107_542_399_999_000, "2100-02-28T23:59:59.999Z"),
        (4_107_542_400_000_000, "2100-03-01T00:00:00.000Z"), (-1000, "1969-12-31T23:59:59.999Z"),
    ])
    func timesAreWrittenAsRFC3339(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).rfc3339 == text)
    }
}
