import Adversarial
import Codecs
import Logging
import Store
import Torch

extension TrainingBlock {
    /// Measures how many steps a job that time alone ends will take at first, and writes that into its spec.
    ///
    /// Schedules run over the planned steps, so some must be known before the first; a training of its own, thrown away
    /// afterwards, tells the time of a step.
    mutating func planSteps() throws {
        let length = spec.training.length
        guard length.steps == nil, length.plannedSteps == nil, let seconds = length.maximumSeconds else { return }
        let duration = try secondsPerStep(limit: min(2, seconds / 20))
        spec = spec.planning(steps: duration > 0 ? Int(seconds / duration) : 1)
        try store.fixResolved(spec.json, claim: job.claim)
    }

    /// Makes ready to follow the pace of a job that time alone ends.
    mutating func beginForecast() {
        let length = spec.training.length
        storedPlan = length.plannedSteps
        guard length.steps == nil, let planned = length.plannedSteps, let limit = length.maximumSeconds else { return }
        forecast = StepForecast(step: savedStep, seconds: trainingSeconds, planned: planned, limit: limit)
    }

    /// Moves the end of the plan to where the job's time will end at the pace that it has.
    mutating func followTime(_ training: any TrainingRun) {
        let seconds = trainingSeconds
        guard let steps = forecast?.steps(at: training.step, seconds: seconds) else { return }
        plan(steps, training)
    }

    /// Plans another number of steps, which ends no earlier than plans that the job outgrew.
    mutating func plan(_ steps: Int, _ training: any TrainingRun) {
        guard forecast != nil else { return }
        let least = (spec.training.length.earlierPlans.last ?? 0) + 1
        spec = spec.planning(steps: max(steps, least))
        training.plan(steps: spec.training.length.plannedSteps ?? steps)
    }

    /// Writes the plan as it is by now, to go on by after a resume.
    mutating func storePlan() throws {
        guard storedPlan != spec.training.length.plannedSteps else { return }
        try store.fixResolved(spec.json, claim: job.claim)
        storedPlan = spec.training.length.plannedSteps
    }

    /// A step that takes so long, in seconds, keeps all of a job's threads busy, and with what it multiplies linear layers
    /// doesn't matter.
    private static let longStep = 0.1
    /// What another way of calculating has to save, as a share of the time, to be taken.
    private static let worthwhile = 0.03

    /// Chooses another matrix product where this machine hasn't the spec's, which was fixed elsewhere or is only the usual one.
    mutating func adapt() throws {
        let products = trainings.matrixProducts(for: spec)
        let before = spec.matrixProduct
        guard let product = products.first, !products.contains(before) else { return }
        spec.matrixProduct = product
        // Before the first checkpoint nothing was calculated with it.
        guard savedStep > 0 else { return try store.fixResolved(spec.json, claim: job.claim) }
        try store.fixResolved(
            spec.json,
            adaptation: [
                "detail": .string(
                    "this machine's processor can't multiply by \(before.rawValue), with which the job was trained so far; "
                        + "it goes on from step \(savedStep) with \(product.rawValue), to numbers that are rounded otherwise"
                ),
                "step": .integer(Int64(savedStep)),
                "changes": ["matrix_product": ["from": .string(before.rawValue), "to": .string(product.rawValue)]],
            ], claim: job.claim)
        logger.notice(
            "another matrix product was chosen",
            metadata: ["job": "\(job.id)", "from": "\(before.rawValue)", "to": "\(product.rawValue)"])
    }

    /// Finds what the job's matrices are multiplied with fastest, and then the fewest of its threads at which it is as fast as
    /// at any number, and keeps both with it.
    ///
    /// In small networks threads wait for one another longer than they calculate, the more of them the longer.
    mutating func calibrate() throws {
        let allowed = spec.threads
        let products = trainings.matrixProducts(for: spec)
        guard spec.device == .cpu, allowed > 1 || products.count > 1 else { return }
        var quickest = try quickestStep(spec)
        if quickest < Self.longStep, live.signal.requested == nil {
            for product in products where product != spec.matrixProduct {
                try take({ $0.matrixProduct = product }, ifWithin: 1 - Self.worthwhile, of: &quickest)
            }
            for threads in sequence(first: allowed / 2, next: { $0 / 2 }).prefix(while: { $0 > 0 }) {
                try take({ $0.threads = threads }, ifWithin: 1 + Self.worthwhile, of: &quickest)
            }
        }
        guard live.signal.requested == nil, quickest < Self.longStep else { return }
        try store.fixResolved(spec.json, claim: job.claim)
        logger.info(
            "calibrated",
            metadata: [
                "matrix_product": "\(spec.matrixProduct.rawValue)", "threads": .stringConvertible(spec.threads),
                "allowed": .stringConvertible(allowed),
                "step_ms": .stringConvertible((quickest * 100_000).rounded() / 100),
            ])
    }

    /// Changes the spec where steps then take no longer than a multiple of the quickest yet.
    private mutating func take(
        _ change: (inout ResolvedSpec) -> Void, ifWithin factor: Double, of quickest: inout Double
    ) throws {
        guard live.signal.requested == nil else { return }
        var trial = spec
        change(&trial)
        let seconds = try quickestStep(trial)
        guard seconds <= quickest * factor else { return }
        spec = trial
        quickest = min(quickest, seconds)
    }

    /// Seconds of the quickest of a number of steps, which says more of the threads than the others, in which the machine
    /// did something else besides.
    private func quickestStep(_ spec: ResolvedSpec) throws -> Double {
        let trial = try trainings.begin(
            spec: spec, dataset: store.folder.decoded(of: job.datasetID), checkpoint: nil)
        _ = try trial.advance()
        let start = clock.seconds()
        var quickest = Double.infinity
        var last = start
        repeat {
            _ = try trial.advance()
            let now = clock.seconds()
            quickest = min(quickest, now - last)
            last = now
        } while last - start < Self.longStep && live.signal.requested == nil
        return quickest
    }

    private func secondsPerStep(limit: Double) throws -> Double {
        let trial = try trainings.begin(
            spec: spec, dataset: store.folder.decoded(of: job.datasetID), checkpoint: nil)
        // The first step pays for memory and plans that the later ones find ready.
        _ = try trial.advance()
        let start = clock.seconds()
        var steps = 0.0
        repeat {
            _ = try trial.advance()
            steps += 1
        } while steps < 100 && clock.seconds() - start < limit && live.signal.requested == nil
        return (clock.seconds() - start) / steps
    }
}
