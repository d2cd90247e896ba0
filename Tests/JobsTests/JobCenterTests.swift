import Adversarial
import Codecs
import Jobs
import Store
import Testing

@Suite struct JobCenterTests {
    @Test func aJobTrainsToItsLastStep() throws {
        let fixture = try JobsFixture()
        let submitted = try fixture.submit(steps: 12, keep: 2)
        #expect(submitted.state == .queued && submitted.name == "ring")
        let job = try fixture.job(submitted.id, after: .succeeded)
        #expect(job.stopReason == .steps && job.step == 12 && job.attempt == 1 && job.failure == nil)
        #expect(job.samplesSeen == 12 * (try ResolvedSpec(json: job.resolved)).training.batchSize)
        #expect(job.trainingSeconds == 1.5)
        #expect(fixture.recorder.states(of: job.id) == [.running, .succeeded])
        #expect(try fixture.store.checkpoints(of: job.modelID).map(\.step) == [12, 10])
        let curve = try fixture.store.curve(of: job.id, CurveRequest())
        #expect(curve.steps == Array(1...12))
        #expect(curve.series.map(\.name) == Synthesis.metrics.map(\.name) + ["steps_per_second"])
        #expect(curve.series.last?.values.allSatisfy { $0 == 8 } == true)
        let progress = try fixture.center.progress(of: job)
        #expect(progress.step == 12 && progress.fraction == 1 && progress.stepsPerSecond == nil)
        #expect(progress.metrics.first == JobProgress.Metric(name: "generator_loss", value: 1 / 12))
    }

    @Test func progressIsThatOfTheLastStepWhileItTrains() throws {
        let gate = StepGate()
        let clock = TestClock()
        let fixture = try JobsFixture(clock: clock, trainings: FakeTrainings(clock: clock, gate: gate))
        defer { gate.open() }
        let job = try fixture.submit(steps: 20)
        try gate.run(4)
        _ = try fixture.center.update(job.id, JobChanges(name: "renamed"))
        let progress = try fixture.center.progress(of: try fixture.store.job(job.id))
        #expect(progress.step == 4 && progress.steps == 20 && progress.fraction == 0.2)
        #expect(progress.stepsPerSecond == 8 && progress.etaSeconds == 2)
        #expect(progress.metrics.first == JobProgress.Metric(name: "generator_loss", value: 0.25))
        #expect(try fixture.store.job(job.id).name == "renamed")
    }

    @Test func aStopEndsTheJobAtTheNextStepWithACheckpoint() throws {
        let gate = StepGate()
        let clock = TestClock()
        let fixture = try JobsFixture(clock: clock, trainings: FakeTrainings(clock: clock, gate: gate))
        let submitted = try fixture.submit()
        try gate.run(7)
        #expect(try fixture.center.stop(submitted.id).state == .stopping)
        #expect(try fixture.center.stop(submitted.id).state == .stopping)
        gate.open()
        let job = try fixture.job(submitted.id, after: .stopped)
        // The eighth step was under way.
        #expect(job.step == 8 && job.stopReason == .stopped)
        #expect(try fixture.store.latestCheckpoint(of: job.modelID)?.step == job.step)
        #expect(try fixture.center.stop(job.id) == job)
        expectJobsError("impossible_transition") {
            try fixture.center.stop(try fixture.job(fixture.submit().id, after: .succeeded).id)
        }
    }

    @Test func aResumedJobEqualsOneThatNeverStopped() throws {
        let whole = try JobsFixture()
        let uninterrupted = try whole.job(whole.submit().id, after: .succeeded)

        let gate = StepGate()
        let clock = TestClock()
        let trainings = FakeTrainings(clock: clock, gate: gate)
        let fixture = try JobsFixture(clock: clock, trainings: trainings)
        let submitted = try fixture.submit()
        try gate.run(7)
        _ = try fixture.center.stop(submitted.id)
        gate.open()
        let stopped = try fixture.job(submitted.id, after: .stopped)
        #expect(try fixture.center.resume(stopped.id).state == .queued)
        let job = try fixture.job(stopped.id, after: .succeeded)
        #expect(trainings.begun == [0, 8])
        #expect(job.attempt == 1 && job.metricsRevision == 0 && job.startedAt == stopped.startedAt)
        #expect(try fixture.weights(of: job) == whole.weights(of: uninterrupted))
        #expect(try fixture.curves(of: job) == whole.curves(of: uninterrupted))
    }

    @Test func aQueuedJobStopsAtOnceAndCanBeDeleted() throws {
        let gate = StepGate()
        let clock = TestClock()
        let fixture = try JobsFixture(clock: clock, trainings: FakeTrainings(clock: clock, gate: gate))
        let first = try fixture.submit()
        try gate.run(1)
        let second = try fixture.submit()
        #expect(try fixture.center.stop(second.id).state == .stopped)
        try fixture.center.delete(second.id, deletingModel: true)
        expectJobsError("impossible_transition") { try fixture.center.delete(first.id, deletingModel: false) }
        expectJobsError("impossible_transition") { try fixture.center.resume(first.id) }
        gate.open()
        _ = try fixture.job(first.id, after: .succeeded)
        #expect(fixture.recorder.states(of: second.id) == [.stopped])
    }

    @Test func asManyJobsTrainAsThereAreWorkersByPriorityThenAge() throws {
        let gate = StepGate()
        let clock = TestClock()
        let trainings = FakeTrainings(clock: clock, gate: gate)
        let fixture = try JobsFixture(workers: 2, clock: clock, trainings: trainings)
        let dataset = try fixture.dataset()
        let first = try [0, 0].map { try fixture.submit(priority: $0, dataset: dataset) }
        for job in first { try fixture.recorder.wait(for: job.id, .running) }
        let later = try [-1, 5, 0, 5].map { try fixture.submit(priority: $0, dataset: dataset) }
        #expect(try fixture.store.jobCounts() == [.running: 2, .queued: 4])
        #expect(throws: StoreError.self) { try fixture.center.deleteDataset(dataset.id) }
        try gate.waitForArrivals(2)
        gate.open()
        for job in later { try fixture.recorder.wait(for: job.id, .succeeded) }
        #expect(trainings.mostAlive == 2)
        let events = try later.map { job in
            try fixture.store.events(of: job.id).first { $0.data["state"] == "running" }?.sequence ?? 0
        }
        #expect(events[1] < events[3] && events[3] < events[2] && events[2] < events[0])
    }

    @Test func aSucceededJobGoesOnOnlyWithRaisedLimits() throws {
        let fixture = try JobsFixture()
        let job = try fixture.job(fixture.submit(steps: 10).id, after: .succeeded)
        expectJobsError("impossible_transition") { try fixture.center.resume(job.id) }
        expectJobsError("impossible_transition") {
            try fixture.center.resume(job.id, changes: ["training": ["steps": 10]])
        }
        #expect(throws: SpecError.self) {
            try fixture.center.resume(job.id, changes: ["training": ["steps": 9], "seed": 1])
        }
        _ = try fixture.center.resume(job.id, changes: ["training": ["steps": 15]])
        let longer = try fixture.job(job.id, after: .succeeded, times: 2)
        #expect(longer.step == 15 && longer.resolved["training"]?["steps"] == 15)
        let segment = try fixture.store.events(of: job.id).compactMap { $0.data["new_schedule_segment"] }
        #expect(segment.map { $0["from_step"] } == [10] && segment.map { $0["steps"] } == [15])
        #expect(try fixture.store.curve(of: job.id, CurveRequest()).steps == Array(1...15))

        try fixture.store.deleteModel(job.modelID)
        expectJobsError("impossible_transition") {
            try fixture.center.resume(job.id, changes: ["training": ["steps": 30]])
        }
    }

    @Test(arguments: ["model_deleted", "dataset_deleted"])
    func aJobWhoseModelOrDatasetGoesJustAsItIsResumedFails(code: String) throws {
        let fixture = try JobsFixture()
        let job = try fixture.job(fixture.submit(steps: 10).id, after: .succeeded)
        if code == "model_deleted" {
            try fixture.store.deleteModel(job.modelID)
        } else {
            try fixture.store.deleteDataset(job.datasetID)
        }
        // As a resume that had looked before.
        _ = try fixture.store.apply(
            JobTransition(
                job: job.id, from: .succeeded, epoch: job.epoch, to: .queued, attempt: job.attempt, crashes: 0))
        _ = try fixture.submit()
        let failed = try fixture.job(job.id, after: .failed)
        #expect(failed.failure?.code == code && failed.failure?.detail.contains("there is no") == true)
    }

    @Test func aJobThatRunsOffGoesBackToACheckpointAndOnWithLowerRates() throws {
        let clock = TestClock()
        let trainings = FakeTrainings(clock: clock, faults: [8: .notFiniteOnce, 13: .notFiniteOnce])
        let fixture = try JobsFixture(clock: clock, trainings: trainings)
        let submitted = try fixture.submit()
        let before = try ResolvedSpec(json: submitted.resolved).training
        let job = try fixture.job(submitted.id, after: .succeeded)
        // The second repair goes one checkpoint further back than the first.
        #expect(trainings.begun == [0, 5, 5] && trainings.mostAlive == 1)
        let curve = try fixture.store.curve(of: job.id, CurveRequest())
        #expect(curve.steps == Array(1...20) && curve.revision == 2 && curve.series[0].nonFinite == 0)
        let events = try fixture.store.events(of: job.id).filter { $0.kind == .repair }.map(\.data)
        #expect(events.map { $0["step"] } == [8, 13] && events.map { $0["rolled_back_to"] } == [5, 5])
        #expect(events.allSatisfy { $0["verdict"] == "not_finite" && $0["of"] == 3 })
        #expect(
            events[1]["changes"]?["training.regularisation.r1"]?["from"]?.number == 2 * before.regularisation.realSlope)
        let after = try ResolvedSpec(json: job.resolved).training
        #expect(after.generatorOptimiser.learningRate == before.generatorOptimiser.learningRate / 4)
        #expect(after.regularisation.fakeSlope == 4 * before.regularisation.fakeSlope)
        #expect(try fixture.store.checkpoints(of: job.modelID).map(\.step) == [20, 15, 10])
    }

    @Test(arguments: [(8, [0, 10]), (6, [0, 5]), (3, [0, 0])])
    func aJobGoesBackPastCheckpointsAtWhichItsLossesHadBegunToRunOff(step: Int, begun: [Int]) throws {
        let clock = TestClock()
        // Far from what is called diverged, but not what losses are like, up to step 10 and its checkpoint.
        let highSteps = Dictionary(uniqueKeysWithValues: (step...10).map { ($0, FakeTrainings.Fault.loss(900)) })
        let trainings = FakeTrainings(clock: clock, faults: highSteps.merging([12: .notFiniteOnce]) { $1 })
        let fixture = try JobsFixture(clock: clock, trainings: trainings)
        _ = try fixture.job(fixture.submit().id, after: .succeeded)
        #expect(trainings.begun == begun)
    }

    @Test func aJobWithoutRepairsFailsAtOnce() throws {
        let clock = TestClock()
        let trainings = FakeTrainings(clock: clock, faults: [8: .notFiniteOnce])
        let fixture = try JobsFixture(clock: clock, trainings: trainings)
        let job = try fixture.center.submit([
            "dataset_id": .string(fixture.dataset().id), "preset": "classic", "training": ["steps": 20],
        ])
        let failed = try fixture.job(job.id, after: .failed)
        #expect(failed.failure?.detail.contains("no repair was allowed") == true && trainings.begun == [0])
    }

    @Test func scoresDecideWhichCheckpointIsTheBest() throws {
        let clock = TestClock()
        let scores: [Int: Double] = [5: 0.5, 10: 0.9, 15: 0.2, 20: 0.3]
        let trainings = FakeTrainings(clock: clock) { step in
            scores[step].map {
                Evaluation(
                    quality: QualityReport(step: step, figures: [.init(name: "quality/score", value: $0)]),
                    score: CheckpointScore($0))
            }
        }
        let fixture = try JobsFixture(clock: clock, trainings: trainings)
        let job = try fixture.job(fixture.submit(keep: 1).id, after: .succeeded)
        #expect(try fixture.store.checkpoints(of: job.modelID).map(\.step) == [20, 10])
        #expect(try fixture.store.bestCheckpoint(of: job.modelID)?.step == 10)
        let curve = try fixture.store.curve(of: job.id, CurveRequest(names: ["quality/score"], maximumPoints: 10))
        #expect(curve.series.isEmpty && curve.sparse.map(\.steps) == [[5, 10, 15, 20]])
        #expect(curve.sparse.first?.values == [0.5, 0.9, 0.2, 0.3])
    }

    @Test func scoresByTooFewItemsDecideNothing() throws {
        let clock = TestClock()
        let trainings = FakeTrainings(clock: clock) { step in
            Evaluation(
                quality: QualityReport(step: step, figures: [.init(name: "quality/score", value: 1 / Double(step))]))
        }
        let fixture = try JobsFixture(clock: clock, trainings: trainings)
        let job = try fixture.job(fixture.submit(keep: 1).id, after: .succeeded)
        #expect(try fixture.store.bestCheckpoint(of: job.modelID)?.step == 20)
        // They are told all the same.
        let curve = try fixture.store.curve(of: job.id, CurveRequest(names: ["quality/score"], maximumPoints: 10))
        #expect(curve.sparse.first?.steps.isEmpty == false)
    }

    @Test func aMeasurementThatFailsLeavesTheTrainingAlone() throws {
        let clock = TestClock()
        let trainings = FakeTrainings(clock: clock) { step in
            if step < 15 { throw JobFailure(code: "out_of_memory", detail: "there is no more") }
            return Evaluation(quality: QualityReport(step: step, figures: [.init(name: "quality/score", value: 0.5)]))
        }
        let fixture = try JobsFixture(clock: clock, trainings: trainings)
        let job = try fixture.job(fixture.submit().id, after: .succeeded)
        #expect(try fixture.store.evaluations(of: job.id, limit: 9).map(\.step) == [15, 20])
    }

    @Test func evaluationsMayEndAJob() throws {
        let clock = TestClock()
        let trainings = FakeTrainings(clock: clock) { step in
            let accuracy = step < 10 ? 0.9 : 0.5
            return Evaluation(
                quality: QualityReport(
                    step: step, figures: [.init(name: "quality/two_sample_accuracy", value: accuracy)]))
        }
        let fixture = try JobsFixture(clock: clock, trainings: trainings)
        let submitted = try fixture.center.submit([
            "dataset_id": .string(fixture.dataset().id),
            "training": ["steps": 100, "stop_when": ["indistinguishable": ["checks": 2]]],
            "checkpoint": ["every_steps": 5],
        ])
        let job = try fixture.job(submitted.id, after: .succeeded)
        #expect(job.stopReason == .stopWhen && job.step == 15)
        #expect(try fixture.store.latestCheckpoint(of: job.modelID)?.step == 15)
    }

    @Test func aLossThatIsNotFiniteFailsTheJobAndKeepsTheLastGoodModel() throws {
        let clock = TestClock()
        let trainings = FakeTrainings(clock: clock, faults: [8: .notFinite])
        let fixture = try JobsFixture(clock: clock, trainings: trainings)
        let job = try fixture.job(fixture.submit().id, after: .failed)
        #expect(job.failure?.code == "not_finite" && job.failure?.detail.contains("step 8") == true)
        #expect(job.failure?.detail.contains("step 5") == true && job.step == 8)
        #expect(job.failure?.detail.contains("3 repairs") == true && job.health?["verdict"] == "not_finite")
        #expect(trainings.begun == [0, 5, 5, 5])
        #expect(try fixture.store.checkpoints(of: job.modelID).map(\.step) == [5])
        let curve = try fixture.store.curve(of: job.id, CurveRequest())
        #expect(curve.steps == Array(1...8) && curve.series[0].nonFinite == 1)

        trainings.mend()
        _ = try fixture.center.resume(job.id)
        let resumed = try fixture.job(job.id, after: .succeeded)
        #expect(resumed.attempt == 2 && resumed.metricsRevision == 4 && resumed.failure == nil)
        #expect(trainings.begun == [0, 5, 5, 5, 5])
        #expect(try fixture.store.curve(of: job.id, CurveRequest()).series[0].nonFinite == 0)
    }

    @Test func anEngineFailureFailsTheJobInItsOwnWords() throws {
        let clock = TestClock()
        let failure = JobFailure(code: "out_of_memory", detail: "there is no more")
        let fixture = try JobsFixture(
            clock: clock, trainings: FakeTrainings(clock: clock, faults: [3: .failure(failure)]))
        let job = try fixture.job(fixture.submit().id, after: .failed)
        #expect(job.failure == failure && job.finishedAt != nil)
        #expect(try fixture.store.latestCheckpoint(of: job.modelID) == nil)
        expectJobsError("model_not_ready") { try fixture.center.generator(of: job.modelID) }
    }

    @Test func aBodyThatIsWrongIsRefusedWithAllItsProblems() throws {
        let fixture = try JobsFixture()
        let cases: [(JSON, [String])] = [
            (["dataset_id": "ds_none"], ["/dataset_id"]),
            (
                ["dataset_id": .string(try fixture.dataset().id), "training": ["steps": -1], "colour": 1],
                ["/colour", "/training/steps"]
            ),
        ]
        for (body, pointers) in cases {
            let error = #expect(throws: SpecError.self) { try fixture.center.submit(body) }
            #expect(error?.problems.map(\.pointer).sorted() == pointers)
        }
        let dataset = try fixture.dataset()
        let resolution = try fixture.center.dryRun(["dataset_id": .string(dataset.id)])
        #expect(resolution.spec.datasetID == dataset.id)
        #expect(try fixture.store.jobs(page: PageRequest()).items.isEmpty)
    }
}
