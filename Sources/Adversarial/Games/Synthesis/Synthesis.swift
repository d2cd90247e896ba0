internal import Datasets
internal import Networks
internal import Torch

/// The game of two players: a generator makes items of noise, a discriminator tells them from real ones.
///
/// Goodfellow et al. 2014.
package final class Synthesis: Game {
    package static let metrics: [Metric] = [
        .generatorLoss, .discriminatorLoss, .realScore, .fakeScore, .discriminatorAccuracy, .generatorGradientNorm,
        .discriminatorGradientNorm,
    ]

    static let generatorName = "generator"
    static let discriminatorName = "discriminator"

    package let players: [Player]
    package let phases: [Phase]
    package var metrics: [Metric] { Self.metrics }

    let generator: GeneratorNetwork
    let discriminator: DiscriminatorNetwork
    /// The averaged generator that samples come from.
    let average: GeneratorNetwork
    let spec: ResolvedSpec
    /// What the kind puts between generator and discriminator; nil where there is nothing.
    let stage: (any OutputStage)?
    let discriminatorMixesItems: Bool
    /// Where both networks are plain perceptrons, what moves them to the same numbers without a gradient graph.
    private let perceptrons: PerceptronUpdates?
    /// Whether gradients are found by a graph of all that was done.
    var usesGraph: Bool { perceptrons == nil }
    private let augmentation: Augmentation
    /// Where the augmentation adapts.
    var augmentationProbability = AugmentationProbability()
    /// Where the ratio of updates adapts.
    var balance = UpdateBalance()

    /// Generated items, with the graph that made them, on their way from the discriminator's update to the generator's.
    private var sharedFakes: Fakes?
    /// What the discriminator was shown last.
    private var lastBatch: (items: Tensor, labels: Tensor?)?

    /// Generated items, with the graph that made them.
    struct Fakes {
        let items: Tensor
        let labels: Tensor?
        /// What they were made of, before the kind's own stage.
        let output: Tensor
    }

    /// A generator and a discriminator with first weights, drawn from the spec's seed.
    ///
    /// - Parameters:
    ///   - item: the shape of one item as networks see it.
    ///   - usesGraph: whether perceptrons too are moved by a gradient graph, for comparison.
    init(
        _ spec: ResolvedSpec, item: [Int], _ plan: ArchitecturePlan, _ stage: (any OutputStage)?,
        _ context: StepContext, usesGraph: Bool
    ) throws {
        self.spec = spec
        self.stage = stage
        augmentation = Augmentation(kind: spec.training.augmentation.kind, shape: item)
        let random = try RandomSource(seed: RunSeeds(seed: spec.seed).initialisation)
        generator = try GeneratorNetwork(plan, random: random)
        discriminator = try DiscriminatorNetwork(plan, random: random)
        average = try GeneratorNetwork(
            plan, tensors: Dictionary(uniqueKeysWithValues: generator.namedTensors.map { ($0.name, $0.tensor) }))
        try stage?.begin(generator, average)
        discriminator.setNoise { [latents = context.latents] count in try latents.shares(count: count) }
        generator.precision = spec.precision
        discriminator.precision = spec.precision
        if spec.device != .cpu {
            // First weights are drawn on the CPU, so that they are a seed's wherever they are trained.
            for tensor in [generator, average].flatMap(\.namedTensors) + discriminator.namedTensors {
                try tensor.tensor.move(to: spec.device)
            }
        }
        discriminatorMixesItems = plan.discriminatorMixesItems
        let made = try Player(
            Self.generatorName, generator, by: spec.training.generatorOptimiser, average: average)
        let judge = try Player(Self.discriminatorName, discriminator, by: spec.training.discriminatorOptimiser)
        players = [made, judge]
        perceptrons =
            usesGraph || spec.device != .cpu || spec.precision != .fp32
            ? nil
            : try PerceptronUpdates(
                spec: spec.training, generator: generator, discriminator: discriminator, average: average,
                generatorOptimiser: made.optimiser, discriminatorOptimiser: judge.optimiser)
        phases = [
            Phase(moving: Self.discriminatorName, updates: spec.training.discriminatorSteps),
            Phase(moving: Self.generatorName, updates: 1),
        ]
    }

    // MARK: Game

    package func updates(of phase: Phase) -> Int {
        phase.players == [Self.discriminatorName]
            ? balance.discriminatorUpdates(given: phase.updates) : balance.generatorUpdates(given: phase.updates)
    }

    package func loss(of phase: Phase, in step: StepContext) throws -> Loss {
        try phase.players == [Self.discriminatorName] ? discriminatorLoss(in: step) : generatorLoss(in: step)
    }

    package func update(_ phase: Phase, in step: StepContext) throws {
        guard let perceptrons else { return try descend(phase, in: step) }
        if phase.players == [Self.discriminatorName] {
            try moveDiscriminator(of: perceptrons, phase, in: step)
        } else {
            try moveGenerator(of: perceptrons, phase, in: step)
        }
    }

    package func updateAverages(in step: StepContext) throws {
        // Perceptrons average as they move.
        guard perceptrons == nil else { return }
        for player in players { try player.updateAverage(in: step) }
    }

    package func observe(_ report: StepReport) {
        guard let rule = spec.training.balance else { return }
        balance.observe(accuracy: Double(report[.discriminatorAccuracy]), rule)
    }

    package var state: [NamedNumbers] {
        [
            NamedNumbers(name: Self.augmentationName, values: augmentationProbability.state),
            NamedNumbers(name: Self.balanceName, values: balance.state),
        ]
    }

    package func restore(_ numbers: (String) throws -> [Double]?) throws {
        if let values = try numbers(Self.augmentationName) { augmentationProbability.state = values }
        if let values = try numbers(Self.balanceName) { balance.state = values }
    }

    /// What its adapting rules have come to, beside a generator's quality.
    var adaptedFigures: [QualityReport.Figure] {
        var figures: [QualityReport.Figure] = []
        if spec.training.augmentation.kind == .adaptive {
            figures.append(.init(name: "augmentation_probability", value: augmentationProbability.value))
        }
        if spec.training.balance != nil {
            figures.append(.init(name: "update_balance", value: Double(balance.lead)))
        }
        return figures
    }

    private static let augmentationName = "augmentation"
    private static let balanceName = "balance"

    // MARK: Perceptrons

    private func moveDiscriminator(of perceptrons: PerceptronUpdates, _ phase: Phase, in step: StepContext) throws {
        let batch = try step.nextBatch()
        let (update, real, fake) = try perceptrons.moveDiscriminator(
            real: batch.items, latents: drawLatents(in: step), labels: isConditional ? batch.labels : nil,
            noise: { try drawChoices(in: step) }, sharing: sharesFakes(in: step), slopeFactor: step.slopeFactor)
        let objective = spec.training.objective
        step.note(
            Reading { _, values in
                objective.note(real: real, fake: fake, in: &values)
                values[phase.loss] = Float(update.loss)
                values[phase.gradientNorms[0]] = Float(update.gradientNorm)
            })
    }

    private func moveGenerator(of perceptrons: PerceptronUpdates, _ phase: Phase, in step: StepContext) throws {
        let update = try perceptrons.moveGenerator(
            averageDecay: step.isLastUpdate ? step.averageDecay : nil, latents: { try drawLatents(in: step) },
            labels: { try drawClasses(in: step) }, noise: { try drawChoices(in: step) })
        step.note(
            Reading { _, values in
                values[phase.loss] = Float(update.loss)
                values[phase.gradientNorms[0]] = Float(update.gradientNorm)
            })
    }

    // MARK: Losses

    /// Whether the generator's update takes the items that the discriminator's last one was shown.
    func sharesFakes(in step: StepContext) -> Bool { !spec.training.freshFakes && step.isLastUpdate }

    private func discriminatorLoss(in step: StepContext) throws -> Loss {
        let (training, objective) = (spec.training, spec.training.objective)
        let batch = try step.nextBatch()
        let labels = isConditional ? batch.labels : nil
        let isShared = sharesFakes(in: step)
        let fakes =
            try isShared
            ? generate(labels: labels, in: step)
            : withoutGradients {
                try generate(labels: labels, in: step)
            }
        if isShared { sharedFakes = fakes }
        lastBatch = (batch.items, labels)
        let input = DiscriminatorInput(
            real: try shown(batch.items, in: step), fake: try shown(fakes.items.detached(), in: step), labels: labels)
        let output = try discriminate(input, training.regularisation)
        let terms = try objective.discriminatorTerms(
            real: output.real, fake: output.fake, target: 1 - training.softening.labelSmoothing)
        let count = output.real.elementCount
        step.note(
            Reading([output.real, output.fake]) { logits, values in
                objective.note(real: Array(logits[..<count]), fake: Array(logits[count...]), in: &values)
            })
        if training.augmentation.kind == .adaptive {
            augmentationProbability.observe(
                signs: objective.meanSign(real: try output.real.floats(), fake: try output.fake.floats()),
                samples: training.batchSize, training.augmentation)
        }
        return Loss(terms: terms, penalties: try penalties(input, output, in: step))
    }

    private func generatorLoss(in step: StepContext) throws -> Loss {
        let fakes = try sharedFakes ?? generate(labels: drawClasses(in: step), in: step)
        sharedFakes = nil
        let logits = try discriminator.forward(
            shown(fakes.items, in: step), labels: fakes.labels, mode: .training)
        var terms = try spec.training.objective.generatorTerms(fake: logits) { try realLogits(in: step) }
        if let stage {
            terms += try stage.terms(output: fakes.output, shown: fakes.items, labels: fakes.labels, by: generator)
        }
        return Loss(terms: terms)
    }

    /// Items `[batch, …]` as the discriminator gets to see them: augmented, and with instance noise on them while there is any.
    private func shown(_ items: Tensor, in step: StepContext) throws -> Tensor {
        let items = try augmented(items, in: step)
        return step.noiseDeviation > 0
            ? try items + step.latents.noise(items.shape) * step.noiseDeviation : items
    }

    /// Items as the discriminator augments them, `[batch, …]` to the same shape.
    private func augmented(_ items: Tensor, in step: StepContext) throws -> Tensor {
        guard augmentation.kind != .none else { return items }
        let count = items.shape[0]
        let draws = Augmentation.Draws(
            uniform: try step.latents.shares(count: count * augmentation.uniformCount).floats(),
            normal: augmentation.normalCount == 0
                ? [] : try step.latents.noise([count * augmentation.normalCount]).floats())
        return try augmentation.apply(to: items, draws, probability: augmentationProbability.value)
    }

    /// How the discriminator, as it is by now, sees the real items that it was shown last: logits `[batch]`, or one a pack; no part
    /// of the graph.
    private func realLogits(in step: StepContext) throws -> Tensor {
        guard let lastBatch else { preconditionFailure("a step begins with the discriminator's update") }
        return try withoutGradients {
            try discriminator.forward(shown(lastBatch.items, in: step), labels: lastBatch.labels, mode: .training)
        }
    }

    /// A batch of what the generator makes.
    ///
    /// - Parameter labels: `int64` `[batch]`; nil where the model is unconditional.
    private func generate(labels: Tensor?, in step: StepContext) throws -> Fakes {
        let output = try generator.output(drawLatents(in: step), labels: labels, mode: .training)
        guard let stage else { return Fakes(items: output, labels: labels, output: output) }
        return Fakes(
            items: try stage.shown(output, by: generator, noise: drawChoices(in: step), isEarly: step.isEarly),
            labels: labels, output: output)
    }

    // MARK: Draws

    var isConditional: Bool { spec.model.conditioning != nil }

    /// Classes, or conditions, `int64` `[batch]`, for a generator's update; nil where the model knows none.
    func drawClasses(in step: StepContext) throws -> Tensor? {
        isConditional ? try step.latents.classes(count: spec.training.batchSize, step: step.number) : nil
    }

    /// What the kind's stage draws with, `[batch, noise width]`, uniform in 0..<1.
    func drawChoices(in step: StepContext) throws -> Tensor {
        let (count, width) = (spec.training.batchSize, stage?.noiseWidth ?? 0)
        return try step.latents.shares(count: count * width).reshaped([count, width])
    }

    /// `[batch, latent dimension]` of N(0, 1).
    func drawLatents(in step: StepContext) throws -> Tensor {
        try step.latents.latents(count: spec.training.batchSize, dimension: spec.model.latentDimension)
    }
}

extension Objective {
    /// Notes what logits say of the discriminator.
    func note(real: [Float], fake: [Float], in values: inout MetricValues) {
        values[.realScore] = score(of: real)
        values[.fakeScore] = score(of: fake)
        values[.discriminatorAccuracy] = accuracy(real: real, fake: fake)
    }
}

extension GeneratorNetwork: PlayerNetwork {}
extension DiscriminatorNetwork: PlayerNetwork {}

@available(*, unavailable)
extension Synthesis: Sendable {}
