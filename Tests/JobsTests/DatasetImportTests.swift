import Codecs
import Datasets
import Jobs
import Store
import TestSupport
import Testing

@Suite struct DatasetImportTests {
    /// Takes an upload in, which nothing reads yet.
    private func waiting(_ fixture: JobsFixture) throws -> DatasetRecord {
        let bytes = SampleDatasets.pointsTable()
        let path = fixture.store.temporaryPath("upload")
        try DurableFile.write(bytes, to: path)
        return try fixture.center.importDataset(
            name: "uploaded", upload: path, bytes: bytes.count, sha256: SHA256.hex(of: bytes))
    }

    @Test func anUploadBecomesADatasetThatAJobCanTrainOn() throws {
        let fixture = try JobsFixture()
        let dataset = try fixture.imported(SampleDatasets.pointsTable(count: 200), labels: ["team": "a"])
        #expect(dataset.state == .ready && dataset.kind == "points" && dataset.items == 200)
        #expect(dataset.labels == ["team": "a"] && dataset.schema?["columns"]?.array?.count == 2)
        #expect(try Dataset(opening: fixture.store.folder.decoded(of: dataset.id)).manifest.itemCount == 200)
        _ = try fixture.job(fixture.submit(dataset: dataset).id, after: .succeeded)
        try fixture.center.deleteDataset(dataset.id)
        #expect(throws: StoreError.self) { try fixture.store.dataset(dataset.id) }
    }

    @Test func anUploadThatIsNoDatasetIsInvalidAndSaysWhy() throws {
        let fixture = try JobsFixture()
        let garbage = try fixture.imported([0, 1, 2, 3, 255, 254])
        #expect(garbage.state == .invalid && garbage.problemCount >= 1)
        #expect(garbage.problems.first.map { !$0.detail.isEmpty } == true && garbage.errorCode != nil)
        let words = try fixture.imported(Array("x,y\n1,2\n3,four\n5,6\n".utf8), kind: .points)
        #expect(words.state == .invalid && words.problems.contains { $0.detail.contains("3") || $0.item.contains("3") })
        expectJobsError("dataset_not_ready") { try fixture.submit(dataset: words) }
        #expect(throws: StoreError.self) { try fixture.store.dataset(garbage.id + "0") }
    }

    @Test func anImportThatACrashBrokeOffIsDoneAgain() throws {
        let crashed = try JobsFixture(starts: false)
        let dataset = try waiting(crashed)
        #expect(dataset.state == .validating)
        #expect(try crashed.store.beginImport(of: dataset.id) == 1)
        try FileTree.createFolder(crashed.store.folder.decoded(of: dataset.id) + "/items.bin.partial")
        expectJobsError("dataset_not_ready") { try crashed.submit(dataset: dataset) }

        let fixture = try JobsFixture(ofCrashed: crashed.store)
        #expect(fixture.center.waitForImport(of: dataset.id, timeout: 60))
        #expect(try fixture.store.dataset(dataset.id).state == .ready)
    }

    /// How an upload is to be read is known at the next start too.
    @Test func anImportThatIsDoneAgainHasItsParameters() throws {
        let crashed = try JobsFixture(starts: false)
        let bytes = try SampleDatasets.imageArchive(count: 4, classes: 2, side: 20)
        let path = crashed.store.temporaryPath("upload")
        try DurableFile.write(bytes, to: path)
        let dataset = try crashed.center.importDataset(
            name: "uploaded", parameters: ["size": "9x8", "fit": "pad"], upload: path, bytes: bytes.count,
            sha256: SHA256.hex(of: bytes))
        _ = try crashed.store.beginImport(of: dataset.id)
        let fixture = try JobsFixture(ofCrashed: crashed.store)
        #expect(fixture.center.waitForImport(of: dataset.id, timeout: 60))
        let schema = try fixture.store.dataset(dataset.id).schema
        #expect(schema?["width"] == 9 && schema?["height"] == 8 && schema?["fit"] == "pad")
    }

    @Test func anUploadOverWhichTheServerKeepsDyingIsGivenUp() throws {
        let crashed = try JobsFixture(starts: false)
        let dataset = try waiting(crashed)
        for _ in 0..<3 { _ = try crashed.store.beginImport(of: dataset.id) }
        let fixture = try JobsFixture(ofCrashed: crashed.store)
        #expect(fixture.center.waitForImport(of: dataset.id, timeout: 60))
        let given = try fixture.store.dataset(dataset.id)
        #expect(given.state == .invalid && given.errorCode == "crash_loop")
    }

    @Test func whatHasBeenReadIsNotReadAgain() throws {
        let fixture = try JobsFixture(starts: false)
        let dataset = try waiting(fixture)
        let read = try fixture.store.finishDataset(
            dataset.id, .ready(kind: "points", items: 1, schema: [:], problems: [], problemCount: 0))
        let kept = fixture.store.folder.decoded(of: dataset.id) + "/kept"
        try FileTree.createFolder(kept)
        fixture.center.start()
        #expect(fixture.center.waitForImport(of: dataset.id, timeout: 60))
        #expect(try fixture.store.dataset(dataset.id) == read)
        #expect(throws: Never.self) { try FileTree.names(in: kept) }
    }

    @Test func whatWaitsAtADrainIsReadAtTheNextStart() throws {
        let first = try JobsFixture()
        first.center.drain()
        let dataset = try waiting(first)
        #expect(try first.store.dataset(dataset.id).state == .validating)
        let second = try JobsFixture(ofCrashed: first.store)
        #expect(second.center.waitForImport(of: dataset.id, timeout: 60))
        #expect(try second.store.dataset(dataset.id).state == .ready)
    }
}
