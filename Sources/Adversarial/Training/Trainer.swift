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
    /// What changes from step to step, where a device has to know it.
    var onDeviceFactors: (slope: Tensor, averageShare: Tensor)?
    /// Standard deviation of the noise on what the discriminator sees in this step.
    private var noiseDeviation = 0.0
    /// Whether the step is in the first half of those that are planned.
    private(set) var isEarly = false
    private let augmentation: Augmentation
    /// Where the augmentation adapts.
    var augmentationProbability = AugmentationProbability()
    /// Where the ratio of updates adapts.
    var balance = UpdateBalance()

    /// Where the networks are plain perceptrons, what moves them; nil for the gradient graph.
    private let perceptrons: PerceptronUpdates?
    /// Whether gradients are found by a graph of all that was done, rather than by `Perceptrons`.
    package var usesGraph: Bool { perceptrons == nil }
    let phases: [Phase]
    /// Of a table, what its cells are in the rows that the networks see.
    package let table: TableEncoding?
    private let moments: TableMoments?
    private let batches: any BatchSource
    /// On a CUDA device, what records and replays steps that can be; nil elsewhere.
    private var recorder: StepRecorder?
    /// What is to be read when the step has been told to the device.
    private var readings: [Reading] = []
    private let isConditional: Bool
    /// Generated items, with the graph behind them, on their way from the discriminator's update to the generator's.
    private var sharedFakes: Fakes?
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
        if case .tabular(let networks) = spec.model.architecture, let schema = dataset.manifest.schema as? TableSchema {
            let encoding = try TableEncoding.fit(dataset, schema, networks: networks)
            let rows = try EncodedTable(dataset, encoding, seed: seeds.batches)
            let frequencies = encoding.conditionShares
            try self.init(
                spec: spec, dataset: dataset.manifest,
                batches: TableBatches(
                    rows, encoding, seed: seeds.batches,
                    isConditional: spec.model.conditioning != nil),
                latents: RandomLatents(seed: seeds.latents, classSeed: seeds.classes, classCounts: frequencies),
                usesGraph: usesGraph, table: encoding,
                moments: spec.training.momentMatching > 0 ? TableMoments(rows, encoding) : nil)
            return
        }
        try self.init(
            spec: spec, dataset: dataset.manifest,
            batches: DatasetBatches(dataset, seed: seeds.batches, isStored: spec.device != .cpu),
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
        plan: ArchitecturePlan? = nil, usesGraph: Bool = false, table: TableEncoding? = nil,
        moments: TableMoments? = nil
    ) throws {
        self.table = table
        self.moments = moments
        try Engine.setThreads(spec.threads)
        Engine.setMatrixProduct(spec.matrixProduct)
        self.spec = spec
        self.dataset = dataset
        let inputs = spec.device == .cpu ? nil : StepInputs(batches, latents, device: spec.device)
        self.batches = inputs ?? batches
        self.latents = inputs ?? latents
        phases = Phase.plan(for: spec.training)
        augmentation = Augmentation(
            kind: spec.training.augmentation.kind, shape: ItemShape(dataset.schema).dimensions)
        isConditional = spec.model.conditioning != nil
        let plan =
            plan ?? ArchitecturePlan(model: spec.model, schema: dataset.schema, training: spec.training)
        let random = try RandomSource(seed: RunSeeds(seed: spec.seed).initialisation)
        generator = try GeneratorNetwork(plan, random: random)
        discriminator = try DiscriminatorNetwork(plan, random: random)
        average = try GeneratorNetwork(
            plan, tensors: Dictionary(uniqueKeysWithValues: generator.namedTensors.map { ($0.name, $0.tensor) }))
        if let table {
            try generator.begin(with: table)
            try average.begin(with: table)
        }
        discriminator.setNoise { [latents = self.latents] count in try latents.shares(count: count) }
        generator.precision = spec.precision
        discriminator.precision = spec.precision
        if spec.device != .cpu {
            // First weights are drawn on the CPU, so that they are a seed's wherever they are trained.
            for tensor in [generator, average].flatMap(\.namedTensors) + discriminator.namedTensors {
                try tensor.tensor.move(to: spec.device)
            }
        }
        discriminatorMixesItems = plan.discriminatorMixesItems
        if let inputs {
            onDeviceFactors = (try Tensor.ones([], device: spec.device), try Tensor.ones([], device: spec.device))
            if spec.training.isRecordable { recorder = StepRecorder(inputs, device: spec.device) }
        }
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
        try followSchedule()
        let outcome = try recorder?.step(of: self) ?? perform()
        try outcome.read(into: &values)
        step += 1
        if let rule = spec.training.balance {
            balance.observe(accuracy: Double(values[Metric.discriminatorAccuracy.index]), rule)
        }
        return StepReport(step: step, samplesSeen: samplesSeen, values: values)
    }

    /// Takes all updates of a step.
    ///
    /// - Returns: what there is to be read of it, which the device may still be working at.
    func perform() throws -> StepOutcome {
        readings = []
        for phase in phases {
            let updates = balance.updates(of: phase.role, given: phase.updates)
            for update in 0..<updates {
                switch phase.role {
                case .discriminator:
                    try updateDiscriminator(phase, sharing: phase.fakes == .shared && update == updates - 1)
                case .generator: try updateGenerator(phase, isLast: update == updates - 1)
                }
            }
        }
        if perceptrons == nil { try updateAverage() }
        return try StepOutcome(readings)
    }

    /// Counts the updates of a step that was replayed.
    func countReplayed() {
        for phase in phases {
            let optimiser = phase.role == .discriminator ? discriminatorOptimiser : generatorOptimiser
            for _ in 0..<phase.updates { _ = (optimiser as? Adam)?.countStep() }
        }
        samplesSeen += spec.training.samplesPerStep
    }

    /// The averaged generator as it is now, copied out of the engine.
    package func snapshot() throws -> ModelSnapshot {
        ModelSnapshot(
            spec: spec, dataset: dataset, step: step, table: table,
            weights: try average.namedTensors.map { tensor in
                ModelSnapshot.Weight(
                    name: tensor.name, shape: tensor.tensor.shape, bytes: try tensor.tensor.bytes())
            })
    }

    // MARK: Phases

    private func updateDiscriminator(_ phase: Phase, sharing: Bool) throws {
        let batch = try batches.batch(count: spec.training.batchSize, atSample: samplesSeen)
        samplesSeen += spec.training.batchSize
        if let perceptrons {
            let (update, real, fake) = try perceptrons.moveDiscriminator(
                phase, real: batch.items, latents: drawLatents(), labels: isConditional ? batch.labels : nil,
                noise: drawChoices, sharing: sharing, slopeFactor: slopeFactor)
            let objective = spec.training.objective
            readings.append(
                Reading { _, values in
                    Self.note(real: real, fake: fake, objective, &values)
                    values[Metric.discriminatorLoss.index] = Float(update.loss)
                    values[Metric.discriminatorGradientNorm.index] = Float(update.gradientNorm)
                })
            return
        }
        let labels = isConditional ? batch.labels : nil
        let fakes = try sharing ? generate(labels: labels) : withoutGradients { try generate(labels: labels) }
        if sharing { sharedFakes = fakes }
        let fake = fakes.items
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
                let count = judgement.real.elementCount
                readings.append(
                    Reading([judgement.real, judgement.fake]) { logits, values in
                        Self.note(
                            real: Array(logits[..<count]), fake: Array(logits[count...]), objective, &values)
                    })
                if spec.training.augmentation.kind == .adaptive {
                    augmentationProbability.observe(
                        signs: objective.meanSign(real: try judgement.real.floats(), fake: try judgement.fake.floats()),
                        samples: spec.training.batchSize, spec.training.augmentation)
                }
            case .slopes(let real, let fake):
                if let factor = onDeviceFactors?.slope {
                    penalties += try slopePenalties(of: judgement, real: real, fake: fake).map { try $0 * factor }
                } else {
                    penalties += try slopePenalties(of: judgement, real: real * slopeFactor, fake: fake * slopeFactor)
                }
            case .unitSlope(let weight, let isOneSided):
                penalties.append(try unitSlopePenalty(showing, weight: weight, isOneSided: isOneSided))
            }
        }
        let gradients = try gradients(of: game + penalties, with: discriminator.parameters)
        note(game, as: .discriminatorLoss)
        try move(discriminatorOptimiser, along: gradients, noting: .discriminatorGradientNorm)
    }

    /// Notes what logits say of the discriminator.
    private static func note(real: [Float], fake: [Float], _ objective: Objective, _ values: inout [Float]) {
        values[Metric.realScore.index] = objective.score(of: real)
        values[Metric.fakeScore.index] = objective.score(of: fake)
        values[Metric.discriminatorAccuracy.index] = objective.accuracy(real: real, fake: fake)
    }

    /// - Parameter isLast: whether the step ends with it.
    private func updateGenerator(_ phase: Phase, isLast: Bool) throws {
        if let perceptrons {
            let update = try perceptrons.moveGenerator(
                averageDecay: isLast ? averageDecay : nil, latents: drawLatents, labels: drawClasses, noise: drawChoices
            )
            readings.append(
                Reading { _, values in
                    values[Metric.generatorLoss.index] = Float(update.loss)
                    values[Metric.generatorGradientNorm.index] = Float(update.gradientNorm)
                })
            return
        }
        let fakes = try sharedFakes ?? freshFakes()
        let (fake, labels) = (fakes.items, fakes.labels)
        sharedFakes = nil
        let logits = try discriminator.forward(shown(fake), labels: labels, mode: .training)
        var terms: [Tensor] = []
        for case .adversarial(let objective) in phase.terms {
            terms += try objective.generatorTerms(fake: logits, real: realLogits)
        }
        if let labels, let distance = try generator.distance(of: fakes.output, fromConditions: labels) {
            terms.append(distance)
        }
        if let moments { terms.append(try moments.distance(of: fake) * spec.training.momentMatching) }
        // Asked for the generator's gradients alone, autograd computes none for the discriminator's weights.
        let gradients = try gradients(of: terms, with: generator.parameters)
        note(terms, as: .generatorLoss)
        try move(generatorOptimiser, along: gradients, noting: .generatorGradientNorm)
    }

    /// Notes the sum of terms of one element each.
    private func note(_ terms: [Tensor], as metric: Metric) {
        readings.append(
            Reading(terms) { terms, values in values[metric.index] = Float(terms.reduce(0.0) { $0 + Double($1) }) })
    }

    /// Takes an optimiser's step, and notes the norm of the gradients before they are clipped.
    private func move(_ optimiser: any Optimiser, along gradients: [Tensor], noting metric: Metric) throws {
        let limit = spec.training.softening.gradientClipping
        if spec.device != .cpu, limit == nil {
            readings.append(
                Reading([try ParameterUpdates.normOnDevice(of: gradients)]) { $1[metric.index] = $0.first ?? .nan })
            return try optimiser.step(gradients: gradients)
        }
        let norm = try ParameterUpdates.norm(of: gradients)
        readings.append(Reading { $1[metric.index] = Float(norm) })
        if let limit, norm > limit {
            try optimiser.step(gradients: gradients.map { try $0 * (limit / norm) })
        } else {
            try optimiser.step(gradients: gradients)
        }
    }

    /// Items as the discriminator gets to see them: augmented, and with instance noise on them while there is any.
    private func shown(_ items: Tensor) throws -> Tensor {
        let items = try augmented(items)
        return noiseDeviation > 0 ? try items + latents.noise(items.shape) * noiseDeviation : items
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

    private func freshFakes() throws -> Fakes {
        try generate(labels: drawClasses())
    }

    private func generate(labels: Tensor?) throws -> Fakes {
        let output = try generator.output(drawLatents(), labels: labels, mode: .training)
        guard table != nil else { return Fakes(items: output, labels: labels, output: output) }
        return Fakes(
            items: try generator.chosen(output, noise: drawChoices(), isEarly: isEarly), labels: labels, output: output)
    }

    /// Generated items, with the graph behind them.
    private struct Fakes {
        let items: Tensor
        let labels: Tensor?
        /// What they were made of, which for a table isn't yet what is shown.
        let output: Tensor
    }

    /// Classes, or conditions, for a generator's update; nil where the model knows none.
    private func drawClasses() throws -> Tensor? {
        isConditional ? try latents.classes(count: spec.training.batchSize, step: step + 1) : nil
    }

    /// What a table's rows are chosen with, uniform in 0..<1.
    private func drawChoices() throws -> Tensor {
        let (count, width) = (spec.training.batchSize, table?.layout.width ?? 0)
        return try latents.shares(count: count * width).reshaped([count, width])
    }

    private func drawLatents() throws -> Tensor {
        try latents.latents(count: spec.training.batchSize, dimension: spec.model.latentDimension)
    }

    /// What was read or drawn on the CPU, where the networks are.
    func onDevice(_ tensor: Tensor) throws -> Tensor {
        spec.device == .cpu ? tensor : try tensor.moved(to: spec.device)
    }

    /// Sets the rates for the step that begins.
    private func followSchedule() throws {
        let schedule = spec.training.schedule
        // Planned samples, of which a ratio that adapts may draw more.
        let progress = spec.training.length.scheduleProgress(
            samples: step * spec.training.samplesPerStep, samplesPerStep: spec.training.samplesPerStep)
        isEarly = progress < 0.5
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
            try (optimiser as? Adam)?.tellDevice()
        }
        if let onDeviceFactors {
            try onDeviceFactors.slope.fill(slopeFactor)
            // What will have been seen when the average moves.
            let seen = samplesSeen + spec.training.samplesPerStep
            let decay = spec.training.averaging.decay(batch: spec.training.samplesPerStep, seen: seen)
            try onDeviceFactors.averageShare.fill(1 - decay)
        }
    }

    private var averageDecay: Double {
        spec.training.averaging.decay(batch: spec.training.samplesPerStep, seen: samplesSeen)
    }

    /// Weights are averaged, batch norm's statistics copied.
    private func updateAverage() throws {
        // A ratio of updates that adapts sees other numbers of samples than planned.
        if let share = onDeviceFactors?.averageShare, spec.training.balance == nil {
            try ParameterUpdates.average(average.parameters, towards: generator.parameters, share: share)
        } else {
            try ParameterUpdates.average(average.parameters, towards: generator.parameters, decay: averageDecay)
        }
        try Tensor.copy(from: generator.buffers, into: average.buffers)
    }
}

@available(*, unavailable)
extension Trainer: Sendable {}
