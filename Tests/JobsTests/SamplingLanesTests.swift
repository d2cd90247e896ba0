import Adversarial
import Codecs
import Dispatch
import Jobs
import Store
import Synchronization
import TestSupport
import Testing

/// Which generators are kept ready, and for how long.
@Suite struct SamplingLanesTests {
    /// What a lane says that it keeps, each time that changes.
    private final class Kept: Sendable {
        private let log = Mutex<[[SnapshotKey]]>([])
        private let changed = DispatchSemaphore(value: 0)

        func record(_ keys: [SnapshotKey]) {
            log.withLock { $0.append(keys) }
            changed.signal()
        }

        /// The steps that are kept after the next change.
        func next() throws -> [Int] {
            try changed.waitForTest()
            return log.withLock { $0.removeFirst() }.map(\.step)
        }
    }

    private let request = SampleRequest(count: 3, seed: 1)

    /// A running job, held by a gate, of a generator small enough to be had at once.
    private func running(_ gate: StepGate, fault: Int? = nil) throws -> (fixture: JobsFixture, model: String) {
        let fixture = try JobsFixture(
            trainings: GatedTrainings(gate: gate, fault: fault), monotonic: .system, snapshotInterval: 0)
        let dataset = try fixture.imported(SampleDatasets.pointsTable(count: 60))
        let sizes: JSON = ["hidden": [4]]
        let job = try fixture.center.submit([
            "dataset_id": .string(dataset.id), "model": ["latent_dim": 2, "generator": sizes, "discriminator": sizes],
            "training": ["steps": 40, "batch_size": 4],
        ])
        try fixture.recorder.wait(for: job.id, .running)
        return (fixture, job.modelID)
    }

    private func pace(patience: Double) -> SamplingLanes.Pace {
        var pace = SamplingLanes.Pace()
        pace.patience = patience
        return pace
    }

    private func draw(_ lane: SamplingLanes, _ generator: SampledGenerator) throws {
        _ = try lane.samples(from: generator, request, range: 0..<3)
    }

    @Test func ofARunningJobOnlyTheNewestGeneratorIsKept() throws {
        let gate = StepGate()
        let (fixture, model) = try running(gate)
        defer { gate.open() }
        let kept = Kept()
        let lane = SamplingLanes(pace(patience: 3600), didChange: { kept.record($0) })
        for step in 1...3 {
            try gate.run(1)
            try draw(lane, fixture.center.generator(of: model))
            #expect(try kept.next() == [step])
        }
    }

    @Test func aStepThatComesAgainAfterARollBackIsAnotherGenerator() throws {
        let gate = StepGate()
        let (fixture, model) = try running(gate, fault: 3)
        defer { gate.open() }
        var drawn: [SampleBlock] = []
        // Up to the second step, then over the third and from the beginning to the second again.
        for count in [2, 3] {
            try gate.run(count)
            let generator = try fixture.center.generator(of: model)
            #expect(generator.step == 2 && generator.isLive)
            drawn.append(try fixture.center.samples(from: generator, request, range: 0..<3))
            let alone = try Sampler(generator.snapshot).samples(request, range: 0..<3)
            #expect(drawn.last == alone)
        }
        #expect(drawn[0] != drawn[1])
    }

    @Test func shortRequestsAreDrawnTogetherAndEachGetsItsOwn() throws {
        let gate = StepGate()
        let (fixture, model) = try running(gate)
        defer { gate.open() }
        try gate.run(1)
        let generator = try fixture.center.generator(of: model)
        var pace = pace(patience: 3600)
        // As many as four of them, however long those take to come.
        pace.batch = 12
        pace.delay = 600
        let drawn = Mutex([Int]())
        let lane = SamplingLanes(pace, didDraw: { count, _ in drawn.withLock { $0.append(count) } })
        let blocks = Mutex([Int: SampleBlock]())
        let requests = (0..<4).map { SampleRequest(count: 9, seed: UInt64($0)) }
        let threads = (0..<4).map { index in
            let done = DispatchSemaphore(value: 0)
            DispatchQueue(label: "asks \(index)").async { [request = requests[index]] in
                let block = try? lane.samples(from: generator, request, range: 3..<6)
                blocks.withLock { $0[index] = block }
                done.signal()
            }
            return done
        }
        for thread in threads { try thread.waitForTest() }
        #expect(drawn.withLock { $0 } == [4])
        let alone = SamplingLanes(self.pace(patience: 3600))
        for (index, request) in requests.enumerated() {
            let block = try alone.samples(from: generator, request, range: 3..<6)
            #expect(blocks.withLock { $0[index] } == block)
        }
    }

    @Test func whatCannotBeServedOrIsNotWantedAnyMoreLeavesTheOthersOfItsBatchAlone() throws {
        let gate = StepGate()
        let (fixture, model) = try running(gate)
        defer { gate.open() }
        try gate.run(1)
        let generator = try fixture.center.generator(of: model)
        var pace = pace(patience: 3600)
        pace.batch = 9
        pace.delay = 600
        let lane = SamplingLanes(pace)
        let outcomes = Mutex([String]())
        let threads = ([([0], false), (nil, true), (nil, false)] as [([Int]?, Bool)]).map { classes, isGone in
            let done = DispatchSemaphore(value: 0)
            DispatchQueue(label: "asks").async {
                let outcome: String
                do {
                    let request = SampleRequest(count: 3, seed: 1, choice: classes.map { .classes($0) } ?? .asTrained)
                    outcome =
                        "\(try lane.samples(from: generator, request, range: 0..<3) { isGone }.count) samples"
                } catch let error as JobsError {
                    outcome = error.code
                } catch {
                    outcome = "\(type(of: error))"
                }
                outcomes.withLock { $0.append(outcome) }
                done.signal()
            }
            return done
        }
        for thread in threads { try thread.waitForTest() }
        #expect(outcomes.withLock { $0.sorted() } == ["3 samples", "SampleRequestError", "abandoned"])
    }

    @Test func theBlocksOfALongRequestAreTheSameOnAnyNumberOfThreads() throws {
        let gate = StepGate()
        let (fixture, model) = try running(gate)
        defer { gate.open() }
        try gate.run(1)
        let generator = try fixture.center.generator(of: model)
        let turn = generator.snapshot.turnSize
        let request = SampleRequest(count: 12 * turn + 7, seed: 4)
        let expected = try Sampler(generator.snapshot).samples(request, range: 0..<request.count)
        for threads in [1, 4] {
            var pace = pace(patience: 3600)
            pace.threads = threads
            let lanes = SamplingLanes(pace)
            let blocks = lanes.samples(
                from: generator, request, range: 5..<request.count, isAbandoned: { false }, make: { $0 })
            let first = try #require(try blocks.next())
            #expect(first.count == turn - 5)
            let rest = try blocks.joined()
            guard case .floats(let points) = first.values, case .floats(let others) = rest.values else {
                Issue.record("no points")
                return
            }
            #expect(expected.values == .floats(Array(expected.points[..<10]) + points + others))
            #expect(try blocks.next() == nil)
            lanes.close()
        }
    }

    @Test func whatIsLetGoOfIsNotDrawn() throws {
        let gate = StepGate()
        let (fixture, model) = try running(gate)
        defer { gate.open() }
        try gate.run(1)
        let generator = try fixture.center.generator(of: model)
        let drawn = Mutex(0)
        let asked = Mutex(0)
        let isLetGo = DispatchSemaphore(value: 0)
        let lanes = SamplingLanes(
            pace(patience: 3600), didDraw: { _, count in drawn.withLock { $0 += count } })
        let long = SampleRequest(count: 10_000_000, seed: 1)
        // Asked on the thread that draws, which is held at the second turn.
        let isAbandoned: @Sendable () -> Bool = {
            let number = asked.withLock { asked in
                asked += 1
                return asked
            }
            if number == 2 { try? isLetGo.waitForTest() }
            return false
        }
        var blocks: SamplePieces<SampleBlock>? = lanes.samples(
            from: generator, long, range: 0..<long.count, isAbandoned: isAbandoned, make: { $0 })
        #expect(try blocks?.next()?.count == generator.snapshot.turnSize)
        blocks = nil
        isLetGo.signal()
        try draw(lanes, generator)
        #expect(drawn.withLock { $0 } == generator.snapshot.turnSize + 3)
    }

    @Test func aDeletedModelIsForgotten() throws {
        let gates = [StepGate(), StepGate()]
        let (fixture, model) = try running(gates[0])
        let (other, otherModel) = try running(gates[1])
        defer { for gate in gates { gate.open() } }
        let kept = Kept()
        let lane = SamplingLanes(pace(patience: 3600), didChange: { kept.record($0) })
        for gate in gates { try gate.run(1) }
        for generator in [try fixture.center.generator(of: model), try other.center.generator(of: otherModel)] {
            try draw(lane, generator)
        }
        _ = try kept.next()
        #expect(try kept.next().count == 2)
        lane.forget(model: model)
        #expect(try kept.next().count == 1)
    }

    @Test func aLaneThatIsNotAskedForAWhileKeepsNothing() throws {
        let gate = StepGate()
        let (fixture, model) = try running(gate)
        defer { gate.open() }
        try gate.run(1)
        let kept = Kept()
        let lane = SamplingLanes(pace(patience: 0.001), didChange: { kept.record($0) })
        try draw(lane, fixture.center.generator(of: model))
        #expect(try kept.next() == [1])
        #expect(try kept.next() == [])
        // Once at rest it is ready for more.
        try draw(lane, fixture.center.generator(of: model))
        #expect(try kept.next() == [1])
    }
}

extension SampleBlock {
    fileprivate var points: [Float] {
        if case .floats(let points) = values { points } else { [] }
    }
}
