import Codecs
import Logging
import Store
import TestSupport
import Testing

@testable import Jobs

@Suite struct FullDiskTests {
    @Test(.enabled(if: SmallDisk.isAvailable, "mounting a small file system needs root"))
    func aJobWhoseCheckpointFindsNoSpaceFailsAndCanGoOnLater() throws {
        let disk = try SmallDisk()
        let gate = StepGate()
        let clock = TestClock()
        let trainings = FakeTrainings(clock: clock, gate: gate)
        let fixture = try JobsFixture(clock: clock, trainings: trainings, on: disk)
        let submitted = try fixture.submit()
        try gate.run(9)
        try disk.fill()
        gate.open()
        try trainings.waitForEnd()
        try disk.free()
        let job = try fixture.job(submitted.id, after: .failed)
        #expect(job.failure?.code == "disk_full")
        #expect(try fixture.store.checkpoints(of: job.modelID).map(\.step) == [5])
        _ = try fixture.center.resume(job.id)
        let resumed = try fixture.job(job.id, after: .succeeded)
        #expect(resumed.step == 20)
        #expect(try fixture.store.curve(of: job.id, CurveRequest()).steps == Array(1...20))
    }

    @Test(.enabled(if: SmallDisk.isAvailable, "mounting a small file system needs root"))
    func anUploadThatFindsNoSpaceIsReadOnceThereIsSome() throws {
        let disk = try SmallDisk()
        let log = AwaitedLog("an import's state can't be written")
        let fixture = try JobsFixture(on: disk, log: log, starts: false)
        let bytes = SampleDatasets.pointsTable()
        let path = fixture.store.temporaryPath("upload")
        try DurableFile.write(bytes, to: path)
        let dataset = try fixture.center.importDataset(
            name: "uploaded", upload: path, bytes: bytes.count, sha256: SHA256.hex(of: bytes))
        try disk.fill()
        fixture.center.start()
        try log.wait()
        try disk.free()
        #expect(fixture.center.waitForImport(of: dataset.id, timeout: 60))
        #expect(try fixture.store.dataset(dataset.id).state == .ready)
    }

    @Test(.enabled(if: SmallDisk.isAvailable, "mounting a small file system needs root"))
    func aReportThatFindsNoSpaceIsMadeOnceThereIsSome() throws {
        let first = try JobsFixture(reports: FakeReports())
        let model = try first.job(first.submit().id, after: .succeeded).modelID
        first.center.drain()
        let report = try first.center.submitReport(on: model, ReportWish(seed: 1))
        let disk = try SmallDisk()
        let (gate, log) = (StepGate(), AwaitedLog("a report's state can't be written"))
        let fixture = try JobsFixture(
            reports: FakeReports(gate: gate), ofCrashed: first.store, on: disk, log: log, starts: false)
        defer { gate.open() }
        try fixture.center.recover()
        try disk.fill()
        fixture.center.start()
        // Neither its beginning nor its end can be written.
        try log.wait()
        try disk.free()
        try gate.waitForArrivals(1)
        log.clear()
        try disk.fill()
        gate.open()
        try log.wait()
        try disk.free()
        #expect(fixture.center.waitForReport(report.id, timeout: 60))
        #expect(try fixture.store.report(report.id).state == .succeeded)
    }
}

@Suite struct PersistentWritesTests {
    private let writes = PersistentWrites(interval: 0, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })

    /// Fails a few times; gives what came of it and how often it was tried.
    private func write(failures: Int, _ kind: StoreError.Kind, while isWanted: () -> Bool) throws -> (Int?, tries: Int)
    {
        var tries = 0
        let written = try writes.write(else: "no", [:], while: isWanted) {
            tries += 1
            if tries <= failures { throw StoreError(kind, code: "test", "it can't") }
            return 7
        }
        return (written, tries)
    }

    @Test func whatTheStoreCannotTakeIsTriedAgainAsLongAsItIsWanted() throws {
        for kind in [StoreError.Kind.diskFull, .database] {
            #expect(try write(failures: 3, kind, while: { true }) == (7, 4))
        }
        var asked = 0
        let givenUp = try write(failures: 9, .diskFull) {
            asked += 1
            return asked < 3
        }
        #expect(givenUp == (nil, 3))
        #expect(throws: StoreError.self) { try write(failures: 1, .notFound, while: { true }) }
    }
}
