import Jobs
import Store
import TestSupport
import Testing

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
}
