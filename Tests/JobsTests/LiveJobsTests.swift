import Store
import Testing

@testable import Jobs

@Suite struct LiveJobsTests {
    @Test func aWorkerThatIsDoneLeavesAnotherThatHasTheJobByNow() throws {
        let claim = try JobsFixture(starts: false).submit().claim
        let (first, second) = (LiveJob(claim: claim), LiveJob(claim: claim))
        var jobs = LiveJobs()
        jobs.add(first)
        jobs.add(second)
        jobs.remove(first)
        #expect(jobs[claim.job] === second)
        jobs.remove(second)
        #expect(jobs[claim.job] == nil && jobs.count == 0)
    }
}
