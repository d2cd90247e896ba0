import Codecs
import Store
import Testing

@Suite struct JobStoreTests {
    @Test func aJobComesWithItsModelAndAnEvent() throws {
        let fixture = try StoreFixture()
        let job = try fixture.job("first", labels: ["team": "a"], priority: 3)
        #expect(job.state == .queued && job.attempt == 1 && job.epoch == 0 && job.priority == 3)
        #expect(job.requested == ["seed": 7] && job.labels == ["team": "a"] && job.startedAt == nil)
        let model = try fixture.store.model(job.modelID)
        #expect(model.jobID == job.id && model.kind == "points" && model.latestStep == nil && model.name == "first")
        let events = try fixture.store.events(of: job.id)
        #expect(events.map(\.kind) == [.state] && events[0].data == ["state": "queued"])
    }

    @Test func aJobNeedsADatasetThatIsReady() throws {
        let fixture = try StoreFixture()
        let dataset = try fixture.dataset()
        for (id, kind) in [(dataset.id, StoreError.Kind.conflict), ("ds_none", .notFound)] {
            expectError(kind) {
                try fixture.store.createJob(NewJob(name: "", datasetID: id, requested: .null, resolved: .null))
            }
        }
        #expect(try fixture.store.models(page: PageRequest()).items.isEmpty)
    }

    @Test func aTransitionNeedsTheStateAndEpochItWasDecidedOn() throws {
        let fixture = try StoreFixture()
        let queued = try fixture.job()
        let running = try fixture.store.move(queued, to: .running)
        #expect(running.epoch == 1 && running.startedAt != nil && running.finishedAt == nil)
        expectError(.conflict, code: "job_changed") { try fixture.store.move(queued, to: .stopped) }

        let requeued = try fixture.store.move(running, to: .queued)
        fixture.clock.advance(seconds: 5)
        let again = try fixture.store.move(requeued, to: .running)
        #expect(again.epoch == 2 && again.startedAt == running.startedAt)
        expectError(.conflict, code: "job_changed") { try fixture.store.move(running, to: .succeeded) }
        let states = try fixture.store.events(of: queued.id).map { $0.data["state"]?.string }
        #expect(states == ["queued", "running", "queued", "running"])
    }

    @Test func anEndIsRecordedWithItsReason() throws {
        let fixture = try StoreFixture()
        let job = try fixture.runningJob()
        let failure = JobFailure(code: "not_finite", detail: "the generator's loss is not finite at step 9")
        let failed = try fixture.store.apply(
            JobTransition(
                job: job.id, from: .running, epoch: job.epoch, to: .failed, attempt: 1, crashes: 0, failure: failure,
                remarks: [JSON.Member(name: "step", value: 9)]))
        #expect(failed.failure == failure && failed.finishedAt == fixture.clock.wallClock.now())
        let expected: JSON = [
            "state": "failed", "error": ["code": "not_finite", "detail": .string(failure.detail)], "step": 9,
        ]
        let data = try fixture.store.events(of: job.id).last?.data
        #expect(data == expected)
        let resumed = try fixture.store.move(failed, to: .queued, attempt: 2)
        #expect(resumed.failure == nil && resumed.finishedAt == nil && resumed.attempt == 2)
    }

    @Test func aWorkerWhoseClaimEndedWritesNothing() throws {
        let fixture = try StoreFixture()
        let stale = try fixture.runningJob()
        try fixture.store.appendPoints(1...5, claim: stale.claim)
        let job = try fixture.store.move(try fixture.store.move(stale, to: .queued), to: .running)
        let before = try fixture.store.job(job.id)
        let checkpoint = try fixture.checkpoint(5)
        expectError(.fenced) { try fixture.store.appendPoints(6...7, claim: stale.claim) }
        expectError(.fenced) { try fixture.store.commit(checkpoint, claim: stale.claim) }
        expectError(.fenced) { try fixture.store.fixResolved(["x": 1], claim: stale.claim) }
        #expect(try fixture.store.job(job.id) == before)
        #expect(!FileTree.exists(fixture.store.folder.checkpoint(of: job.modelID, step: 5)))
    }

    @Test func measuredChoicesAreFixedInJobAndModel() throws {
        let fixture = try StoreFixture()
        let job = try fixture.runningJob()
        try fixture.store.fixResolved(["steps": 12], claim: job.claim)
        #expect(try fixture.store.job(job.id).resolved == ["steps": 12])
        #expect(try fixture.store.model(job.modelID).spec == ["steps": 12])
    }

    @Test func aJobIsDeletedWithOrWithoutItsModel() throws {
        let fixture = try StoreFixture()
        for deletingModel in [false, true] {
            let job = try fixture.runningJob()
            try fixture.store.appendPoints(1...5, claim: job.claim)
            try fixture.store.commit(try fixture.checkpoint(5), claim: job.claim)
            expectError(.conflict, code: "job_running") {
                try fixture.store.deleteJob(job.id, deletingModel: deletingModel)
            }
            try fixture.store.move(try fixture.store.job(job.id), to: .succeeded)
            try fixture.store.deleteJob(job.id, deletingModel: deletingModel)
            expectError(.notFound) { try fixture.store.job(job.id) }
            expectError(.notFound) { try fixture.store.events(of: job.id) }
            let folder = fixture.store.folder.checkpoint(of: job.modelID, step: 5)
            #expect(FileTree.exists(folder) != deletingModel)
            if deletingModel {
                expectError(.notFound) { try fixture.store.model(job.modelID) }
            } else {
                #expect(try fixture.store.model(job.modelID).jobID == nil)
                #expect(try fixture.store.latestCheckpoint(of: job.modelID)?.step == 5)
            }
        }
    }

    @Test func priorityNameAndLabelsCanChange() throws {
        let fixture = try StoreFixture()
        let job = try fixture.job(labels: ["team": "a"])
        let changed = try fixture.store.updateJob(job.id, JobChanges(priority: 9), revision: job.revision)
        #expect(changed.priority == 9 && changed.name == job.name && changed.labels == job.labels)
        expectError(.stale) { try fixture.store.updateJob(job.id, JobChanges(name: "x"), revision: job.revision) }
        expectError(.notFound) { try fixture.store.updateJob("job_none", JobChanges(name: "x")) }
    }

    @Test func eventsAreReadOnFromASequence() throws {
        let fixture = try StoreFixture()
        let job = try fixture.store.move(try fixture.runningJob(), to: .stopping)
        let all = try fixture.store.events(of: job.id)
        #expect(all.count == 3)
        #expect(try fixture.store.events(of: job.id, after: all[0].sequence, limit: 1) == [all[1]])
        #expect(try fixture.store.events(of: job.id, after: all[2].sequence).isEmpty)
    }
}
