import Codecs
import Store
import Synchronization
import Testing

@Suite struct ChangeFeedTests {
    private final class Count: Sendable {
        private let number = Mutex(0)
        var value: Int { number.withLock { $0 } }
        func add() { number.withLock { $0 += 1 } }
    }

    @Test func aBellRingsForItsRecordAlone() {
        let feed = ChangeFeed()
        let (one, other) = (feed.bell(for: "job_1"), feed.bell(for: "job_2"))
        let (ones, others) = (Count(), Count())
        one.listen { ones.add() }
        other.listen { others.add() }
        feed.post(["job_1", "job_3"])
        #expect((ones.value, others.value) == (1, 0))
        // A listener is called once.
        feed.post(["job_1"])
        #expect(ones.value == 1)
    }

    @Test func aRingThatNobodyHeardIsRemembered() {
        let feed = ChangeFeed()
        let bell = feed.bell(for: "job_1")
        let count = Count()
        feed.post(["job_1"])
        feed.post(["job_1"])
        bell.listen { count.add() }
        #expect(count.value == 1)
        bell.listen { count.add() }
        #expect(count.value == 1)
    }

    @Test func closingRingsWhatWaitsAndWhatComesLater() {
        let feed = ChangeFeed()
        let count = Count()
        let early = feed.bell(for: "job_1")
        early.listen { count.add() }
        feed.close()
        #expect(count.value == 1)
        let late = feed.bell(for: "job_1")
        late.listen { count.add() }
        late.listen { count.add() }
        #expect(count.value == 3)
        #expect(early.isClosed && late.isClosed)
    }

    @Test func nothingIsKeptOfABellThatWasLetGo() {
        let feed = ChangeFeed()
        do {
            let bell = feed.bell(for: "job_1")
            #expect(feed.count == 1)
            withExtendedLifetime(bell) {}
        }
        #expect(feed.count == 0)
        feed.post(["job_1"])
    }

    @Test func everyChangeOfAJobRings() throws {
        let fixture = try StoreFixture()
        let job = try fixture.runningJob()
        let changes: [(String, () throws -> Void)] = [
            (
                "name",
                { _ = try fixture.store.updateJob(job.id, JobChanges(name: "other", labels: nil, priority: nil)) }
            ),
            ("health", { try fixture.store.record(health: ["verdict": "healthy"], isChange: true, claim: job.claim) }),
            ("spec", { try fixture.store.fixResolved(["seed": 7], claim: job.claim) }),
            ("checkpoint", { _ = try fixture.store.commit(try fixture.checkpoint(10), claim: job.claim) }),
            (
                "roll-back",
                {
                    try fixture.store.rollBack(to: 10, resolved: ["seed": 7], data: [:], claim: job.claim)
                }
            ),
            ("state", { _ = try fixture.store.move(job, to: .succeeded) }),
        ]
        for (name, change) in changes {
            let count = Count()
            let bell = fixture.store.changes.bell(for: job.id)
            bell.listen { count.add() }
            try change()
            #expect(count.value == 1, "\(name)")
        }
    }
}
