import Adversarial
import Codecs
import Jobs
import Store
import Testing
import Torch

@Suite struct TrainingTimeTests {
    @Test func timeAloneEndsAJobWhoseStepsWereMeasured() throws {
        let fixture = try JobsFixture()
        let job = try fixture.job(fixture.submit(steps: nil, maximumSeconds: 3).id, after: .succeeded)
        #expect(job.stopReason == .maxSeconds && job.step == 24)
        let length = try ResolvedSpec(json: job.resolved).training.length
        #expect(length.steps == nil && length.plannedSteps == 24)
        #expect(try fixture.center.progress(of: job).fraction == 1)
        #expect(try fixture.store.model(job.modelID).spec == job.resolved)
    }

    @Test(
        "A schedule that time alone ends is seen to its end, however slow or fast the machine gets",
        arguments: [
            // A step's slowness from some step on, and the steps that then fit into 100 s.
            (from: 0, slowness: 1.0, steps: 800), (80, 3.0, 320), (80, 0.5, 1_520), (790, 5.0, 792), (400, 2.0, 600),
        ])
    func aPlanFollowsThePace(from: Int, slowness: Double, steps: Int) throws {
        let clock = TestClock()
        let trainings = FakeTrainings(clock: clock, slowness: (from, slowness))
        let fixture = try JobsFixture(clock: clock, trainings: trainings)
        let job = try fixture.job(fixture.submit(steps: nil, maximumSeconds: 100).id, after: .succeeded)
        #expect(job.stopReason == .maxSeconds && job.step == steps)
        #expect(job.resolved["training"]?["planned_steps"]?.integer == Int64(steps))
        #expect(try fixture.store.model(job.modelID).spec == job.resolved)
        let shares = trainings.planned.map { Double($0.step) / Double($0.planned) }
        // What is done of the plan never jumps, and comes to its end.
        for (before, after) in zip(shares, shares.dropFirst()) { #expect(abs(after - before) < 0.05) }
        #expect(shares.last == 1 && shares.dropLast(2).allSatisfy { $0 < 1 })
        let late = trainings.planned.filter { Double($0.step) > 0.9 * Double(steps) }
        #expect(late.count > 10 && late.allSatisfy { abs(Double($0.planned) / Double(steps) - 1) < 0.05 })
    }

    @Test("However short the time, a job does a step and ends", arguments: [1e-300, 1e-17, 1e-9, 0.1])
    func hardlyAnyTime(seconds: Double) throws {
        let fixture = try JobsFixture()
        let job = try fixture.job(fixture.submit(steps: nil, maximumSeconds: seconds).id, after: .succeeded)
        #expect(job.stopReason == .maxSeconds && job.step == 1)
        #expect(job.resolved["training"]?["planned_steps"] == 1)
    }

    @Test func timeCountsOverAllAttemptsAndThePlanIsMeasuredOnce() throws {
        let gate = StepGate()
        let clock = TestClock()
        let trainings = FakeTrainings(clock: clock, gate: gate)
        let fixture = try JobsFixture(clock: clock, trainings: trainings)
        let submitted = try fixture.submit(steps: nil, maximumSeconds: 4)
        // The measurement takes a step to warm up and two to fill its share of the time.
        try gate.run(3 + 12)
        _ = try fixture.center.stop(submitted.id)
        gate.open()
        let stopped = try fixture.job(submitted.id, after: .stopped)
        #expect(stopped.step == 13 && stopped.trainingSeconds == 13 * 0.125)
        #expect(stopped.resolved["training"]?["planned_steps"] == 32)
        // Time that passes while nobody trains counts for nothing.
        clock.advance(1000)
        _ = try fixture.center.resume(stopped.id)
        let job = try fixture.job(submitted.id, after: .succeeded)
        #expect(job.stopReason == .maxSeconds && job.step == 32)
        #expect(job.resolved["training"]?["planned_steps"] == 32)
        #expect(trainings.begun == [0, 0, 13])

        _ = try fixture.center.resume(job.id, changes: ["training": ["max_seconds": 8]])
        let longer = try fixture.job(job.id, after: .succeeded, times: 2)
        #expect(longer.step == 64 && longer.resolved["training"]?["planned_steps"] == 64)
    }

    @Test(arguments: [
        // Allowed, seconds of a step on so many threads, chosen, trainings begun to find it and to train.
        (4, [4: 0.01, 2: 0.006, 1: 0.009], 2, 4),
        (4, [4: 0.01, 2: 0.02, 1: 0.04], 4, 4),
        (4, [4: 0.01, 2: 0.0102, 1: 0.0101], 1, 4),
        (3, [3: 0.01, 1: 0.002], 1, 3),
        (2, [2: 0.2, 1: 0.001], 2, 2),
        (1, [1: 0.01], 1, 1),
    ])
    func aJobTakesTheFewestThreadsThatAreAsFastAsAny(
        allowed: Int, seconds: [Int: Double], chosen: Int, begun: Int
    ) throws {
        let clock = TestClock()
        let trainings = FakeTrainings(clock: clock, secondsOnThreads: seconds)
        let fixture = try JobsFixture(threadsPerJob: allowed, clock: clock, trainings: trainings)
        let job = try fixture.job(fixture.submit(steps: 10).id, after: .succeeded)
        #expect(try ResolvedSpec(json: job.resolved).threads == chosen)
        #expect(try fixture.store.model(job.modelID).spec == job.resolved)
        #expect(trainings.begun.count == begun && trainings.mostAlive == 1)

        // Chosen once: what was trained so far goes on with as many.
        _ = try fixture.center.resume(job.id, changes: ["training": ["steps": 20]])
        let longer = try fixture.job(job.id, after: .succeeded, times: 2)
        #expect(try ResolvedSpec(json: longer.resolved).threads == chosen)
        #expect(trainings.begun.count == begun + 1)
    }

    @Test(arguments: [
        // How slow each is, chosen, seconds of a step, trainings begun to find it and to train.
        ([MatrixProduct.oneDNN: 1.0, .blas: 0.9], MatrixProduct.blas, 0.01, 3),
        ([.oneDNN: 1, .blas: 0.98], .oneDNN, 0.01, 3),
        ([.oneDNN: 1, .blas: 0.5], .oneDNN, 0.2, 2),
        ([:], .oneDNN, 0.01, 1),
    ])
    func aJobMultipliesWithWhatIsFastestHere(
        slowness: [MatrixProduct: Double], chosen: MatrixProduct, seconds: Double, begun: Int
    ) throws {
        let clock = TestClock()
        let trainings = FakeTrainings(clock: clock, secondsPerStep: seconds, slownessOfProducts: slowness)
        let fixture = try JobsFixture(clock: clock, trainings: trainings)
        let job = try fixture.job(fixture.submit(steps: 10).id, after: .succeeded)
        #expect(try ResolvedSpec(json: job.resolved).matrixProduct == chosen)
        #expect(trainings.begun.count == begun)
    }

    @Test(arguments: [
        // What the first machine and the second one have, and what is chosen on the second.
        ([MatrixProduct.oneDNN: 1.0, .blas: 2], [MatrixProduct.blas: 1.0], MatrixProduct.oneDNN, MatrixProduct.blas),
        ([.blas: 1], [.oneDNN: 1], .blas, .oneDNN),
        ([.oneDNN: 1, .blas: 2], [.oneDNN: 2, .blas: 1], .oneDNN, .oneDNN),
        ([.blas: 1], [.oneDNN: 1, .blas: 2], .blas, .blas),
    ])
    func whatAnotherMachineHasNotIsChosenAnew(
        first: [MatrixProduct: Double], second: [MatrixProduct: Double], chosen: MatrixProduct, anew: MatrixProduct
    ) throws {
        let clock = TestClock()
        let trainings = FakeTrainings(clock: clock, slownessOfProducts: first)
        let fixture = try JobsFixture(clock: clock, trainings: trainings)
        let job = try fixture.job(fixture.submit(steps: 10).id, after: .succeeded)
        #expect(try ResolvedSpec(json: job.resolved).matrixProduct == chosen)
        #expect(try fixture.store.events(of: job.id).allSatisfy { $0.kind != .adaptation })

        trainings.slownessOfProducts = second
        _ = try fixture.center.resume(job.id, changes: ["training": ["steps": 20]])
        let longer = try fixture.job(job.id, after: .succeeded, times: 2)
        #expect(try ResolvedSpec(json: longer.resolved).matrixProduct == anew)
        #expect(try fixture.store.model(job.modelID).spec == longer.resolved)
        let events = try fixture.store.events(of: job.id).filter { $0.kind == .adaptation }.map(\.data)
        #expect(events.count == (chosen == anew ? 0 : 1))
        for event in events {
            #expect(event["step"] == 10)
            #expect(event["changes"]?["matrix_product"]?["from"]?.string == chosen.rawValue)
            #expect(event["changes"]?["matrix_product"]?["to"]?.string == anew.rawValue)
        }
    }

    @Test func whicheverLimitComesFirstEndsTheJob() throws {
        let fixture = try JobsFixture()
        let bySteps = try fixture.job(fixture.submit(steps: 10, maximumSeconds: 3).id, after: .succeeded)
        #expect(bySteps.stopReason == .steps && bySteps.step == 10)
        let byTime = try fixture.job(fixture.submit(steps: 100, maximumSeconds: 3).id, after: .succeeded)
        #expect(byTime.stopReason == .maxSeconds && byTime.step == 24)
    }

    @Test func theRateForgetsWhatIsLongPast() {
        var rate = StepRate()
        #expect(rate.stepsPerSecond == nil)
        rate.add(duration: 10)
        for _ in 0..<200 { rate.add(duration: 0.1) }
        #expect(rate.stepsPerSecond.map { abs($0 - 10) < 1.5 } == true)
        var zero = StepRate()
        zero.add(duration: 0)
        #expect(zero.stepsPerSecond == nil)
    }
}
