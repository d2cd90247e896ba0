package import Codecs
package import Datasets

/// A generator and a discriminator of fully connected layers, for points and images.
package struct Perceptron: Architecture {
    package static let name = "mlp"
    package static let makes = "points and images"
    package static let example = Perceptron(generator: .example, discriminator: .example)
    package static let isWorthTrials = true
    // On images, too: what helps against learning them by heart was tried with convolutions alone.
    package static let remedy = Remedy(realSlope: 0.1, augmentation: nil)

    package var generator: HiddenLayers
    package var discriminator: HiddenLayers

    package init(generator: HiddenLayers, discriminator: HiddenLayers) {
        self.generator = generator
        self.discriminator = discriminator
    }

    package init(reading reader: ObjectReader, _ choices: Choices, from usual: Perceptron) {
        generator = HiddenLayers(
            reading: reader.part("generator"), choices, from: usual.generator,
            widthsReason: "wide enough for \(choices.items) and quick on a CPU", Self.reason)
        discriminator = HiddenLayers(
            reading: reader.part("discriminator"), choices, from: usual.discriminator,
            widthsReason: "as strong as the generator", Self.reason)
    }

    private static func reason(_ activation: HiddenActivation) -> String {
        activation == .relu
            ? "whose folds can lie close together, as modes do" : "which lets gradients through on both sides"
    }

    package var members: [JSON.Member] {
        [
            JSON.Member(name: "generator", value: generator.json),
            JSON.Member(name: "discriminator", value: discriminator.json),
        ]
    }

    package func plan(for schema: any ItemKind, _ context: PlanContext) -> ArchitecturePlan {
        let item = ItemShape(schema)
        // Smaller first weights, as PyTorch's linear layers have, made modes of points a quarter narrower in the end.
        let initialisation: ArchitecturePlan.Initialisation = if case .image = item { .fanIn } else { .leaky }
        return ArchitecturePlan(
            generator: generatorPlan(context, item), features: features(context, item.joined(context.packing)),
            hasLogitBias: context.hasLogitBias, initialisation: initialisation)
    }

    /// Hidden layers, then a linear one, and tanh where images are made.
    private func generatorPlan(_ context: PlanContext, _ item: ItemShape) -> NetworkPlan {
        var plan = generator.plan(context.norms.generator, inputs: context.generatorInputs)
        plan.layers.append(.linear(inputs: plan.outputShape[0], outputs: item.elementCount))
        if case .image = item { plan.layers += [.activation(.tanh), .reshape(item.dimensions)] }
        return plan
    }

    /// The hidden layers alone.
    private func features(_ context: PlanContext, _ item: ItemShape) -> NetworkPlan {
        let flat = discriminator.plan(context.norms.discriminator, inputs: item.elementCount)
        guard case .image = item else { return flat }
        return NetworkPlan(inputShape: item.dimensions, layers: [.flatten] + flat.layers)
    }

    package func tileSize(for shape: [Int]) -> Int { shape.count == 1 ? 256 : 128 }
}

/// The hidden layers of a network whose ends follow from latent and data.
package struct HiddenLayers: Sendable, Equatable {
    /// Widths of the layers, from input to output.
    package var widths: [Int]
    /// What comes after each.
    package var activation: HiddenActivation

    package init(widths: [Int], activation: HiddenActivation) {
        self.widths = widths
        self.activation = activation
    }

    /// Some layers, for where only the names of their members matter.
    static let example = HiddenLayers(widths: [1], activation: .relu)

    /// - Parameters:
    ///   - reader: of the network's object.
    ///   - widthsReason: why the usual widths are chosen.
    ///   - activationReason: why an activation is.
    init(
        reading reader: ObjectReader, _ choices: Choices, from usual: HiddenLayers, widthsReason: String,
        _ activationReason: (HiddenActivation) -> String
    ) {
        widths = choices.integers(
            "hidden", of: reader, count: SpecRange.hiddenLayers, in: SpecRange.hiddenWidth, or: usual.widths,
            "\(usual.widths), \(widthsReason)")
        activation = choices.word(
            "activation", of: reader, or: usual.activation,
            "\(usual.activation.rawValue), \(activationReason(usual.activation))")
        reader.finish()
    }

    var json: JSON {
        ["hidden": .array(widths.map { .integer(Int64($0)) }), "activation": .string(activation.rawValue)]
    }

    /// The layers, each linear with its norm and its activation.
    fileprivate func plan(_ norm: Normalisation, inputs: Int) -> NetworkPlan {
        var plan = NetworkPlan(inputShape: [inputs], layers: [])
        for width in widths {
            // Batch norm takes any bias away again.
            plan.layers.append(.linear(inputs: plan.outputShape[0], outputs: width, bias: norm != .batch))
            if norm == .batch { plan.layers.append(.batchNorm(channels: width)) }
            plan.layers.append(.activation(activation))
        }
        return plan
    }
}

/// What comes after a hidden layer.
package enum HiddenActivation: String, Sendable, CaseIterable {
    case relu
    /// Slope 0.2 below zero.
    case leakyRelu = "leaky_relu"
    case tanh
}
