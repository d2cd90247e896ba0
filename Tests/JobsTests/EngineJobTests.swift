import Adversarial
import Codecs
import Dispatch
import Jobs
import Store
import Synchronization
import TestSupport
import Testing

/// Jobs with the real trainer, on a few points.
@Suite struct EngineJobTests {
    private func fixture(gate: StepGate? = nil, workers: Int = 1, ofCrashed store: Store? = nil) throws -> JobsFixture {
        try JobsFixture(
            // Without trials of products, which may turn out one way or the other.
            workers: workers, trainings: GatedTrainings(gate: gate ?? .opened),
            ofCrashed: store, monotonic: .system)
    }

    private func dataset(_ fixture: JobsFixture) throws -> DatasetRecord {
        try fixture.imported(SampleDatasets.pointsTable(count: 200))
    }

    private func submit(_ fixture: JobsFixture, steps: Int = 24) throws -> JobRecord {
        try fixture.center.submit([
            "dataset_id": .string(try dataset(fixture).id), "seed": 7,
            "model": [
                "latent_dim": 4, "generator": ["hidden": [16, 16]], "discriminator": ["hidden": [16, 16]],
            ],
            "training": ["steps": .integer(Int64(steps)), "batch_size": 16, "discriminator_steps": 1],
            "checkpoint": ["every_steps": 10, "keep": 2],
        ])
    }

    private func uninterrupted() throws -> (weights: String, curves: Curve) {
        let fixture = try fixture()
        let job = try fixture.job(submit(fixture).id, after: .succeeded)
        return (try fixture.weights(of: job), try fixture.curves(of: job))
    }

    @Test func aSubmittedJobTrainsAndItsModelCanBeSampled() throws {
        let fixture = try fixture()
        let job = try fixture.job(submit(fixture).id, after: .succeeded)
        let curve = try fixture.store.curve(of: job.id, CurveRequest())
        #expect(curve.steps == Array(1...24) && curve.series.allSatisfy { $0.nonFinite == 0 })
        #expect(curve.samplesSeen.last == 24 * 16 && job.samplesSeen == 24 * 16)
        #expect(try fixture.store.checkpoints(of: job.modelID).map(\.step) == [24, 20])

        let generator = try fixture.center.generator(of: job.modelID)
        #expect(generator.step == 24 && !generator.isLive)
        let block = try fixture.center.samples(
            from: generator, SampleRequest(count: 5, seed: 1), range: 0..<5)
        #expect(block.count == 5 && block.itemShape == [2])
        #expect(try fixture.center.generator(of: job.modelID, .step(20)).step == 20)
        #expect(try fixture.center.generator(of: job.modelID, .best).step == 24)
        #expect(throws: StoreError.self) { try fixture.center.generator(of: job.modelID, .step(10)) }
        #expect(throws: StoreError.self) { try fixture.center.generator(of: "mdl_none") }
        #expect(throws: SampleRequestError.self) {
            try fixture.center.samples(
                from: generator, SampleRequest(count: 1, seed: 1, choice: .classes([0])), range: 0..<1)
        }
    }

    @Test func aStoppedAndResumedJobHasTheWeightsAndCurvesOfOneThatNeverStopped() throws {
        let expected = try uninterrupted()
        let gate = StepGate()
        let fixture = try fixture(gate: gate)
        let submitted = try submit(fixture)
        try gate.run(13)
        _ = try fixture.center.stop(submitted.id)
        gate.open()
        let stopped = try fixture.job(submitted.id, after: .stopped)
        #expect(try fixture.store.latestCheckpoint(of: stopped.modelID)?.step == 14)
        _ = try fixture.center.resume(stopped.id)
        let job = try fixture.job(stopped.id, after: .succeeded)
        #expect(try fixture.weights(of: job) == expected.weights)
        #expect(try fixture.curves(of: job) == expected.curves)
    }

    @Test func aCrashedJobHasTheWeightsAndCurvesOfOneThatNeverCrashed() throws {
        let expected = try uninterrupted()
        let gate = StepGate()
        let crashed = try fixture(gate: gate)
        defer { gate.open() }
        let running = try submit(crashed)
        try gate.run(17)
        let fixture = try fixture(ofCrashed: crashed.store)
        let job = try fixture.job(running.id, after: .succeeded)
        #expect(job.attempt == 2)
        #expect(try fixture.weights(of: job) == expected.weights)
        #expect(try fixture.curves(of: job) == expected.curves)
    }

    @Test func theThirdOfThreeJobsWaitsForOneOfTwoWorkers() throws {
        let gate = StepGate()
        let fixture = try fixture(gate: gate, workers: 2)
        let jobs = try (0..<3).map { _ in try submit(fixture, steps: 10) }
        for job in jobs.prefix(2) { try fixture.recorder.wait(for: job.id, .running) }
        #expect(try fixture.store.job(jobs[2].id).state == .queued)
        gate.open()
        let ended = try jobs.map { try fixture.job($0.id, after: .succeeded) }
        // Alike but for their datasets' identifiers, and two of them side by side.
        #expect(Set(try ended.map { try fixture.curves(of: $0).series[0].values }).count == 1)
    }

    @Test func aRunningJobIsSampledLive() throws {
        let gate = StepGate()
        let fixture = try fixture(gate: gate)
        defer { gate.open() }
        let job = try submit(fixture)
        try fixture.recorder.wait(for: job.id, .running)
        expectJobsError("model_not_ready") { try fixture.center.generator(of: job.modelID) }
        try gate.run(1)
        let live = try fixture.center.generator(of: job.modelID)
        #expect(live.isLive && live.step == 1)
        expectJobsError("model_not_ready") { try fixture.center.generator(of: job.modelID, .latest) }
        try gate.run(10)
        #expect(try fixture.center.generator(of: job.modelID, .latest).step == 10)
        #expect(try fixture.center.progress(of: try fixture.store.job(job.id)).step == 11)
    }

    @Test func aRequestHasTheSameBytesAloneInPartsAndAmongFifty() throws {
        let fixture = try fixture()
        let job = try fixture.job(submit(fixture).id, after: .succeeded)
        let generator = try fixture.center.generator(of: job.modelID)
        let requests = (0..<50).map { SampleRequest(count: 100 + 61 * $0, seed: UInt64($0 % 7)) }
        let alone = try requests.map { try fixture.center.samples(from: generator, $0, range: 0..<$0.count) }
        let together = Mutex([Int: SampleBlock]())
        DispatchQueue.concurrentPerform(iterations: requests.count) { index in
            let block = try? fixture.center.samples(
                from: generator, requests[index], range: 0..<requests[index].count)
            together.withLock { $0[index] = block }
        }
        let blocks = together.withLock { $0 }
        #expect(blocks.count == 50)
        for (index, block) in alone.enumerated() { #expect(blocks[index] == block) }

        let whole = try #require(alone.last)
        guard case .floats(let points) = whole.values else {
            Issue.record("points were asked for")
            return
        }
        #expect(Set(points).count > 1000)
        let part = try fixture.center.samples(from: generator, requests[49], range: 2000..<2300)
        #expect(part.values == .floats(Array(points[4000..<4600])))
    }

    @Test func nobodyDrawsForARequestThatWasAbandoned() throws {
        let fixture = try fixture()
        let job = try fixture.job(submit(fixture, steps: 1).id, after: .succeeded)
        let generator = try fixture.center.generator(of: job.modelID)
        let asked = Mutex(0)
        expectJobsError("abandoned") {
            try fixture.center.samples(
                from: generator, SampleRequest(count: 1_000_000, seed: 1), range: 0..<1_000_000
            ) {
                asked.withLock { asked in
                    asked += 1
                    return asked == 3
                }
            }
        }
        #expect(asked.withLock { $0 } == 3)
        fixture.center.drain()
        #expect(
            try fixture.center.samples(from: generator, SampleRequest(count: 1, seed: 1), range: 0..<1).count == 1)
        fixture.center.close()
        expectJobsError("shutting_down") {
            try fixture.center.samples(from: generator, SampleRequest(count: 1, seed: 1), range: 0..<1)
        }
    }

    @Test(arguments: [
        ("best", CheckpointSelector.best), ("latest", .latest), ("live", .live), ("0", .step(0)), ("500", .step(500)),
        ("-1", nil), ("+5", nil), ("05", nil), ("newest", nil), ("", nil), ("99999999999999999999", nil),
    ])
    func checkpointsAreChosenByNameOrStep(text: String, expected: CheckpointSelector?) {
        #expect(CheckpointSelector(text) == expected)
    }
}
