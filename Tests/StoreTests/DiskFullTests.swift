import Codecs
import Glibc
import Store
import TestSupport
import Testing

/// A file system of 2 MiB in memory; needs the right to mount.
private final class SmallDisk {
    let folder: TemporaryFolder
    private let filler: String

    init() throws {
        folder = try TemporaryFolder()
        filler = folder.path + "/filler"
        guard mount("none", folder.path, "tmpfs", 0, "size=2m") == 0 else {
            throw FileError(operation: "mount", path: folder.path, code: errno)
        }
    }

    deinit {
        umount2(folder.path, CInt(MNT_DETACH))
    }

    static var isAvailable: Bool { (try? SmallDisk()) != nil }

    func fill() throws {
        let descriptor = open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError(operation: "create", path: filler, code: errno) }
        defer { close(descriptor) }
        let page = [UInt8](repeating: 1, count: 4096)
        while write(descriptor, page, page.count) > 0 {}
        #expect(errno == ENOSPC)
    }

    func free() throws { try FileTree.remove(filler) }
}

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
