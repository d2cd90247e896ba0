import Store
import Testing

@Suite struct ListTests {
    @Test func pagesNeitherRepeatNorLeaveOutWhenItemsComeAndGo() throws {
        let fixture = try StoreFixture()
        let ids = try (0..<7).map { try fixture.dataset("d\($0)").id }
        let first = try fixture.store.datasets(page: PageRequest(limit: 3))
        #expect(first.items.map(\.id) == [ids[6], ids[5], ids[4]])
        _ = try fixture.dataset("newer")
        try fixture.store.deleteDataset(ids[4])
        try fixture.store.deleteDataset(ids[3])
        let second = try fixture.store.datasets(page: PageRequest(limit: 3, token: first.nextPageToken))
        #expect(second.items.map(\.id) == [ids[2], ids[1], ids[0]])
        #expect(second.nextPageToken == nil)
    }

    @Test func theLastPageHasNoTokenEvenWhenItIsFull() throws {
        let fixture = try StoreFixture()
        for _ in 0..<4 { _ = try fixture.dataset() }
        let first = try fixture.store.datasets(page: PageRequest(limit: 2))
        let second = try fixture.store.datasets(page: PageRequest(limit: 2, token: first.nextPageToken))
        #expect(first.nextPageToken != nil && second.items.count == 2 && second.nextPageToken == nil)
    }

    @Test func listsAreFilteredByStateAndByEveryLabel() throws {
        let fixture = try StoreFixture()
        let both = try fixture.job("both", labels: ["team": "a", "kind": "x"])
        let one = try fixture.store.move(try fixture.job("one", labels: ["team": "a"]), to: .running)
        _ = try fixture.job("other", labels: ["team": "b", "kind": "x"])
        let page = PageRequest()
        let team = RecordFilter.Label(name: "team", value: "a")
        let kind = RecordFilter.Label(name: "kind", value: "x")
        #expect(try fixture.store.jobs(RecordFilter(labels: [team]), page: page).items.map(\.id) == [one.id, both.id])
        #expect(try fixture.store.jobs(RecordFilter(labels: [team, kind]), page: page).items.map(\.id) == [both.id])
        let running = RecordFilter(states: ["running", "failed"], labels: [team])
        #expect(try fixture.store.jobs(running, page: page).items.map(\.id) == [one.id])
        #expect(try fixture.store.models(labels: [team], page: page).items.isEmpty)
        #expect(try fixture.store.models(page: page).items.count == 3)
    }

    @Test(arguments: ["", "nonsense", "a.b", "a.b.c", "' OR 1=1 --.0"])
    func aTokenThatNoListGaveIsRefused(token: String) throws {
        let fixture = try StoreFixture()
        expectError(.invalidPageToken, code: "invalid_page_token") {
            try fixture.store.jobs(page: PageRequest(token: token))
        }
    }

    @Test func aTokenOfAnotherFilterIsRefused() throws {
        let fixture = try StoreFixture()
        for _ in 0..<3 { _ = try fixture.job() }
        let token = try fixture.store.jobs(page: PageRequest(limit: 1)).nextPageToken
        #expect(token != nil)
        let filter = RecordFilter(states: ["queued"])
        expectError(.invalidPageToken) { try fixture.store.jobs(filter, page: PageRequest(token: token)) }
        expectError(.invalidPageToken) { try fixture.store.models(page: PageRequest(token: token)) }
    }

    @Test func theQueueIsByPriorityThenAge() throws {
        let fixture = try StoreFixture()
        let jobs = try [0, 5, -1, 5, 0].map { try fixture.job(priority: $0) }
        var order: [String] = []
        while let next = try fixture.store.nextQueuedJob() {
            order.append(next.id)
            try fixture.store.move(next, to: .running)
        }
        #expect(order == [1, 3, 0, 4, 2].map { jobs[$0].id })
        #expect(try fixture.store.jobCounts() == [.running: 5])
        #expect(try fixture.store.runningJobs().map(\.id) == jobs.map(\.id))
    }
}
