package import Datasets

/// Both networks of a model as data, fitted to what they are to make.
package struct ArchitecturePlan: Sendable, Equatable {
    /// From latent (and class vector) to item.
    package var generator: NetworkPlan
    /// From item, or pack of items, to features; a linear layer after them gives the logit.
    package var features: NetworkPlan
    /// Classes and the length of a class's vector, where the model is conditional.
    package var classes: (count: Int, embedding: Int)? {
        get { classCount == 0 ? nil : (classCount, embeddingDimension) }
        set { (classCount, embeddingDimension) = newValue ?? (0, 0) }
    }
    /// Whether the linear layer after the features has a bias.
    package let hasLogitBias: Bool
    /// How weights are drawn at the start.
    package var initialisation: Initialisation
    /// How rows are chosen from what the generator's last layer puts out; nil where that is the item.
    package private(set) var rows: RowPlan?
    private var classCount = 0
    private var embeddingDimension = 0

    /// How weights are drawn at the start.
    package enum Initialisation: Sendable, Equatable {
        /// Uniform by each layer's fan-in, as PyTorch's layers do by default.
        case fanIn
        /// N(0, 0.02²) for weights, N(1, 0.02²) for batch norm's, zero for biases (Radford et al. 2016, §4).
        case dcgan
        /// N(0, 1/fan-in), zero for biases; residual blocks have rules of their own (Huang et al. 2024).
        case unitGain
        /// N(0, 2/(1 + 0.2²)/fan-in), which leaky ReLU of slope 0.2 keeps to scale, zero for biases (He et al. 2015).
        case leaky
    }

    /// Fits a model to the items of a dataset.
    ///
    /// The spec has to be one that `SpecResolver` let pass.
    ///
    /// - Parameter training: says what the discriminator is to judge; `nil` where only the generator is of interest.
    package init(model: ModelSpec, schema: any ItemKind, training: TrainingSpec? = nil) {
        self = model.architecture.plan(
            for: schema,
            PlanContext(
                latentDimension: model.latentDimension,
                embeddingDimension: model.conditioning?.embeddingDimension ?? 0,
                isConditional: model.conditioning != nil, norms: model.norms, packing: training?.packing ?? 1,
                hasLogitBias: !(training?.objective.cancelsOffset ?? false)))
        features.isSpectral = model.norms.discriminator == .spectral
        if let training, model.hasMinibatchDeviation {
            let group = Self.deviationGroup(packs: training.batchSize / training.packing)
            features.layers.append(.minibatchDeviation(group: group))
        }
        guard rows == nil else { return }
        classes = model.conditioning.map { (schema.classes.count, $0.embeddingDimension) }
    }

    /// Networks without classes, whatever they are.
    ///
    /// - Parameter rows: how rows are chosen from what the generator's last layer puts out.
    package init(
        generator: NetworkPlan, features: NetworkPlan, hasLogitBias: Bool, initialisation: Initialisation,
        rows: RowPlan? = nil
    ) {
        self.generator = generator
        self.features = features
        self.hasLogitBias = hasLogitBias
        self.initialisation = initialisation
        self.rows = rows
    }

    /// Conditions that both networks are given as a row of zeros and a 1; 0 where there are none.
    var conditionCount: Int { rows?.conditionCount ?? 0 }

    /// Items, or packs, in each group of the minibatch standard deviation: four, as in StyleGAN, or what divides the batch.
    static func deviationGroup(packs: Int) -> Int {
        [4, 3, 2].first { packs.isMultiple(of: $0) } ?? 1
    }

    /// Numbers that training moves in the generator, class vectors included.
    package var generatorParameters: Int {
        generator.parameterCount + classCount * embeddingDimension
    }

    /// Numbers that training moves in the discriminator, logit layer and class vectors included.
    package var discriminatorParameters: Int {
        let features = features.outputShape.reduce(1, *)
        return self.features.parameterCount + features + (hasLogitBias ? 1 : 0) + classCount * features
    }

    /// Whether batch norm makes an item's logit depend on its batch, so that real and generated items must not share
    /// one.
    var discriminatorMixesItems: Bool { features.fewestNormed != nil }
}
