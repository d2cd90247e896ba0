import Adversarial
import Codecs
import Jobs
import Store
import Testing

@Suite struct RecoveryTests {
    /// A job stopped in its tracks after so many steps, and the store as the death of the process leaves it.
    private func crash(
        _ fixture: JobsFixture, _ gate: StepGate, steps: Int
    ) throws -> JobRecord {
        let job = try fixture.submit()
        try gate.run(steps)
        return try fixture.store.job(job.id)
    }

    @Test(arguments: [3, 5, 7, 14])
    func afterACrashTheJobGoesOnAndEndsAsIfNothingHadBeen(steps: Int) throws {
        let whole = try JobsFixture()
        let uninterrupted = try whole.job(whole.submit().id, after: .succeeded)

        let gate = StepGate()
        let clock = TestClock()
        let crashed = try JobsFixture(clock: clock, trainings: FakeTrainings(clock: clock, gate: gate))
        defer { gate.open() }
        let running = try crash(crashed, gate, steps: steps)
        #expect(running.state == .running)

        let trainings = FakeTrainings(clock: clock)
        let fixture = try JobsFixture(clock: clock, trainings: trainings, ofCrashed: crashed.store)
        let job = try fixture.job(running.id, after: .succeeded)
        #expect(job.attempt == 2 && fixture.recorder.states(of: job.id) == [.queued, .running, .succeeded])
        #expect(trainings.begun == [steps / 5 * 5])
        #expect(try fixture.weights(of: job) == whole.weights(of: uninterrupted))
        #expect(try fixture.curves(of: job) == whole.curves(of: uninterrupted))
        #expect(try fixture.store.events(of: job.id).contains { $0.data["cause"] == "crash" })
    }

    @Test func theThirdCrashWithoutACheckpointFailsTheJobAndACheckpointStartsTheCountAnew() throws {
        let clock = TestClock()
        let gates = (0..<5).map { _ in StepGate() }
        defer { for gate in gates { gate.open() } }
        var fixture = try JobsFixture(clock: clock, trainings: FakeTrainings(clock: clock, gate: gates[0]))
        let id = try fixture.submit().id
        var kept: [JobsFixture] = []
        // Two crashes before the first checkpoint, at step 5; then one after it, then two more.
        for (crash, steps) in [2, 3, 7, 2].enumerated() {
            try gates[crash].run(steps)
            kept.append(fixture)
            fixture = try JobsFixture(
                clock: clock, trainings: FakeTrainings(clock: clock, gate: gates[crash + 1]),
                ofCrashed: fixture.store)
            let job = try fixture.store.job(id)
            #expect(job.attempt == crash + 2 && job.crashes == [1, 2, 1, 2][crash] && job.state.isLive)
        }
        try gates[4].run(2)
        let last = try JobsFixture(clock: clock, ofCrashed: fixture.store)
        let failed = try last.store.job(id)
        #expect(failed.state == .failed && failed.failure?.code == "crash_loop")
        #expect(try last.store.checkpoints(of: failed.modelID).map(\.step) == [5])
        #expect(last.center.runningCount == 0)
        for gate in gates { gate.open() }
    }

    @Test func aJobThatWasStoppingIsStoppedAfterACrash() throws {
        let gate = StepGate()
        let clock = TestClock()
        let crashed = try JobsFixture(clock: clock, trainings: FakeTrainings(clock: clock, gate: gate))
        defer { gate.open() }
        let running = try crash(crashed, gate, steps: 7)
        _ = try crashed.center.stop(running.id)
        let fixture = try JobsFixture(ofCrashed: crashed.store)
        let job = try fixture.store.job(running.id)
        #expect(job.state == .stopped && job.stopReason == .stopped && job.attempt == 1)
        #expect(try fixture.store.latestCheckpoint(of: job.modelID)?.step == 5)
    }

    @Test func nothingBeginsBeforeAllIsSetRight() throws {
        let gate = StepGate()
        let clock = TestClock()
        let crashed = try JobsFixture(clock: clock, trainings: FakeTrainings(clock: clock, gate: gate))
        defer { gate.open() }
        let running = try crash(crashed, gate, steps: 7)
        let trainings = FakeTrainings(clock: clock)
        let fixture = try JobsFixture(clock: clock, trainings: trainings, ofCrashed: crashed.store, starts: false)
        try fixture.center.recover()
        #expect(try fixture.store.job(running.id).state == .queued)
        #expect(try fixture.center.stop(running.id).state == .stopped)
        fixture.center.start()
        fixture.center.drain()
        #expect(trainings.begun.isEmpty)
    }

    @Test func aDrainGivesJobsBackWithACheckpointAndTheNextStartGoesOn() throws {
        let whole = try JobsFixture()
        let uninterrupted = try whole.job(whole.submit().id, after: .succeeded)

        let gate = StepGate()
        let clock = TestClock()
        let first = try JobsFixture(clock: clock, trainings: FakeTrainings(clock: clock, gate: gate))
        let running = try first.submit()
        let waiting = try first.submit()
        try gate.run(7)
        #expect(!first.center.drain(timeout: 0))
        gate.open()
        #expect(first.center.drain())
        let drained = try first.store.job(running.id)
        #expect(drained.state == .queued && drained.step == 8)
        #expect(drained.attempt == 1 && drained.crashes == 0 && drained.metricsRevision == 0)
        #expect(try first.store.latestCheckpoint(of: running.modelID)?.step == 8)
        #expect(try first.store.job(waiting.id).state == .queued)

        let second = try JobsFixture(ofCrashed: first.store)
        let job = try second.job(running.id, after: .succeeded)
        #expect(job.attempt == 1)
        #expect(try second.weights(of: job) == whole.weights(of: uninterrupted))
        #expect(try second.curves(of: job) == whole.curves(of: uninterrupted))
        _ = try second.job(waiting.id, after: .succeeded)
    }
}
