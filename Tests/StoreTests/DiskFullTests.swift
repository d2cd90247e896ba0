import Codecs
import Store
import TestSupport
import Testing

@Suite struct DiskFullTests {
    @Test(.enabled(if: SmallDisk.isAvailable, "mounting a small file system needs root"))
    func aFullDiskIsSaidAndWhatWasThereStays() throws {
        let disk = try SmallDisk()
        let fixture = try StoreFixture(in: disk.folder.path)
        let store = fixture.store
        let job = try fixture.runningJob()
        try store.appendPoints(1...5, claim: job.claim)
        try store.commit(try fixture.checkpoint(5), claim: job.claim)
        let next = try fixture.checkpoint(6)
        let upload = try fixture.upload()
        let before = try store.job(job.id)

        try disk.fill()
        expectError(.diskFull, code: "disk_full") { try store.probe() }
        expectError(.diskFull) { try store.commit(next, claim: job.claim) }
        expectError(.diskFull) { try store.appendPoints(6...9000, claim: job.claim) }
        expectError(.diskFull) {
            for _ in 0..<1000 {
                _ = try store.createDataset(
                    name: "big", requestedKind: "auto", upload: upload, bytes: 8, sha256: "ab")
            }
        }
        #expect(try store.job(job.id) == before)
        #expect(try store.checkpoints(of: job.modelID).map(\.step) == [5])
        #expect(try store.curve(of: job.id, CurveRequest()).steps == Array(1...5))

        try disk.free()
        _ = try store.probe()
        try store.appendPoints(6...9000, claim: job.claim)
        try store.commit(next, claim: job.claim)
        #expect(try store.checkpoints(of: job.modelID).map(\.step) == [6, 5])
        #expect(try store.datasets(page: PageRequest()).items.count == 1)
    }
}
