internal import Networks
internal import Torch

/// The updates of a training whose networks are plain perceptrons, done by `Perceptrons` rather than with a gradient graph.
final class PerceptronUpdates {
    private let perceptrons: Perceptrons
    private let generatorOptimiser: Adam
    private let discriminatorOptimiser: Adam
    private let spec: TrainingSpec
    /// Numbers of a table's rows; 0 elsewhere.
    private let noiseWidth: Int
    /// The discriminator's last update left its generated items for the generator's.
    private var hasSharedFakes = false

    /// - Returns: nil where something is wanted that perceptrons can't do: other layers, another optimiser, a penalty between
    ///   items, anything done to items on their way to the discriminator.
    init?(
        spec: TrainingSpec, generator: GeneratorNetwork, discriminator: DiscriminatorNetwork,
        average: GeneratorNetwork, generatorOptimiser: any Optimiser, discriminatorOptimiser: any Optimiser
    ) throws(EngineError) {
        guard let generatorOptimiser = generatorOptimiser as? Adam,
            let discriminatorOptimiser = discriminatorOptimiser as? Adam,
            spec.augmentation.kind == .none, spec.softening.instanceNoise == 0,
            !generator.showsFeatures, !generator.choosesHard, let generatorChain = generator.perceptron,
            let discriminatorChain = discriminator.perceptron
        else { return nil }
        let penalties = spec.regularisation
        guard penalties.gradientPenalty == 0 else { return nil }
        if penalties.realSlope > 0 || penalties.fakeSlope > 0 {
            guard discriminatorChain.allSatisfy({ $0.activation.isPiecewiseLinear }) else { return nil }
        }
        self.spec = spec
        let rows = try generator.perceptronRows
        noiseWidth = rows?.heads.width ?? 0
        self.generatorOptimiser = generatorOptimiser
        self.discriminatorOptimiser = discriminatorOptimiser
        perceptrons = try Perceptrons(
            generator: Self.layers(generatorChain, generatorOptimiser, averages: average.parameters),
            discriminator: Self.layers(discriminatorChain, discriminatorOptimiser, averages: nil),
            batch: spec.batchSize, packing: spec.packing, objective: PerceptronObjective(spec.objective),
            rows: rows)
    }

    /// Moves the discriminator.
    ///
    /// - Parameters:
    ///   - real: `[batch, …]`.
    ///   - latents: `[batch, latent]`.
    ///   - labels: rows' conditions, where there are any.
    ///   - noise: draws what rows are chosen with; asked of tables alone.
    ///   - sharing: whether the generator's update takes the same items.
    ///   - slopeFactor: what γ of R1 and R2 is multiplied by.
    func moveDiscriminator(
        real: Tensor, latents: Tensor, labels: Tensor?, noise: () throws -> Tensor, sharing: Bool,
        slopeFactor: Double
    ) throws -> (update: Perceptrons.Update, real: [Float], fake: [Float]) {
        let update = try perceptrons.moveDiscriminator(
            real: real.contiguous(), latents: latents, labels: labels, noise: noiseWidth > 0 ? noise() : nil,
            target: 1 - spec.softening.labelSmoothing,
            realSlope: spec.regularisation.realSlope * slopeFactor,
            fakeSlope: spec.regularisation.fakeSlope * slopeFactor,
            step: discriminatorOptimiser.next(normLimit: spec.softening.gradientClipping))
        hasSharedFakes = sharing
        let logits = try perceptrons.logits()
        return (update, logits.real, logits.fake)
    }

    /// Moves the generator.
    ///
    /// - Parameters:
    ///   - averageDecay: of the generator's moving average; nil where it doesn't move yet.
    ///   - latents: draws `[batch, latent]`; asked, like the others, where the discriminator's items aren't taken again.
    ///   - labels: draws rows' conditions, where there are any.
    ///   - noise: draws what rows are chosen with; asked of tables alone.
    func moveGenerator(
        averageDecay: Double?, latents: () throws -> Tensor, labels: () throws -> Tensor?, noise: () throws -> Tensor
    ) throws -> Perceptrons.Update {
        let isFresh = !hasSharedFakes
        let fresh = isFresh ? (latents: try latents(), labels: try labels()) : nil
        hasSharedFakes = false
        var step = generatorOptimiser.next(normLimit: spec.softening.gradientClipping)
        step.averageDecay = averageDecay ?? 1
        return try perceptrons.moveGenerator(
            latents: fresh?.latents, labels: fresh?.labels, noise: isFresh && noiseWidth > 0 ? noise() : nil, step: step
        )
    }

    private static func layers(
        _ chain: [(linear: Linear, activation: Activation)], _ optimiser: Adam, averages: [Tensor]?
    ) -> [DenseLayer] {
        var index = 0
        func trained(_ values: Tensor) -> DenseLayer.TrainedTensor {
            defer { index += 1 }
            let moments = optimiser.moments(ofParameter: index)
            return DenseLayer.TrainedTensor(
                values: values, firstMoment: moments.first, secondMoment: moments.second, average: averages?[index])
        }
        return chain.map { link in
            DenseLayer(
                weight: trained(link.linear.weight), bias: link.linear.bias.map(trained), activation: link.activation)
        }
    }
}

extension Adam {
    /// Counts a step that is taken elsewhere.
    fileprivate func next(normLimit: Double?) -> Perceptrons.Step {
        Perceptrons.Step(
            number: countStep(), learningRate: configuration.learningRate, beta1: configuration.beta1,
            beta2: configuration.beta2, epsilon: configuration.epsilon, weightDecay: configuration.weightDecay,
            normLimit: normLimit)
    }
}

extension PerceptronObjective {
    fileprivate init(_ objective: Objective) {
        self =
            switch objective {
            case .minimax: .minimax
            case .nonSaturating: .nonSaturating
            case .leastSquares: .leastSquares
            case .hinge: .hinge
            case .relativistic: .relativistic
            case .wasserstein: .wasserstein
            }
    }
}

extension Activation {
    /// Whether its slope has a slope nowhere but at a kink.
    fileprivate var isPiecewiseLinear: Bool {
        switch self {
        case .identity, .relu, .leakyRelu: true
        case .tanh, .sigmoid: false
        }
    }
}
