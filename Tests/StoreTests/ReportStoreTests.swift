import Codecs
import Store
import Testing

@Suite struct ReportStoreTests {
    private func report(
        _ fixture: StoreFixture, model: String? = nil, seed: UInt64 = 1, limit: Int = 32
    ) throws -> ReportRecord {
        let job = try model == nil ? fixture.job() : nil
        return try #require(
            try fixture.store.createReport(
                NewReport(
                    modelID: model ?? job?.modelID ?? "", datasetID: "ds_1", checkpoint: "best", step: 20,
                    samples: 500, seed: seed, total: 40),
                limit: limit))
    }

    @Test func aReportGoesFromTheQueueToItsEnd() throws {
        let fixture = try StoreFixture()
        let queued = try report(fixture, seed: .max)
        #expect(queued.id.hasPrefix("rep_") && queued.state == .queued && queued.seed == .max)
        #expect(queued.checkpoint == "best" && queued.step == 20 && queued.samples == 500 && queued.total == 40)
        #expect(queued.startedAt == nil && queued.result == nil && queued.failure == nil && queued.done == 0)
        #expect(try fixture.store.report(queued.id) == queued)
        fixture.clock.advance(seconds: 1)
        let running = try fixture.store.beginReport(queued.id)
        #expect(running.state == .running && running.starts == 1 && running.revision > queued.revision)
        expectError(.conflict, code: "report_not_queued") { try fixture.store.beginReport(queued.id) }
        try fixture.store.finishReport(
            queued.id, .succeeded(result: ["score": 0.5], step: 30, picture: [1, 2, 3]), done: 39)
        let finished = try fixture.store.report(queued.id)
        #expect(finished.state == .succeeded && finished.result == ["score": 0.5] && finished.step == 30)
        #expect(finished.done == 40 && finished.finishedAt != nil && finished.startedAt == running.startedAt)
        #expect(try fixture.store.picture(ofReport: queued.id) == [1, 2, 3])
        // What has ended stays as it is.
        try fixture.store.finishReport(queued.id, .failed(JobFailure(code: "late", detail: "late")), done: 0)
        #expect(try fixture.store.report(queued.id) == finished)
        #expect(try fixture.afterPowerCut().report(queued.id) == finished)
        expectError(.notFound) { try fixture.store.report("rep_none") }
    }

    @Test func aFailureSaysWhy() throws {
        let fixture = try StoreFixture()
        let id = try fixture.store.beginReport(report(fixture).id).id
        let failure = JobFailure(code: "engine", detail: "no memory")
        try fixture.store.finishReport(id, .failed(failure), done: 1_000)
        let failed = try fixture.store.report(id)
        #expect(failed.state == .failed && failed.failure == failure && failed.done == 40)
        #expect(try fixture.store.newestReport(of: failed.modelID) == nil)
        #expect(try fixture.store.picture(ofReport: id) == nil)
    }

    @Test(arguments: ReportState.allCases)
    func whatIsLiveIsCancelledAndWhatHasEndedIsRemoved(state: ReportState) throws {
        let fixture = try StoreFixture()
        let id = try report(fixture).id
        if state != .queued { _ = try fixture.store.beginReport(id) }
        switch state {
        case .queued, .running: break
        case .succeeded:
            try fixture.store.finishReport(id, .succeeded(result: [:], step: 20, picture: [1]), done: 40)
        case .failed: try fixture.store.finishReport(id, .failed(JobFailure(code: "x", detail: "x")), done: 3)
        case .cancelled: _ = try fixture.store.cancelOrDeleteReport(id, done: 0)
        }
        let before = try fixture.store.report(id)
        #expect(before.state == state)
        expectError(.stale) { try fixture.store.cancelOrDeleteReport(id, revision: before.revision + 1, done: 0) }
        let after = try fixture.store.cancelOrDeleteReport(id, revision: before.revision, done: 7)
        if state.isLive {
            #expect(after?.state == .cancelled && after?.done == 7 && after?.finishedAt != nil)
            try fixture.store.finishReport(id, .succeeded(result: [:], step: 20, picture: nil), done: 40)
            try fixture.store.takeBackReport(id)
            #expect(try fixture.store.report(id) == after)
        } else {
            #expect(after == nil)
            expectError(.notFound) { try fixture.store.report(id) }
            #expect(try fixture.store.picture(ofReport: id) == nil)
        }
    }

    @Test func afterACrashWhatWasBeingMadeIsInTheQueueAgain() throws {
        let fixture = try StoreFixture()
        let ids = try (0..<4).map { _ in try report(fixture).id }
        for id in ids.prefix(3) { _ = try fixture.store.beginReport(id) }
        try fixture.store.finishReport(ids[0], .failed(JobFailure(code: "x", detail: "x")), done: 3)
        try fixture.store.takeBackReport(ids[1])
        let store = try fixture.afterPowerCut()
        let left = try store.requeueReports()
        #expect(left.map(\.id) == Array(ids.dropFirst()))
        // One handed back in good order has not begun; one over which the process died has.
        #expect(left.map(\.starts) == [0, 1, 0])
        #expect(try store.beginReport(ids[2]).starts == 2)
    }

    @Test func soManyMayWait() throws {
        let fixture = try StoreFixture()
        let model = try report(fixture, limit: 2).modelID
        let second = try report(fixture, model: model, limit: 2)
        let new = NewReport(
            modelID: model, datasetID: "ds_1", checkpoint: "best", step: 1, samples: 20, seed: 1, total: 1)
        #expect(try fixture.store.createReport(new, limit: 2) == nil)
        _ = try fixture.store.beginReport(second.id)
        #expect(try fixture.store.createReport(new, limit: 2) != nil)
        var gone = new
        gone.modelID = "mdl_none"
        expectError(.notFound) { try fixture.store.createReport(gone, limit: 9) }
    }

    @Test func aListHasOneModelsReportsNewestFirst() throws {
        let fixture = try StoreFixture()
        let first = try report(fixture)
        let model = first.modelID
        let mine = try [first.id] + (0..<4).map { _ in try report(fixture, model: model).id }
        _ = try report(fixture)
        let page = try fixture.store.reports(of: model, page: PageRequest(limit: 3))
        #expect(page.items.map(\.id) == Array(mine.reversed().prefix(3)))
        let rest = try fixture.store.reports(of: model, page: PageRequest(limit: 3, token: page.nextPageToken))
        #expect(rest.items.map(\.id) == Array(mine.reversed().suffix(2)) && rest.nextPageToken == nil)
        for id in mine.prefix(2) {
            _ = try fixture.store.beginReport(id)
            try fixture.store.finishReport(id, .succeeded(result: [:], step: 20, picture: nil), done: 40)
        }
        let finished = try fixture.store.reports(of: model, states: ["succeeded"], page: PageRequest())
        #expect(finished.items.map(\.id) == Array(mine.prefix(2).reversed()))
        #expect(try fixture.store.newestReport(of: model)?.id == mine[1])
        expectError(.notFound) { try fixture.store.reports(of: "mdl_none", page: PageRequest()) }
        // A token of another model's list is none of this one's.
        let other = try report(fixture).modelID
        expectError(.invalidPageToken) {
            try fixture.store.reports(of: other, page: PageRequest(token: page.nextPageToken))
        }
    }

    @Test func aModelTakesItsReportsWithIt() throws {
        let fixture = try StoreFixture()
        let job = try fixture.runningJob()
        let id = try report(fixture, model: job.modelID).id
        _ = try fixture.store.beginReport(id)
        try fixture.store.finishReport(id, .succeeded(result: [:], step: 20, picture: [1]), done: 40)
        _ = try fixture.store.move(job, to: .stopped)
        try fixture.store.deleteModel(job.modelID)
        expectError(.notFound) { try fixture.store.report(id) }
        #expect(try fixture.store.picture(ofReport: id) == nil)
    }
}
