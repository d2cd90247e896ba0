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
    private var classCount = 0
    private var embeddingDimension = 0

    /// How weights are drawn at the start.
    package enum Initialisation: Sendable, Equatable {
        /// Uniform by each layer's fan-in, as PyTorch's layers do by default.
        case fanIn
        /// N(0, 0.02²) for weights, N(1, 0.02²) for batch norm's, zero for biases (Radford et al. 2016, §4).
        case dcgan
    }

    /// Fits a model to the items of a dataset.
    ///
    /// The spec has to be one that `SpecResolver` let pass.
    ///
    /// - Parameter training: says what the discriminator is to judge; `nil` where only the generator is of interest.
    package init(model: ModelSpec, schema: DatasetSchema, training: TrainingSpec? = nil) {
        let item = ItemShape(schema)
        let pack = item.joined(training?.packing ?? 1)
        hasLogitBias = !(training?.objective.cancelsOffset ?? false)
        let embedding = model.conditioning?.embeddingDimension ?? 0
        let input = model.latentDimension + embedding
        switch model.architecture {
        case .multilayerPerceptron(let generator, let discriminator):
            self.generator = .perceptron(generator, input: input, item: item)
            self.features = .perceptron(discriminator, item: pack)
            initialisation = .fanIn
        case .dcgan(let sizes):
            self.generator = .convolutional(sizes, input: input, item: item)
            self.features = .convolutional(sizes, item: pack)
            initialisation = .dcgan
        }
        classes = model.conditioning.map { (schema.classes.count, $0.embeddingDimension) }
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

    init(_ schema: DatasetSchema) {
        switch schema {
        case .points(let columns, _, _): self = .vector(columns.count)
        case .images(let height, let width, let channels, _):
            self = .image(channels: channels, height: height, width: width)
        }
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

extension DatasetSchema {
    /// Names of the classes; empty where there are none.
    package var classes: [String] {
        switch self {
        case .points: []
        case .images(_, _, _, let classes): classes
        }
    }
}

extension NetworkPlan {
    /// A generator: hidden layers, then a linear one, and tanh where images are made.
    fileprivate static func perceptron(_ sizes: ModelSpec.Perceptron, input: Int, item: ItemShape) -> NetworkPlan {
        var plan = hidden(sizes, input: input)
        plan.layers.append(.linear(inputs: plan.outputShape[0], outputs: item.elementCount))
        if case .image = item { plan.layers += [.activation(.tanh), .reshape(item.dimensions)] }
        return plan
    }

    /// A discriminator up to its last hidden layer.
    fileprivate static func perceptron(_ sizes: ModelSpec.Perceptron, item: ItemShape) -> NetworkPlan {
        guard case .image = item else { return hidden(sizes, input: item.elementCount) }
        let flat = hidden(sizes, input: item.elementCount)
        return NetworkPlan(inputShape: item.dimensions, layers: [.flatten] + flat.layers)
    }

    private static func hidden(_ sizes: ModelSpec.Perceptron, input: Int) -> NetworkPlan {
        var plan = NetworkPlan(inputShape: [input], layers: [])
        for width in sizes.hidden {
            plan.layers.append(.linear(inputs: plan.outputShape[0], outputs: width))
            plan.layers.append(.activation(sizes.activation))
        }
        return plan
    }

    /// A DCGAN generator: latent to a small image of many channels, doubled `stages` times, cut to size.
    fileprivate static func convolutional(_ sizes: ModelSpec.DCGAN, input: Int, item: ItemShape) -> NetworkPlan {
        guard case .image(let imageChannels, let height, let width) = item else {
            preconditionFailure("a DCGAN makes images; the resolver lets nothing else pass")
        }
        let scale = 1 << sizes.stages
        let base = [(height + scale - 1) / scale, (width + scale - 1) / scale]
        var channels = sizes.baseChannels << (sizes.stages - 1)
        var plan = NetworkPlan(
            inputShape: [input],
            layers: [
                .linear(inputs: input, outputs: channels * base[0] * base[1]), .featureMap([channels] + base),
                .batchNorm(channels: channels), .activation(.relu),
            ])
        for _ in 1..<sizes.stages {
            plan.layers += [
                .transposedConvolution(inputs: channels, outputs: channels / 2, bias: false),
                .batchNorm(channels: channels / 2), .activation(.relu),
            ]
            channels /= 2
        }
        plan.layers += [.transposedConvolution(inputs: channels, outputs: imageChannels, bias: true)]
        if plan.outputShape != item.dimensions { plan.layers.append(.centreCrop(height: height, width: width)) }
        plan.layers.append(.activation(.tanh))
        return plan
    }

    /// A DCGAN discriminator up to its last feature map, flattened; its first layer has no batch norm.
    fileprivate static func convolutional(_ sizes: ModelSpec.DCGAN, item: ItemShape) -> NetworkPlan {
        var channels = item.dimensions[0]
        var plan = NetworkPlan(inputShape: item.dimensions, layers: [])
        for stage in 0..<sizes.stages {
            let outputs = sizes.baseChannels << stage
            plan.layers.append(.convolution(inputs: channels, outputs: outputs, bias: stage == 0))
            if stage > 0 { plan.layers.append(.batchNorm(channels: outputs)) }
            plan.layers.append(.activation(.leakyRelu))
            channels = outputs
        }
        plan.layers.append(.flatFeatureMap)
        return plan
    }
}
