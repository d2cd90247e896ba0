import Codecs
import Store
import Testing

/// Curves of so many points that polls read summaries of them.
@Suite struct LongCurveTests {
    private static let names = ["generator_loss", "discriminator_loss"]
    /// As many points as a block holds that isn't topped up with another one.
    private static let block = 130

    /// A value that is different at each step, and now and then not finite.
    private static func value(_ step: Int, _ series: Int, _ salt: Int = 0) -> Float {
        let mixed = UInt64(step &* 3 &+ series &+ salt) &* 0x9e37_79b9_7f4a_7c15
        return mixed >> 32 % 97 == 0 ? .nan : Float(mixed >> 40) / 1000
    }

    private func append(_ steps: Range<Int>, to job: JobRecord, _ store: Store, salt: Int = 0) throws {
        for start in stride(from: steps.lowerBound, to: steps.upperBound, by: Self.block) {
            var block = MetricBlock(names: Self.names)
            for step in start..<min(steps.upperBound, start + Self.block) {
                block.append(
                    step: step, wallTime: Timestamp(seconds: 1000 + Double(step)), samplesSeen: step * 10,
                    values: [Self.value(step, 0, salt), Self.value(step, 1, salt)])
            }
            try store.appendMetrics(block, trainingSeconds: 1, claim: job.claim)
        }
    }

    /// Holds a curve of all series against the points that it was made of.
    private func check(_ curve: Curve, _ steps: Range<Int>, maximumPoints: Int, salt: (Int) -> Int = { _ in 0 }) {
        #expect(curve.sourcePoints == steps.count)
        #expect(curve.steps.first == steps.first && curve.steps.last == steps.last)
        #expect(curve.steps.count <= maximumPoints && curve.steps.count >= maximumPoints / 3)
        #expect(curve.samplesSeen == curve.steps.map { $0 * 10 })
        #expect(curve.wallTimes == curve.steps.map { 1000 + Double($0) })
        for (place, series) in curve.series.enumerated() {
            let all = steps.map { Self.value($0, place, salt($0)) }
            #expect(series.nonFinite == all.count { !$0.isFinite })
            var end = steps.lowerBound
            for bucket in 0..<curve.steps.count / 2 {
                // Buckets follow one another without a gap.
                #expect(curve.steps[2 * bucket] == end)
                end = curve.steps[2 * bucket + 1] + 1
                let values = (curve.steps[2 * bucket]..<end).map { all[$0 - steps.lowerBound] }
                let (least, greatest) = (
                    values.enumerated().filter { $0.1.isFinite }.min { $0.1 < $1.1 },
                    values.enumerated().filter { $0.1.isFinite }.max { $0.1 < $1.1 }
                )
                let expected = [least, greatest].compactMap { $0 }.sorted { $0.0 < $1.0 }.map(\.1)
                let given = series.values[2 * bucket...2 * bucket + 1].compactMap { $0 }
                if expected != given { Issue.record("bucket \(bucket) of \(series.name): \(given), not \(expected)") }
            }
            #expect(end == steps.upperBound)
        }
    }

    @Test(arguments: [65_536, 300])
    func bucketsGiveTheExtremesOfTheirPoints(limit: Int) throws {
        let fixture = try StoreFixture(curveSummaryLimit: limit)
        let job = try fixture.runningJob()
        let end = 600 * Self.block + 50
        try append(1..<end, to: job, fixture.store)
        for maximumPoints in [10, 100, 200] {
            let curve = try fixture.store.curve(of: job.id, CurveRequest(maximumPoints: maximumPoints))
            #expect(curve.series.map(\.name) == Self.names && curve.lastStep == end - 1)
            check(curve, 1..<end, maximumPoints: maximumPoints)
        }
        for range in [5000..<70_000, 131..<end - 1, 1..<60_001, 40_000..<40_200, 40_000..<40_001] {
            let request = CurveRequest(
                fromStep: range.lowerBound, toStep: range.upperBound - 1, maximumPoints: 60)
            let curve = try fixture.store.curve(of: job.id, request)
            guard range.count > 60 else {
                #expect(curve.steps == Array(range) && !curve.downsampled)
                continue
            }
            check(curve, range, maximumPoints: 60)
        }
        let tail = try fixture.store.curve(of: job.id, CurveRequest(sinceStep: end - 3))
        #expect(tail.steps == [end - 2, end - 1] && tail.sourcePoints == 2)
        let one = try fixture.store.curve(of: job.id, CurveRequest(names: [Self.names[1], "nothing"]))
        #expect(one.series.map(\.name) == [Self.names[1], "nothing"] && one.series[1].values.allSatisfy { $0 == nil })
        #expect(try fixture.store.curve(of: job.id, CurveRequest(fromStep: end + 5)).sourcePoints == 0)
    }

    @Test func whatComesAndWhatIsTakenBackIsSeen() throws {
        let fixture = try StoreFixture()
        let job = try fixture.runningJob()
        let middle = 550 * Self.block + 1
        try append(1..<middle, to: job, fixture.store)
        let request = CurveRequest(maximumPoints: 100)
        check(try fixture.store.curve(of: job.id, request), 1..<middle, maximumPoints: 100)
        try append(middle..<middle + 4000, to: job, fixture.store)
        check(try fixture.store.curve(of: job.id, request), 1..<middle + 4000, maximumPoints: 100)

        // A repair takes the end back; other points then stand in its place.
        _ = try fixture.store.rollBack(to: 0, resolved: ["seed": 7], data: ["step": 1], claim: job.claim)
        try append(1..<middle, to: job, fixture.store, salt: 9)
        check(try fixture.store.curve(of: job.id, request), 1..<middle, maximumPoints: 100) { _ in 9 }
    }
}
