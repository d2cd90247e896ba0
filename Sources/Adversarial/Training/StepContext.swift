internal import Networks
internal import Torch

/// What a game needs of its trainer: where a step stands in the training, its batches and its noise.
///
/// One object for the whole training; the trainer sets it at the beginning of each step.
package final class StepContext {
    /// Only its planned steps change on the way.
    var spec: ResolvedSpec
    let batches: any BatchSource
    let latents: any LatentSource

    /// The step that is under way, 1 for the first.
    var number = 1
    /// Real samples that were seen before the next batch.
    var samplesSeen = 0
    /// What γ of R1 and R2 is multiplied by in this step.
    var slopeFactor = 1.0
    /// Standard deviation of the noise on what a discriminator sees in this step.
    var noiseDeviation = 0.0
    /// Whether the step is in the first half of those that are planned.
    var isEarly = false
    /// Whether the phase's players move once more in this step.
    var isLastUpdate = true
    /// What is to be read when the step has been told to the device.
    private(set) var readings: [Reading] = []
    /// What changes from step to step, where a device has to know it.
    let onDevice: Factors?

    /// Numbers that stay at one place on a device, where a recorded step reads them.
    struct Factors {
        let slope: Tensor
        let averageShare: Tensor

        init(_ device: Device) throws {
            slope = try Tensor.ones([], device: device)
            averageShare = try Tensor.ones([], device: device)
        }
    }

    init(_ spec: ResolvedSpec, _ batches: any BatchSource, _ latents: any LatentSource) throws {
        self.spec = spec
        self.batches = batches
        self.latents = latents
        onDevice = spec.device == .cpu ? nil : try Factors(spec.device)
    }

    /// The next full batch of training items, `[batch, …]`, and their labels, `int64` `[batch]`, where there are any.
    func nextBatch() throws -> (items: Tensor, labels: Tensor?) {
        let batch = try batches.batch(count: spec.training.batchSize, atSample: samplesSeen)
        samplesSeen += spec.training.batchSize
        return batch
    }

    /// Forgets what was read of the step before.
    func begin() { readings = [] }

    /// Notes what is to be read of the step.
    func note(_ reading: Reading) { readings.append(reading) }

    /// Notes the sum of terms of one element each.
    func note(_ terms: [Tensor], as metric: Metric) {
        note(Reading(terms) { terms, values in values[metric] = Float(terms.reduce(0.0) { $0 + Double($1) }) })
    }

    /// Sets the rates for the step that begins.
    ///
    /// - Parameters:
    ///   - step: steps done before it.
    ///   - players: whose optimisers follow the schedule.
    func follow(step: Int, _ players: [Player]) throws {
        number = step + 1
        let (training, schedule) = (spec.training, spec.training.schedule)
        // Planned samples, of which a ratio that adapts may draw more.
        let progress = training.length.scheduleProgress(
            samples: step * training.samplesPerStep, samplesPerStep: training.samplesPerStep)
        isEarly = progress < 0.5
        noiseDeviation = training.softening.instanceNoise * max(0, 1 - progress)
        slopeFactor = schedule.value(from: 1, to: schedule.regularisation, at: progress)
        for player in players { try player.follow(schedule, at: progress) }
        guard let onDevice else { return }
        try onDevice.slope.fill(slopeFactor)
        // What will have been seen when the average moves.
        let seen = samplesSeen + training.samplesPerStep
        try onDevice.averageShare.fill(1 - training.averaging.decay(batch: training.samplesPerStep, seen: seen))
    }

    /// How much of an average stays, by the samples seen so far.
    var averageDecay: Double {
        spec.training.averaging.decay(batch: spec.training.samplesPerStep, seen: samplesSeen)
    }

    /// What an average moves by, where a device reads it; nil where the decay does it.
    var averageShareOnDevice: Tensor? {
        // A ratio of updates that adapts sees other numbers of samples than planned.
        spec.training.balance == nil ? onDevice?.averageShare : nil
    }

    /// Takes an optimiser's step, and notes the norm of the gradients before they are clipped.
    ///
    /// - Parameter gradients: one for each of the player's parameters, of its shape.
    func move(_ player: Player, along gradients: [Tensor], noting metric: Metric) throws {
        let limit = spec.training.softening.gradientClipping
        if spec.device != .cpu, limit == nil {
            note(Reading([try ParameterUpdates.normOnDevice(of: gradients)]) { $1[metric] = $0.first ?? .nan })
            return try player.optimiser.step(gradients: gradients)
        }
        let norm = try ParameterUpdates.norm(of: gradients)
        note(Reading { $1[metric] = Float(norm) })
        if let limit, norm > limit {
            try player.optimiser.step(gradients: gradients.map { try $0 * (limit / norm) })
        } else {
            try player.optimiser.step(gradients: gradients)
        }
    }
}
