import Store
import Testing

@Suite struct CurveSamplerTests {
    /// Samples points at steps 1, 2, …, with one series.
    private func sample(_ values: [Float?], maximumPoints: Int) -> CurveSampler {
        var sampler = CurveSampler(names: ["loss"], total: values.count, maximumPoints: maximumPoints)
        for (index, value) in values.enumerated() {
            sampler.add(step: index + 1, wallTime: Double(index), samplesSeen: index * 2, values: [value])
        }
        return sampler
    }

    @Test func fewPointsStayAsTheyAre() {
        let sampler = sample([3, .nan, nil, 1], maximumPoints: 4)
        #expect(!sampler.isDownsampling)
        #expect(sampler.steps == [1, 2, 3, 4] && sampler.samplesSeen == [0, 2, 4, 6])
        #expect(sampler.series == [Curve.Series(name: "loss", values: [3, nil, nil, 1], nonFinite: 1)])
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var values: [Float?]
        var steps: [Int] = [1, 3, 4, 6]
        var expected: [Float?]
        var nonFinite = 0
    }

    @Test(arguments: [
        Case(testDescription: "rising", values: [1, 2, 3, 4, 5, 6], expected: [1, 3, 4, 6]),
        Case(testDescription: "falling", values: [6, 5, 4, 3, 2, 1], expected: [6, 4, 3, 1]),
        Case(testDescription: "a spike up between", values: [1, 9, 1, 2, 2, 2], expected: [1, 9, 2, 2]),
        Case(testDescription: "a spike down first", values: [-9, 1, 1, 2, 3, 2], expected: [-9, 1, 2, 3]),
        Case(
            testDescription: "not finite", values: [.nan, 2, .infinity, .nan, -.infinity, .nan],
            expected: [2, 2, nil, nil], nonFinite: 5),
        Case(testDescription: "not measured", values: [nil, nil, nil, nil, 7, 6], expected: [nil, nil, 7, 6]),
        Case(testDescription: "uneven", values: [1, 2, 3, 4, 5], steps: [1, 2, 3, 5], expected: [1, 2, 3, 5]),
    ])
    func aBucketGivesItsTwoExtremesInTheirOrder(example: Case) {
        let sampler = sample(example.values, maximumPoints: 4)
        #expect(sampler.isDownsampling)
        #expect(sampler.steps == example.steps)
        #expect(sampler.series[0].values == example.expected)
        #expect(sampler.series[0].nonFinite == example.nonFinite)
    }

    @Test(arguments: [2, 3, 7, 100, 999, 1000])
    func aSingleSpikeStaysAndTheLimitHolds(maximumPoints: Int) {
        for position in [0, 1, 500, 998, 1000] {
            var values = [Float?](repeating: 0.5, count: 1001)
            values[position] = 40
            let sampler = sample(values, maximumPoints: maximumPoints)
            #expect(sampler.steps.count <= maximumPoints)
            #expect(sampler.steps == sampler.steps.sorted() && Set(sampler.steps).count == sampler.steps.count)
            #expect(sampler.steps.first == 1 && sampler.steps.last == 1001)
            #expect(sampler.series[0].values.compactMap { $0 }.max() == 40)
        }
    }
}

@Suite struct CurveStoreTests {
    @Test func pointsComeBackWithTimeAndSamples() throws {
        let fixture = try StoreFixture()
        let job = try fixture.runningJob()
        #expect(try fixture.store.curve(of: job.id, CurveRequest()).lastStep == nil)
        try fixture.store.appendPoints(1...3, claim: job.claim)
        try fixture.store.appendPoints(4...600, claim: job.claim)
        try fixture.store.appendPoints(601...602, claim: job.claim)
        let curve = try fixture.store.curve(of: job.id, CurveRequest())
        #expect(curve.steps == Array(1...602) && curve.sourcePoints == 602 && !curve.downsampled && !curve.reset)
        #expect(curve.wallTimes == (1...602).map { 1000 + Double($0) })
        #expect(curve.samplesSeen == (1...602).map { $0 * 10 })
        #expect(curve.series.map(\.name) == ["generator_loss", "discriminator_loss"])
        #expect(curve.series[1].values == (1...602).map { Float(-$0) })
        #expect(try fixture.store.job(job.id).step == 602)
    }

    @Test func theLastPointsOfManyJobsComeTogether() throws {
        let fixture = try StoreFixture()
        #expect(try fixture.store.latestMetrics(of: []).isEmpty)
        let jobs = try [602, 0, 3, 1].map { last in
            let job = try fixture.runningJob()
            // Several blocks, of which the last counts.
            for first in stride(from: 1, through: last, by: 300) {
                try fixture.store.appendPoints(first...min(last, first + 299), claim: job.claim)
            }
            return job.id
        }
        let metrics = try fixture.store.latestMetrics(of: Array(jobs.prefix(3)) + ["job_none"])
        #expect(Set(metrics.keys) == [jobs[0], jobs[2]])
        #expect(metrics[jobs[0]]?.map(\.name) == ["generator_loss", "discriminator_loss"])
        #expect(metrics[jobs[0]]?.map(\.value) == [602, -602] && metrics[jobs[2]]?.map(\.value) == [3, -3])
    }

    struct Range: Sendable {
        var from: Int?
        var to: Int?
        var since: Int?
        var revision: Int?
        var expected: ClosedRange<Int>?
        var reset = false
    }

    @Test(arguments: [
        Range(expected: 1...700), Range(from: 10, expected: 10...700), Range(to: 10, expected: 1...10),
        Range(from: 300, to: 300, expected: 300...300), Range(since: 10, expected: 11...700),
        Range(from: 5, since: 2, expected: 5...700), Range(since: 700, expected: nil), Range(since: .max),
        Range(from: 9, to: 8), Range(to: 0), Range(since: 10, revision: 0, expected: 11...700),
        Range(since: 10, revision: 7, expected: 1...700, reset: true), Range(from: .min, to: .max, expected: 1...700),
    ])
    func rangesAreAsTheContractSays(range: Range) throws {
        let fixture = try StoreFixture()
        let job = try fixture.runningJob()
        try fixture.store.appendPoints(1...256, claim: job.claim)
        try fixture.store.appendPoints(257...700, claim: job.claim)
        let request = CurveRequest(
            fromStep: range.from, toStep: range.to, sinceStep: range.since, revision: range.revision)
        let curve = try fixture.store.curve(of: job.id, request)
        #expect(curve.steps == range.expected.map(Array.init) ?? [])
        #expect(curve.sourcePoints == curve.steps.count && curve.reset == range.reset && curve.lastStep == 700)
        var few = request
        few.maximumPoints = 10
        let sampled = try fixture.store.curve(of: job.id, few)
        #expect(sampled.steps.count <= 10 && sampled.sourcePoints == curve.sourcePoints)
        #expect(sampled.steps.first == range.expected?.lowerBound && sampled.steps.last == range.expected?.upperBound)
    }

    @Test func namesAreChosenAndUnknownOnesAreEmpty() throws {
        let fixture = try StoreFixture()
        let job = try fixture.runningJob()
        try fixture.store.appendPoints(1...3, claim: job.claim)
        let curve = try fixture.store.curve(of: job.id, CurveRequest(names: ["none", "generator_loss"]))
        #expect(curve.series.map(\.values) == [[nil, nil, nil], [1, 2, 3]])
        #expect(curve.series.map(\.nonFinite) == [0, 0])
        #expect(try fixture.store.metricNames(of: job.id) == ["generator_loss", "discriminator_loss"])
    }

    @Test func valuesThatAreNotFiniteAreCountedAndNull() throws {
        let fixture = try StoreFixture()
        let job = try fixture.runningJob()
        var block = MetricBlock(names: ["loss"])
        for (index, value) in [1, Float.nan, .infinity, 4].enumerated() {
            block.append(
                step: index + 1, wallTime: Timestamp(seconds: 1), samplesSeen: index, values: [value])
        }
        try fixture.store.appendMetrics(block, trainingSeconds: 1, claim: job.claim)
        let series = try fixture.store.curve(of: job.id, CurveRequest()).series
        #expect(series == [Curve.Series(name: "loss", values: [1, nil, nil, 4], nonFinite: 2)])
    }

    @Test func goingBackToACheckpointTakesLaterPointsBackAndRaisesTheRevision() throws {
        let fixture = try StoreFixture()
        let job = try fixture.runningJob()
        try fixture.store.appendPoints(1...20, claim: job.claim)
        try fixture.store.commit(try fixture.checkpoint(12), claim: job.claim)
        try fixture.store.appendPoints(21...300, claim: job.claim)
        let before = try fixture.store.curveState(of: job.id)
        #expect(before == CurveState(revision: 0, lastStep: 300))
        let queued = try fixture.store.move(try fixture.store.job(job.id), to: .queued, attempt: 2)
        #expect(try fixture.store.curveState(of: job.id) == CurveState(revision: 1, lastStep: 12))
        let again = try fixture.store.move(queued, to: .running)
        try fixture.store.appendPoints(13...15, claim: again.claim)
        let curve = try fixture.store.curve(
            of: job.id, CurveRequest(sinceStep: 300, revision: before.revision))
        #expect(curve.reset && curve.steps == Array(1...15) && curve.revision == 1)

        try fixture.store.commit(try fixture.checkpoint(15), claim: again.claim)
        try fixture.store.move(try fixture.store.job(job.id), to: .queued)
        #expect(try fixture.store.curveState(of: job.id) == CurveState(revision: 1, lastStep: 15))
    }

    @Test func pointsOutOfOrderAreRefused() throws {
        let fixture = try StoreFixture()
        let job = try fixture.runningJob()
        try fixture.store.appendPoints(1...5, claim: job.claim)
        expectError(.conflict, code: "points_out_of_order") {
            try fixture.store.appendPoints(5...6, claim: job.claim)
        }
    }
}
