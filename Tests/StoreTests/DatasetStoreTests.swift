import Codecs
import Store
import Testing

@Suite struct DatasetStoreTests {
    @Test func anUploadMovesToItsPlaceAndIsValidating() throws {
        let fixture = try StoreFixture()
        let upload = try fixture.upload("a,b\n")
        let dataset = try fixture.store.createDataset(
            name: "points", requestedKind: "points", parameters: ["size": "8x8", "it's": "\"a\""],
            labels: ["team": "a", "quote": "it's"], upload: upload, bytes: 4, sha256: "cd")
        #expect(!FileTree.exists(upload))
        #expect(try FileTree.bytes(ofFile: fixture.store.folder.upload(of: dataset.id)) == Array("a,b\n".utf8))
        #expect(dataset.state == .validating && dataset.kind == nil && dataset.items == nil && dataset.bytes == 4)
        #expect(dataset.labels == ["team": "a", "quote": "it's"])
        #expect(dataset.parameters == ["size": "8x8", "it's": "\"a\""])
        #expect(try fixture.store.validatingDatasets() == [dataset])
        #expect(try fixture.store.dataset(dataset.id) == dataset)
    }

    @Test func anOutcomeIsRecordedOnce() throws {
        let fixture = try StoreFixture()
        let dataset = try fixture.dataset()
        let problems = (0..<120).map { DatasetRecord.Problem(item: "line \($0)", detail: "no number") }
        let invalid = try fixture.store.finishDataset(
            dataset.id, .invalid(code: "csv_not_a_number", problems: problems, problemCount: 120))
        #expect(invalid.state == .invalid && invalid.errorCode == "csv_not_a_number" && invalid.problemCount == 120)
        #expect(invalid.problems == Array(problems.prefix(100)))
        let again = try fixture.store.finishDataset(
            dataset.id, .ready(kind: "points", items: 1, schema: .null, problems: [], problemCount: 0))
        #expect(again == invalid)
        #expect(try fixture.store.validatingDatasets().isEmpty)
    }

    @Test func aMissingUploadLeavesNothing() throws {
        let fixture = try StoreFixture()
        expectError(.file) {
            try fixture.store.createDataset(
                name: "gone", requestedKind: "auto", upload: fixture.store.temporaryPath("no"), bytes: 0, sha256: "")
        }
        #expect(try fixture.store.datasets(page: PageRequest()).items.isEmpty)
    }

    @Test func changesNeedTheNewestRevision() throws {
        let fixture = try StoreFixture()
        let dataset = try fixture.dataset(labels: ["a": "1"])
        let renamed = try fixture.store.updateDataset(
            dataset.id, RecordChanges(name: "new", labels: ["b": "2"]), revision: dataset.revision)
        #expect(renamed.name == "new" && renamed.labels == ["b": "2"] && renamed.revision > dataset.revision)
        expectError(.stale) {
            try fixture.store.updateDataset(dataset.id, RecordChanges(name: "late"), revision: dataset.revision)
        }
        expectError(.notFound) { try fixture.store.updateDataset("ds_none", RecordChanges(name: "x")) }
        #expect(try fixture.store.dataset(dataset.id) == renamed)
    }

    @Test(arguments: JobState.allCases)
    func aDatasetGoesUnlessALiveJobUsesIt(state: JobState) throws {
        let fixture = try StoreFixture()
        var job = try fixture.job()
        if state != .queued {
            job = try fixture.store.move(job, to: .running)
            if state != .running { job = try fixture.store.move(job, to: state) }
        }
        if state.isLive {
            expectError(.conflict, code: "dataset_in_use") { try fixture.store.deleteDataset(job.datasetID) }
            #expect(FileTree.exists(fixture.store.folder.upload(of: job.datasetID)))
        } else {
            try fixture.store.deleteDataset(job.datasetID)
            expectError(.notFound) { try fixture.store.dataset(job.datasetID) }
            #expect(!FileTree.exists(fixture.store.folder.dataset(job.datasetID)))
            #expect(try fixture.store.job(job.id).datasetID == job.datasetID)
        }
    }
}
