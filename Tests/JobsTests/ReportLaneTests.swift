import Adversarial
import Codecs
import Jobs
import Store
import Testing

/// Reports in the background: their order, their ends, and what a restart leaves of them.
@Suite struct ReportLaneTests {
    /// A fixture with the model of a job that has ended.
    private func fixture(_ reports: FakeReports, ofCrashed store: Store? = nil) throws -> JobsFixture {
        try JobsFixture(reports: reports, ofCrashed: store)
    }

    private func model(_ fixture: JobsFixture) throws -> String {
        try fixture.job(fixture.submit().id, after: .succeeded).modelID
    }

    private func submit(
        _ fixture: JobsFixture, _ model: String, samples: Int? = nil, checkpoint: CheckpointSelector = .best
    ) throws -> ReportRecord {
        try fixture.center.submitReport(on: model, ReportWish(samples: samples, seed: 1, checkpoint: checkpoint))
    }

    private func ended(_ report: ReportRecord, _ fixture: JobsFixture) throws -> ReportRecord {
        #expect(fixture.center.waitForReport(report.id, timeout: 60))
        return try fixture.store.report(report.id)
    }

    @Test func aReportIsMadeOfTheBestCheckpointAndOfAsManySamplesAsAreHeldOut() throws {
        let fixture = try fixture(FakeReports())
        let model = try model(fixture)
        let queued = try submit(fixture, model)
        #expect(queued.samples == 100 && queued.step == 20 && queued.total > 20 && queued.checkpoint == "best")
        let report = try ended(queued, fixture)
        #expect(report.state == .succeeded && report.result == ["score": 0.5] && report.starts == 1)
        #expect(fixture.center.progress(of: report).fraction == 1)
        #expect(try fixture.store.picture(ofReport: report.id) == [1, 2])
        let other = try ended(submit(fixture, model, samples: 20, checkpoint: .step(15)), fixture)
        #expect(other.samples == 20 && other.step == 15 && other.checkpoint == "15")
    }

    @Test func progressIsToldPartByPartAndOneReportIsMadeAtATime() throws {
        let gate = StepGate()
        let reports = FakeReports(gate: gate)
        let fixture = try fixture(reports)
        defer { gate.open() }
        let model = try model(fixture)
        let first = try submit(fixture, model)
        let second = try submit(fixture, model)
        try gate.run(7)
        let running = try fixture.store.report(first.id)
        #expect(running.state == .running && running.startedAt != nil)
        let progress = fixture.center.progress(of: running)
        #expect(progress.done == 7 && progress.total == running.total)
        #expect(try fixture.store.report(second.id).state == .queued)
        gate.open()
        #expect(try ended(second, fixture).state == .succeeded)
        #expect(reports.made == [first.id, second.id] && reports.mostAlive == 1)
    }

    @Test func aFailureIsToldAndTheNextReportIsMade() throws {
        let failure = JobFailure(code: "engine", detail: "shapes differ")
        let fixture = try fixture(FakeReports(failure: failure))
        let model = try model(fixture)
        for _ in 0..<2 {
            let report = try ended(submit(fixture, model), fixture)
            #expect(report.state == .failed && report.failure == failure)
        }
    }

    @Test func aReportThatWaitsIsCancelledAndNeverMade() throws {
        let gate = StepGate()
        let reports = FakeReports(gate: gate)
        let fixture = try fixture(reports)
        defer { gate.open() }
        let model = try model(fixture)
        let first = try submit(fixture, model)
        let second = try submit(fixture, model)
        try gate.waitForArrivals(1)
        #expect(try fixture.center.cancelOrDeleteReport(second.id)?.state == .cancelled)
        #expect(fixture.center.waitForReport(second.id, timeout: 0))
        gate.open()
        #expect(try ended(first, fixture).state == .succeeded)
        #expect(try fixture.store.report(second.id).state == .cancelled && reports.made == [first.id])
        #expect(try fixture.center.cancelOrDeleteReport(second.id) == nil)
        #expect(throws: StoreError.self) { try fixture.store.report(second.id) }
    }

    @Test func aReportThatIsBeingMadeIsCancelledAtItsNextPart() throws {
        let gate = StepGate()
        let fixture = try fixture(FakeReports(gate: gate))
        defer { gate.open() }
        let model = try model(fixture)
        let report = try submit(fixture, model)
        try gate.run(3)
        let cancelled = try #require(try fixture.center.cancelOrDeleteReport(report.id))
        #expect(cancelled.state == .cancelled && cancelled.done == 3)
        let next = try submit(fixture, model)
        // One more part, at whose end the work looks whether it is wanted; then the next report begins.
        try gate.run(1)
        #expect(fixture.center.waitForReport(report.id, timeout: 60))
        #expect(try fixture.store.report(report.id) == cancelled)
        gate.open()
        #expect(try ended(next, fixture).state == .succeeded)
    }

    @Test func aDeletedModelTakesItsReportsWithIt() throws {
        let gate = StepGate()
        let reports = FakeReports(gate: gate)
        let fixture = try fixture(reports)
        defer { gate.open() }
        let (model, other) = (try model(fixture), try model(fixture))
        let running = try submit(fixture, model)
        let waiting = try submit(fixture, model)
        let last = try submit(fixture, other)
        try gate.run(2)
        try fixture.center.deleteModel(model)
        gate.open()
        #expect(try ended(last, fixture).state == .succeeded)
        #expect(reports.made == [running.id, last.id])
        for id in [running.id, waiting.id] { #expect(throws: StoreError.self) { try fixture.store.report(id) } }
    }

    @Test func aReportOfADeletedDatasetFailsAndANewOneIsRefused() throws {
        let gate = StepGate()
        let fixture = try fixture(FakeReports(gate: gate))
        defer { gate.open() }
        let (first, model) = (try model(fixture), try model(fixture))
        _ = try submit(fixture, first)
        let report = try submit(fixture, model)
        try gate.waitForArrivals(1)
        try fixture.center.deleteDataset(report.datasetID)
        gate.open()
        let failed = try ended(report, fixture)
        #expect(failed.state == .failed && failed.failure?.code == "dataset_deleted")
        expectJobsError("dataset_deleted") { try submit(fixture, model) }
    }

    @Test func aCheckpointThatWasDrivenOutIsReplacedWhereItWasNamedByItsRank() throws {
        let (steps, parts) = (StepGate(), StepGate())
        let clock = TestClock()
        let fixture = try JobsFixture(
            clock: clock, trainings: FakeTrainings(clock: clock, gate: steps), reports: FakeReports(gate: parts))
        defer { for gate in [steps, parts] { gate.open() } }
        let model = try fixture.submit(everySteps: 5, keep: 1).modelID
        expectJobsError("model_not_ready") { try submit(fixture, model) }
        try steps.run(5)
        let first = try submit(fixture, model)
        let named = try submit(fixture, model, checkpoint: .latest)
        let numbered = try submit(fixture, model, checkpoint: .step(5))
        #expect(named.step == 5 && numbered.step == 5)
        try parts.waitForArrivals(1)
        try steps.run(5)
        parts.open()
        let replaced = try ended(named, fixture)
        #expect(replaced.state == .succeeded && replaced.step == 10)
        let failed = try ended(numbered, fixture)
        #expect(failed.state == .failed && failed.failure?.code == "checkpoint_not_found")
        // The one under way lost its files, which is said.
        #expect(try ended(first, fixture).failure?.code == "checkpoint_not_found")
    }

    @Test func soManyReportsMayWait() throws {
        let gate = StepGate()
        let fixture = try fixture(FakeReports(gate: gate))
        defer { gate.open() }
        let model = try model(fixture)
        _ = try submit(fixture, model)
        try gate.waitForArrivals(1)
        let waiting = try (0..<JobCenter.waitingReports).map { _ in try submit(fixture, model) }
        expectJobsError("too_many_reports") { try submit(fixture, model) }
        for report in waiting { _ = try fixture.center.cancelOrDeleteReport(report.id) }
        #expect(try submit(fixture, model).state == .queued)
    }

    // MARK: Restarts

    @Test func afterACrashReportsAreMadeFromTheirBeginning() throws {
        let gate = StepGate()
        let crashed = try fixture(FakeReports(gate: gate))
        defer { gate.open() }
        let model = try model(crashed)
        let running = try submit(crashed, model)
        let waiting = try submit(crashed, model)
        try gate.run(5)
        let reports = FakeReports()
        let fixture = try fixture(reports, ofCrashed: crashed.store)
        for (report, starts) in [(running, 2), (waiting, 1)] {
            let made = try ended(report, fixture)
            #expect(made.state == .succeeded && made.starts == starts)
        }
        #expect(reports.made == [running.id, waiting.id])
    }

    @Test func aReportOverWhichTheServerKeepsDyingIsGivenUp() throws {
        let gate = StepGate()
        let crashed = try fixture(FakeReports(gate: gate))
        defer { gate.open() }
        let report = try submit(crashed, model(crashed))
        try gate.waitForArrivals(1)
        for _ in 0..<2 {
            _ = try crashed.store.requeueReports()
            _ = try crashed.store.beginReport(report.id)
        }
        let reports = FakeReports()
        let fixture = try fixture(reports, ofCrashed: crashed.store)
        let failed = try ended(report, fixture)
        #expect(failed.state == .failed && failed.failure?.code == "crash_loop" && reports.made.isEmpty)
    }

    @Test func aDrainGivesReportsBackAndTheNextStartMakesThem() throws {
        let gate = StepGate()
        let first = try fixture(FakeReports(gate: gate))
        let model = try model(first)
        let running = try submit(first, model)
        let waiting = try submit(first, model)
        try gate.run(2)
        #expect(!first.center.drain(timeout: 0))
        gate.open()
        #expect(first.center.drain())
        for report in [running, waiting] {
            let left = try first.store.report(report.id)
            #expect(left.state == .queued && left.starts == 0)
        }
        let second = try fixture(FakeReports(), ofCrashed: first.store)
        for report in [running, waiting] { #expect(try ended(report, second).state == .succeeded) }
    }
}
