package import Datasets

/// Both networks of a model as data, fitted to what they are to make.
package struct ArchitecturePlan: Sendable, Equatable {
    /// From latent (and class vector) to item.
    package var generator: NetworkPlan
    /// From item, or pack of items, to features; a linear layer behind it gives the logit.
    package var features: NetworkPlan
    /// Classes and the length of a class's vector, where the model is conditional.
    package var classes: (count: Int, embedding: Int)? {
        get { classCount == 0 ? nil : (classCount, embeddingDimension) }
        set { (classCount, embeddingDimension) = newValue ?? (0, 0) }
    }
    /// Whether the linear layer behind the features has a bias.
    package let hasLogitBias: Bool
    /// How weights are drawn at the start.
    package var initialisation: Initialisation
    /// Of a table, the heads that its rows are made of.
    package private(set) var layout: TableLayout?
    /// Of a table, how its networks choose.
    package private(set) var tabular: ModelSpec.Tabular?
    /// Conditions that both networks are given as a row of zeros and a 1; 0 where there are none.
    package private(set) var conditionCount = 0
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
        let packing = training?.packing ?? 1
        let item = ItemShape(schema)
        let pack = item.joined(packing)
        hasLogitBias = !(training?.objective.cancelsOffset ?? false)
        let embedding = model.conditioning?.embeddingDimension ?? 0
        let input = model.latentDimension + embedding
        let (norms, isSpectral) = (model.norms, model.norms.discriminator == .spectral)
        switch model.architecture {
        case .multilayerPerceptron(let generator, let discriminator):
            self.generator = .perceptron(generator, norms.generator, input: input, item: item)
            features = .perceptron(discriminator, norms.discriminator, item: pack)
            initialisation = .fanIn
        case .dcgan(let sizes):
            generator = .convolutional(sizes, norms.generator, input: input, item: item)
            features = .convolutional(sizes, norms.discriminator, item: pack)
            initialisation = .dcgan
        case .residual(let sizes):
            generator = .residual(sizes, input: input, item: item)
            features = .residual(sizes, item: pack)
            initialisation = .unitGain
        case .tabular(let networks):
            guard let table = schema as? TableSchema else {
                preconditionFailure("tabular networks make rows of tables; the resolver lets nothing else pass")
            }
            let layout = TableLayout(table, networks)
            let conditions = model.conditioning == nil ? 0 : layout.conditionCount
            generator = .rows(
                networks, norms.generator, input: model.latentDimension + conditions, width: layout.width)
            features = .rows(networks, inputs: (layout.width + layout.featureCount + conditions) * packing)
            initialisation = networks.skip == .add ? .leaky : .fanIn
            self.layout = layout
            tabular = networks
            conditionCount = conditions
        }
        features.isSpectral = isSpectral
        if let training, model.hasMinibatchDeviation {
            let group = Self.deviationGroup(packs: training.batchSize / training.packing)
            features.layers.append(.minibatchDeviation(group: group))
        }
        guard layout == nil else { return }
        classes = model.conditioning.map { (schema.classes.count, $0.embeddingDimension) }
    }

    /// Networks that no spec describes, unconditional.
    package init(
        generator: NetworkPlan, features: NetworkPlan, hasLogitBias: Bool, initialisation: Initialisation
    ) {
        self.generator = generator
        self.features = features
        self.hasLogitBias = hasLogitBias
        self.initialisation = initialisation
    }

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
    var discriminatorMixesItems: Bool {
        features.layers.contains { if case .batchNorm = $0 { true } else { false } }
    }
}

/// One item as the networks see it.
enum ItemShape: Equatable {
    case vector(Int)
    case image(channels: Int, height: Int, width: Int)

    init(_ schema: any ItemKind) {
        let shape = schema.shape
        self =
            shape.count == 3
            ? .image(channels: shape[0], height: shape[1], width: shape[2]) : .vector(schema.elementCount)
    }

    /// Without the batch: `[columns]` or `[channels, height, width]`.
    var dimensions: [Int] {
        switch self {
        case .vector(let columns): [columns]
        case .image(let channels, let height, let width): [channels, height, width]
        }
    }

    var elementCount: Int { dimensions.reduce(1, *) }

    /// So many items as one.
    func joined(_ count: Int) -> ItemShape {
        switch self {
        case .vector(let columns): .vector(columns * count)
        case .image(let channels, let height, let width):
            .image(channels: channels * count, height: height, width: width)
        }
    }
}

extension NetworkPlan {
    /// A generator: hidden layers, then a linear one, and tanh where images are made.
    fileprivate static func perceptron(
        _ sizes: ModelSpec.Perceptron, _ norm: Normalisation, input: Int, item: ItemShape
    ) -> NetworkPlan {
        var plan = hidden(sizes, norm, input: input)
        plan.layers.append(.linear(inputs: plan.outputShape[0], outputs: item.elementCount))
        if case .image = item { plan.layers += [.activation(.tanh), .reshape(item.dimensions)] }
        return plan
    }

    /// A discriminator up to its last hidden layer.
    fileprivate static func perceptron(
        _ sizes: ModelSpec.Perceptron, _ norm: Normalisation, item: ItemShape
    ) -> NetworkPlan {
        guard case .image = item else { return hidden(sizes, norm, input: item.elementCount) }
        let flat = hidden(sizes, norm, input: item.elementCount)
        return NetworkPlan(inputShape: item.dimensions, layers: [.flatten] + flat.layers)
    }

    /// A generator of a table's rows: hidden layers, then a linear one.
    fileprivate static func rows(
        _ networks: ModelSpec.Tabular, _ norm: Normalisation, input: Int, width: Int
    ) -> NetworkPlan {
        let activation = networks.generator.activation
        var plan = NetworkPlan(inputShape: [input], layers: [])
        if networks.skip == .concatenate {
            for hidden in networks.generator.hidden {
                plan.layers.append(
                    .dense(
                        inputs: plan.outputShape[0], outputs: hidden, isNormalised: norm == .batch,
                        activation: activation))
            }
        } else {
            plan.appendHidden(networks.generator, norm, addsInput: networks.skip == .add, dropout: 0)
        }
        plan.layers.append(.linear(inputs: plan.outputShape[0], outputs: width))
        return plan
    }

    /// A discriminator of a table's rows up to its last hidden layer.
    fileprivate static func rows(_ networks: ModelSpec.Tabular, inputs: Int) -> NetworkPlan {
        var plan = NetworkPlan(inputShape: [inputs], layers: [])
        plan.appendHidden(
            networks.discriminator, .none, addsInput: networks.skip == .add, dropout: networks.dropout)
        return plan
    }

    /// Hidden layers, where those as wide as the one before may be blocks that are added to their input.
    private mutating func appendHidden(
        _ sizes: ModelSpec.Perceptron, _ norm: Normalisation, addsInput: Bool, dropout: Double
    ) {
        var isOpen = false
        for hidden in sizes.hidden {
            let inputs = outputShape[0]
            if addsInput, hidden == inputs, isOpen {
                layers.append(.residualLinear(width: hidden, activation: sizes.activation))
                continue
            }
            if isOpen { layers.append(.activation(sizes.activation)) }
            layers.append(.linear(inputs: inputs, outputs: hidden, bias: norm != .batch))
            if norm == .batch { layers.append(.batchNorm(channels: hidden)) }
            isOpen = addsInput
            if !addsInput { layers.append(.activation(sizes.activation)) }
            if dropout > 0 { layers.append(.dropout(probability: dropout)) }
        }
        // A block's sum isn't activated before the next one takes it.
        if isOpen { layers.append(.activation(sizes.activation)) }
    }

    private static func hidden(_ sizes: ModelSpec.Perceptron, _ norm: Normalisation, input: Int) -> NetworkPlan {
        var plan = NetworkPlan(inputShape: [input], layers: [])
        for width in sizes.hidden {
            // Batch norm takes any bias away again.
            plan.layers.append(.linear(inputs: plan.outputShape[0], outputs: width, bias: norm != .batch))
            if norm == .batch { plan.layers.append(.batchNorm(channels: width)) }
            plan.layers.append(.activation(sizes.activation))
        }
        return plan
    }

    /// A DCGAN generator: latent to a small image of many channels, doubled `stages` times, cut to size.
    fileprivate static func convolutional(
        _ sizes: ModelSpec.DCGAN, _ norm: Normalisation, input: Int, item: ItemShape
    ) -> NetworkPlan {
        guard case .image(let imageChannels, let height, let width) = item else {
            preconditionFailure("a DCGAN makes images; the resolver lets nothing else pass")
        }
        let scale = 1 << sizes.stages
        let base = [(height + scale - 1) / scale, (width + scale - 1) / scale]
        var channels = sizes.baseChannels << (sizes.stages - 1)
        func activated(_ channels: Int) -> [LayerPlan] {
            (norm == .batch ? [.batchNorm(channels: channels)] : []) + [.activation(.relu)]
        }
        var plan = NetworkPlan(
            inputShape: [input],
            layers: [
                .linear(inputs: input, outputs: channels * base[0] * base[1]), .featureMap([channels] + base),
            ] + activated(channels))
        for _ in 1..<sizes.stages {
            let doubling = ConvolutionPlan(inputs: channels, outputs: channels / 2, hasBias: norm != .batch)
            channels /= 2
            plan.layers += [.transposedConvolution(doubling)] + activated(channels)
        }
        plan.layers += [
            .transposedConvolution(ConvolutionPlan(inputs: channels, outputs: imageChannels, hasBias: true))
        ]
        if plan.outputShape != item.dimensions { plan.layers.append(.centreCrop(height: height, width: width)) }
        plan.layers.append(.activation(.tanh))
        return plan
    }

    /// A DCGAN discriminator up to its last feature map, flattened; its first layer has no batch norm.
    fileprivate static func convolutional(
        _ sizes: ModelSpec.DCGAN, _ norm: Normalisation, item: ItemShape
    ) -> NetworkPlan {
        var channels = item.dimensions[0]
        var plan = NetworkPlan(inputShape: item.dimensions, layers: [])
        for stage in 0..<sizes.stages {
            let outputs = sizes.baseChannels << stage
            let isNormalised = norm == .batch && stage > 0
            plan.layers.append(
                .convolution(ConvolutionPlan(inputs: channels, outputs: outputs, hasBias: !isNormalised)))
            if isNormalised { plan.layers.append(.batchNorm(channels: outputs)) }
            plan.layers.append(.activation(.leakyRelu))
            channels = outputs
        }
        plan.layers.append(.flatFeatureMap)
        return plan
    }

    /// A residual generator: a learned small map, then blocks and doublings in turn; nothing bounds its output.
    fileprivate static func residual(_ sizes: ModelSpec.Residual, input: Int, item: ItemShape) -> NetworkPlan {
        let levels = sizes.levels(item.dimensions)
        guard let smallest = levels.last else { preconditionFailure("a residual network has a level at least") }
        var plan = NetworkPlan(
            inputShape: [input],
            layers: [
                .linear(inputs: input, outputs: smallest.channels, bias: false),
                .learnedMap([smallest.channels, smallest.height, smallest.width]),
            ])
        var channels = smallest.channels
        for (index, level) in levels.enumerated().reversed() {
            if index < levels.count - 1 {
                plan.layers += Self.change(of: channels, to: level.channels)
                plan.layers.append(.resize(height: level.height, width: level.width))
                channels = level.channels
            }
            plan.layers += level.blocks
        }
        plan.layers.append(
            .convolution(.pointwise(inputs: channels, outputs: item.dimensions[0], hasBias: true)))
        return plan
    }

    /// The same backwards, up to a number for each channel.
    fileprivate static func residual(_ sizes: ModelSpec.Residual, item: ItemShape) -> NetworkPlan {
        let levels = sizes.levels(item.dimensions)
        var channels = levels[0].channels
        var plan = NetworkPlan(
            inputShape: item.dimensions,
            layers: [.convolution(.pointwise(inputs: item.dimensions[0], outputs: channels, hasBias: true))])
        for (index, level) in levels.enumerated() {
            if index > 0 {
                plan.layers.append(.halve)
                plan.layers += Self.change(of: channels, to: level.channels)
                channels = level.channels
            }
            plan.layers += level.blocks
        }
        plan.layers.append(.weightedSum(plan.outputShape))
        return plan
    }

    private static func change(of channels: Int, to others: Int) -> [LayerPlan] {
        channels == others ? [] : [.convolution(.pointwise(inputs: channels, outputs: others, hasBias: false))]
    }
}

extension ModelSpec.Residual {
    /// One size of the image on its way, the whole one first.
    fileprivate struct Level {
        let channels: Int
        let height: Int
        let width: Int
        let blocks: [LayerPlan]
    }

    /// Channels between a block's 1×1 convolutions, to each of its own.
    private static let expansion = 2
    /// Channels that a 3×3 convolution sees at once.
    private static let groupWidth = 16
    /// How many times the base channels the widest level has.
    private static let widest = 8

    fileprivate func levels(_ item: [Int]) -> [Level] {
        (0...stages).map { stage in
            let scale = 1 << stage
            let channels = baseChannels * min(scale, Self.widest)
            let inner = channels * Self.expansion
            let groups = inner.isMultiple(of: Self.groupWidth) ? inner / Self.groupWidth : 1
            let block = LayerPlan.residual(
                ResidualPlan(channels: channels, inner: inner, groups: groups, blocks: blocks * (stages + 1)))
            return Level(
                channels: channels, height: (item[1] + scale - 1) / scale, width: (item[2] + scale - 1) / scale,
                blocks: Array(repeating: block, count: blocks))
        }
    }
}
