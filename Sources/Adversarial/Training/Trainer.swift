package import Datasets
internal import Networks
internal import Torch

/// Trains a generator and a discriminator against each other, a step at a time.
///
/// All randomness comes from the spec's seed through generators of the trainer's own, and the engine runs on the
/// threads that the spec names: the same spec and dataset give the same weights bit for bit, also when a checkpoint
/// lies between two steps.
///
/// Not `Sendable`: it lives on one worker thread, whose thread count it sets when it is made.
package final class Trainer {
    /// What is trained.
    package let spec: ResolvedSpec
    /// What it is trained on.
    package let dataset: DatasetManifest
    /// Steps done; a step is one generator update and the discriminator updates before it.
    package internal(set) var step = 0
    /// Real samples that the discriminator has seen.
    package internal(set) var samplesSeen = 0

    let generator: GeneratorNetwork
    let discriminator: DiscriminatorNetwork
    /// The averaged generator that samples come from.
    let average: GeneratorNetwork
    let generatorOptimiser: any Optimiser
    let discriminatorOptimiser: any Optimiser
    let latents: any LatentSource

    let discriminatorMixesItems: Bool
    /// What γ of R1 and R2 is multiplied by in this step.
    var slopeFactor = 1.0
    /// Standard deviation of the noise on what the discriminator sees in this step.
    private var noiseDeviation = 0.0
    private let augmentation: Augmentation
    /// Where the augmentation adapts.
    var augmentationProbability = AugmentationProbability()
    /// Where the ratio of updates adapts.
    var balance = UpdateBalance()

    /// Where the networks are plain perceptrons, what moves them; nil for the gradient graph.
    private let perceptrons: PerceptronUpdates?
    /// Whether gradients are found by a graph of all that was done, rather than by `Perceptrons`.
    package var usesGraph: Bool { perceptrons == nil }
    private let phases: [Phase]
    private let batches: any BatchSource
    private let isConditional: Bool
    /// Generated items, with the graph behind them, on their way from the discriminator's update to the generator's.
    private var sharedFakes: (items: Tensor, labels: Tensor?)?
    /// What the discriminator was shown last.
    private var lastBatch: (items: Tensor, labels: Tensor?)?

    /// The names of a report's values, in their order.
    package static let metricNames = Metric.allCases.map(\.rawValue)

    /// Draws first weights from the spec's seed.
    ///
    /// - Parameters:
    ///   - spec: a spec that was resolved for this dataset.
    ///   - dataset: gives the batches; only its training items are used.
    ///   - usesGraph: whether perceptrons too are trained with a gradient graph, for comparison.
    /// - Throws: `EngineError`.
    package convenience init(spec: ResolvedSpec, dataset: Dataset, usesGraph: Bool = false) throws {
        let seeds = RunSeeds(seed: spec.seed)
        try self.init(
            spec: spec, dataset: dataset.manifest, batches: DatasetBatches(dataset, seed: seeds.batches),
            latents: RandomLatents(
                seed: seeds.latents, classSeed: seeds.classes, classCounts: dataset.manifest.classCounts),
            usesGraph: usesGraph)
    }

    /// Goes on from a checkpoint as if training had never stopped.
    ///
    /// - Parameters:
    ///   - spec: the spec of the checkpoint, whose limits may have been raised.
    ///   - dataset: the dataset of the checkpoint.
    ///   - folder: the checkpoint, with its manifest.
    /// - Throws: `CheckpointError` where the checkpoint is another spec's or damaged, `EngineError`, and what reading
    ///   throws.
    package convenience init(spec: ResolvedSpec, dataset: Dataset, resumingFrom folder: String) throws {
        try self.init(spec: spec, dataset: dataset)
        try restore(from: folder)
    }

    /// Trains networks that no spec describes, on batches from any source.
    package convenience init(
        spec: ResolvedSpec, dataset: DatasetManifest, batches: any BatchSource, plan: ArchitecturePlan
    ) throws {
        let seeds = RunSeeds(seed: spec.seed)
        try self.init(
            spec: spec, dataset: dataset, batches: batches,
            latents: RandomLatents(seed: seeds.latents, classSeed: seeds.classes, classCounts: dataset.classCounts),
            plan: plan)
    }

    /// Trains on batches and noise from any source.
    ///
    /// - Parameters:
    ///   - plan: networks that no spec describes; `nil` for the spec's.
    ///   - usesGraph: whether perceptrons too are trained with a gradient graph, for comparison.
    package init(
        spec: ResolvedSpec, dataset: DatasetManifest, batches: any BatchSource, latents: any LatentSource,
        plan: ArchitecturePlan? = nil, usesGraph: Bool = false
    ) throws {
        try Engine.setThreads(spec.threads)
        Engine.setMatrixProduct(spec.matrixProduct)
        self.spec = spec
        self.dataset = dataset
        self.batches = batches
        self.latents = latents
        phases = Phase.plan(for: spec.training)
        augmentation = Augmentation(
            kind: spec.training.augmentation.kind, shape: ItemShape(dataset.schema).dimensions)
        isConditional = spec.model.conditioning != nil
        let plan =
            plan ?? ArchitecturePlan(model: spec.model, schema: dataset.schema, training: spec.training)
        let random = try Generator(seed: RunSeeds(seed: spec.seed).initialisation)
        generator = try GeneratorNetwork(plan, random: random)
        discriminator = try DiscriminatorNetwork(plan, random: random)
        average = try GeneratorNetwork(
            plan, tensors: Dictionary(uniqueKeysWithValues: generator.namedTensors.map { ($0.name, $0.tensor) }))
        generator.precision = spec.precision
        discriminator.precision = spec.precision
        if spec.device != .cpu {
            // First weights are drawn on the CPU, so that they are a seed's wherever they are trained.
            for tensor in [generator, average].flatMap(\.namedTensors) + discriminator.namedTensors {
                try tensor.tensor.move(to: spec.device)
            }
        }
        discriminatorMixesItems = plan.discriminatorMixesItems
        generatorOptimiser = try spec.training.generatorOptimiser.optimiser(of: generator.namedParameters)
        discriminatorOptimiser = try spec.training.discriminatorOptimiser.optimiser(of: discriminator.namedParameters)
        perceptrons =
            usesGraph || spec.device != .cpu || spec.precision != .fp32
            ? nil
            : try PerceptronUpdates(
                spec: spec.training, phases: phases, generator: generator, discriminator: discriminator,
                average: average, generatorOptimiser: generatorOptimiser,
                discriminatorOptimiser: discriminatorOptimiser)
    }

    /// Does one step.
    ///
    /// - Returns: what was measured in it.
    /// - Throws: `EngineError`; and what the source of batches throws. The trainer is of no use afterwards.
    package func advance() throws -> StepReport {
        var values = [Float](repeating: .nan, count: Metric.allCases.count)
        followSchedule()
        for phase in phases {
            let updates = balance.updates(of: phase.role, given: phase.updates)
            for update in 0..<updates {
                switch phase.role {
                case .discriminator:
                    try updateDiscriminator(
                        phase, sharing: phase.fakes == .shared && update == updates - 1, &values)
                case .generator: try updateGenerator(phase, isLast: update == updates - 1, &values)
                }
            }
        }
        step += 1
        if let rule = spec.training.balance {
            balance.observe(accuracy: Double(values[Metric.discriminatorAccuracy.index]), rule)
        }
        if perceptrons == nil { try updateAverage() }
        return StepReport(step: step, samplesSeen: samplesSeen, values: values)
    }

    /// The averaged generator as it is now, copied out of the engine.
    package func snapshot() throws -> GeneratorSnapshot {
        GeneratorSnapshot(
            spec: spec, dataset: dataset, step: step,
            weights: try average.namedTensors.map { tensor in
                GeneratorSnapshot.Weight(
                    name: tensor.name, shape: tensor.tensor.shape, bytes: try tensor.tensor.bytes())
            })
    }

    // MARK: Phases

    private func updateDiscriminator(_ phase: Phase, sharing: Bool, _ values: inout [Float]) throws {
        var batch = try batches.batch(count: spec.training.batchSize, atSample: samplesSeen)
        batch = (try onDevice(batch.items), try batch.labels.map(onDevice))
        samplesSeen += spec.training.batchSize
        if let perceptrons {
            let (update, real, fake) = try perceptrons.moveDiscriminator(
                phase, real: batch.items, latents: drawLatents(), sharing: sharing, slopeFactor: slopeFactor)
            note(real: real, fake: fake, spec.training.objective, &values)
            values[Metric.discriminatorLoss.index] = Float(update.loss)
            values[Metric.discriminatorGradientNorm.index] = Float(update.gradientNorm)
            return
        }
        let labels = isConditional ? batch.labels : nil
        let fake = try sharing ? generate(labels: labels) : withoutGradients { try generate(labels: labels) }
        if sharing { sharedFakes = (fake, labels) }
        lastBatch = (batch.items, labels)
        let showing = Showing(
            real: try shown(batch.items), fake: try shown(fake.detached()), labels: labels)
        let judgement = try judge(showing, for: phase.terms)
        var game: [Tensor] = []
        var penalties: [Tensor] = []
        for term in phase.terms {
            switch term {
            case .adversarial(let objective):
                game += try objective.discriminatorTerms(
                    real: judgement.real, fake: judgement.fake, target: 1 - spec.training.softening.labelSmoothing)
                let real = try judgement.real.floats()
                let fake = try judgement.fake.floats()
                note(real: real, fake: fake, objective, &values)
                if spec.training.augmentation.kind == .adaptive {
                    augmentationProbability.observe(
                        signs: objective.meanSign(real: real, fake: fake), samples: spec.training.batchSize,
                        spec.training.augmentation)
                }
            case .slopes(let real, let fake):
                penalties += try slopePenalties(of: judgement, real: real * slopeFactor, fake: fake * slopeFactor)
            case .unitSlope(let weight, let isOneSided):
                penalties.append(try unitSlopePenalty(showing, weight: weight, isOneSided: isOneSided))
            }
        }
        let gradients = try gradients(of: game + penalties, with: discriminator.parameters)
        values[Metric.discriminatorLoss.index] = try sum(of: game)
        values[Metric.discriminatorGradientNorm.index] = try move(discriminatorOptimiser, along: gradients)
    }

    /// Notes what logits say of the discriminator.
    private func note(real: [Float], fake: [Float], _ objective: Objective, _ values: inout [Float]) {
        values[Metric.realScore.index] = objective.score(of: real)
        values[Metric.fakeScore.index] = objective.score(of: fake)
        values[Metric.discriminatorAccuracy.index] = objective.accuracy(real: real, fake: fake)
    }

    /// - Parameter isLast: whether the step ends with it.
    private func updateGenerator(_ phase: Phase, isLast: Bool, _ values: inout [Float]) throws {
        if let perceptrons {
            let update = try perceptrons.moveGenerator(
                averageDecay: isLast ? averageDecay : nil, latents: drawLatents)
            values[Metric.generatorLoss.index] = Float(update.loss)
            values[Metric.generatorGradientNorm.index] = Float(update.gradientNorm)
            return
        }
        let (fake, labels) = try sharedFakes ?? freshFakes()
        sharedFakes = nil
        let logits = try discriminator.forward(shown(fake), labels: labels, mode: .training)
        var terms: [Tensor] = []
        for case .adversarial(let objective) in phase.terms {
            terms += try objective.generatorTerms(fake: logits, real: realLogits)
        }
        // Asked for the generator's gradients alone, autograd computes none for the discriminator's weights.
        let gradients = try gradients(of: terms, with: generator.parameters)
        values[Metric.generatorLoss.index] = try sum(of: terms)
        values[Metric.generatorGradientNorm.index] = try move(generatorOptimiser, along: gradients)
    }

    /// Takes an optimiser's step.
    ///
    /// - Returns: the norm of the gradients, before they are clipped.
    private func move(_ optimiser: any Optimiser, along gradients: [Tensor]) throws -> Float {
        let norm = try ParameterUpdates.norm(of: gradients)
        if let limit = spec.training.softening.gradientClipping, norm > limit {
            try optimiser.step(gradients: gradients.map { try $0 * (limit / norm) })
        } else {
            try optimiser.step(gradients: gradients)
        }
        return Float(norm)
    }

    /// Items as the discriminator gets to see them: augmented, and with instance noise on them while there is any.
    private func shown(_ items: Tensor) throws -> Tensor {
        let items = try augmented(items)
        return noiseDeviation > 0 ? try items + onDevice(latents.noise(items.shape)) * noiseDeviation : items
    }

    private func augmented(_ items: Tensor) throws -> Tensor {
        guard augmentation.kind != .none else { return items }
        let count = items.shape[0]
        let draws = Augmentation.Draws(
            uniform: try latents.shares(count: count * augmentation.uniformCount).floats(),
            normal: augmentation.normalCount == 0
                ? [] : try latents.noise([count * augmentation.normalCount]).floats())
        return try augmentation.apply(to: items, draws, probability: augmentationProbability.value)
    }

    /// How the discriminator, as it is by now, sees the real items that it was shown last; no part of the graph.
    private func realLogits() throws -> Tensor {
        guard let lastBatch else { preconditionFailure("a step begins with the discriminator's update") }
        return try withoutGradients {
            try discriminator.forward(shown(lastBatch.items), labels: lastBatch.labels, mode: .training)
        }
    }

    private func freshFakes() throws -> (items: Tensor, labels: Tensor?) {
        let labels = isConditional ? try onDevice(latents.classes(count: spec.training.batchSize, step: step + 1)) : nil
        return (try generate(labels: labels), labels)
    }

    private func generate(labels: Tensor?) throws -> Tensor {
        try generator.forward(drawLatents(), labels: labels, mode: .training)
    }

    private func drawLatents() throws -> Tensor {
        try onDevice(latents.latents(count: spec.training.batchSize, dimension: spec.model.latentDimension))
    }

    /// What was read or drawn on the CPU, where the networks are.
    func onDevice(_ tensor: Tensor) throws -> Tensor {
        spec.device == .cpu ? tensor : try tensor.moved(to: spec.device)
    }

    private func sum(of terms: [Tensor]) throws -> Float {
        Float(try Tensor.items(of: terms).reduce(0, +))
    }

    /// Sets the rates for the step that begins.
    private func followSchedule() {
        let schedule = spec.training.schedule
        // Planned samples, of which a ratio that adapts may draw more.
        let progress = spec.training.length.scheduleProgress(
            samples: step * spec.training.samplesPerStep, samplesPerStep: spec.training.samplesPerStep)
        noiseDeviation = spec.training.softening.instanceNoise * max(0, 1 - progress)
        slopeFactor = schedule.value(from: 1, to: schedule.regularisation, at: progress)
        let rate = schedule.value(from: 1, to: schedule.learningRate, at: progress)
        for (optimiser, start) in [
            (generatorOptimiser, spec.training.generatorOptimiser),
            (discriminatorOptimiser, spec.training.discriminatorOptimiser),
        ] {
            optimiser.learningRate = start.learningRate * rate
            if let end = schedule.beta2, case .adam(_, _, let beta2) = start {
                optimiser.beta2 = schedule.value(from: beta2, to: end, at: progress)
            }
        }
    }

    private var averageDecay: Double {
        spec.training.averaging.decay(batch: spec.training.samplesPerStep, seen: samplesSeen)
    }

    /// Weights are averaged, batch norm's statistics copied.
    private func updateAverage() throws {
        try ParameterUpdates.average(average.parameters, towards: generator.parameters, decay: averageDecay)
        try Tensor.copy(from: generator.buffers, into: average.buffers)
    }
}

@available(*, unavailable)
extension Trainer: Sendable {}
