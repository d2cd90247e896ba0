import Codecs
import Dispatch
import Store
import Testing

@Suite struct StoreOpeningTests {
    @Test func aSecondOpeningIsRefusedUntilTheFirstEnds() throws {
        let fixture = try StoreFixture()
        let error = expectError(.locked, code: "data_folder_locked") { try Store(folder: fixture.path + "/data") }
        #expect(error?.detail.contains("another process") == true)
        try fixture.store.close()
        try Store(folder: fixture.path + "/data").close()
    }

    @Test func temporaryFilesGoAtTheStart() throws {
        let fixture = try StoreFixture()
        _ = try fixture.upload()
        let folder = fixture.store.temporaryPath("checkpoint")
        try FileTree.createFolder(folder + "/deep")
        try fixture.store.close()
        let store = try Store(folder: fixture.path + "/data")
        #expect(try FileTree.names(in: store.folder.temporary).isEmpty)
        try store.close()
    }

    @Test func whatWasCommittedIsThereAfterAPowerCut() throws {
        let fixture = try StoreFixture()
        let job = try fixture.runningJob()
        try fixture.store.appendPoints(1...40, claim: job.claim)
        let checkpoint = try fixture.store.commit(try fixture.checkpoint(40), claim: job.claim)
        try fixture.store.appendPoints(41...50, claim: job.claim)

        let store = try fixture.afterPowerCut()
        var expected = try fixture.store.job(job.id)
        #expect(try store.job(job.id) == expected)
        #expect(expected.step == 50)
        #expect(try store.latestCheckpoint(of: job.modelID) == checkpoint)
        #expect(try store.curve(of: job.id, CurveRequest()).steps == Array(1...50))

        expected = try store.move(try store.job(job.id), to: .queued, attempt: 2, crashes: 1)
        #expect(expected.step == 40 && expected.samplesSeen == 400 && expected.metricsRevision == 1)
        #expect(try store.curve(of: job.id, CurveRequest()).steps == Array(1...40))
    }

    @Test func foldersThatNoRowNamesAreRemoved() throws {
        let fixture = try StoreFixture()
        let job = try fixture.runningJob()
        try fixture.store.commit(try fixture.checkpoint(10), claim: job.claim)
        let folder = fixture.store.folder
        let orphans = [folder.checkpoint(of: job.modelID, step: 20), folder.model("mdl_x"), folder.dataset("ds_x")]
        for orphan in orphans { try FileTree.createFolder(orphan) }
        #expect(Set(try fixture.store.removeOrphans()) == Set(orphans))
        #expect(orphans.allSatisfy { !FileTree.exists($0) })
        #expect(FileTree.exists(folder.checkpoint(of: job.modelID, step: 10) + "/weights.safetensors"))
        #expect(FileTree.exists(folder.upload(of: job.datasetID)))
    }

    @Test func aProbeWritesAndTellsTheSpaceLeft() throws {
        let fixture = try StoreFixture()
        let readiness = try fixture.store.probe()
        #expect(readiness.freeBytes > 0 && readiness.totalBytes >= readiness.freeBytes)
        #expect(try FileTree.names(in: fixture.store.folder.temporary).isEmpty)
        try FileTree.remove(fixture.store.folder.temporary)
        expectError(.file) { try fixture.store.probe() }
    }

    @Test func readersGoOnWhileAWriterWrites() throws {
        let fixture = try StoreFixture()
        let job = try fixture.runningJob()
        try fixture.store.appendPoints(1...10, claim: job.claim)
        DispatchQueue.concurrentPerform(iterations: 4) { worker in
            for round in 0..<40 {
                if worker == 0 {
                    #expect(throws: Never.self) {
                        try fixture.store.appendPoints([11 + 2 * round, 12 + 2 * round], claim: job.claim)
                    }
                } else {
                    let steps = try? fixture.store.curve(of: job.id, CurveRequest()).steps
                    // Whole blocks only: an even count, and nothing left out.
                    #expect(steps?.count.isMultiple(of: 2) == true && steps == Array(1...(steps?.count ?? 1)))
                }
            }
        }
        #expect(try fixture.store.curve(of: job.id, CurveRequest()).steps == Array(1...90))
    }
}
