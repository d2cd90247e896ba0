import Codecs
import Store
import TestSupport
import Testing

@Suite struct IdempotencyStoreTests {
    private let reply = KeptReply(
        status: 202, headers: [.init(name: "Location", value: "/v1/jobs/x")], body: [1, 2, 3])

    @Test func aKeyBelongsToOneRequestAndItsReply() throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        #expect(try store.begin(key: "a", fingerprint: "f") == .first)
        #expect(try store.begin(key: "a", fingerprint: "f") == .underWay)
        #expect(try store.begin(key: "a", fingerprint: "g") == .differentRequest)
        #expect(try store.begin(key: "b", fingerprint: "f") == .first)
        try store.keep(reply, key: "a")
        #expect(try store.begin(key: "a", fingerprint: "f") == .answered(reply))
        #expect(try store.begin(key: "a", fingerprint: "g") == .differentRequest)
    }

    @Test func aRequestThatFailedCanBeTriedAgain() throws {
        let fixture = try StoreFixture()
        #expect(try fixture.store.begin(key: "a", fingerprint: "f") == .first)
        try fixture.store.forget(key: "a")
        #expect(try fixture.store.begin(key: "a", fingerprint: "f") == .first)
        // Unless it made something after all.
        let job = try fixture.job(key: "a")
        try fixture.store.forget(key: "a")
        #expect(try fixture.store.begin(key: "a", fingerprint: "f") == .made(job.id))
    }

    @Test(.enabled(if: SmallDisk.isAvailable, "mounting a small file system needs root"))
    func aFullDiskLeavesNoKeyInUse() throws {
        let disk = try SmallDisk()
        let fixture = try StoreFixture(in: disk.folder.path)
        let store = fixture.store
        for key in ["failed", "made"] { #expect(try store.begin(key: key, fingerprint: "f") == .first) }
        let job = try fixture.job(key: "made")
        try disk.fill()
        expectError(.diskFull) { try store.forget(key: "failed") }
        expectError(.diskFull) { try store.keep(reply, key: "made") }
        #expect(try store.begin(key: "made", fingerprint: "f") == .underWay)
        expectError(.diskFull) { try store.forget(key: "made") }
        expectError(.diskFull) { try store.begin(key: "new", fingerprint: "f") }
        try disk.free()
        #expect(try store.begin(key: "failed", fingerprint: "mended") == .first)
        #expect(try store.begin(key: "failed", fingerprint: "mended") == .underWay)
        #expect(try store.begin(key: "made", fingerprint: "f") == .made(job.id))
        #expect(try store.begin(key: "new", fingerprint: "f") == .first)
    }

    @Test func keysAreKeptADay() throws {
        let fixture = try StoreFixture()
        _ = try fixture.store.begin(key: "a", fingerprint: "f")
        try fixture.store.keep(reply, key: "a")
        fixture.clock.advance(seconds: Store.keyLifetime)
        #expect(try fixture.store.begin(key: "a", fingerprint: "f") == .answered(reply))
        fixture.clock.advance(seconds: 1)
        #expect(try fixture.store.begin(key: "a", fingerprint: "f") == .first)
    }

    @Test func aPowerCutLosesNoKeyOfWhatWasMade() throws {
        let fixture = try StoreFixture()
        for key in ["nothing", "made", "answered"] { _ = try fixture.store.begin(key: key, fingerprint: "f") }
        let job = try fixture.job(key: "made")
        try fixture.store.keep(reply, key: "answered")
        let store = try fixture.afterPowerCut()
        #expect(try store.begin(key: "nothing", fingerprint: "f") == .first)
        #expect(try store.begin(key: "made", fingerprint: "f") == .made(job.id))
        #expect(try store.begin(key: "answered", fingerprint: "f") == .answered(reply))
        try store.close()
    }
}
