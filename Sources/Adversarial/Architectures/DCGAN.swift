package import Codecs
package import Datasets

/// Strided convolutions with batch norm; kernel 4, stride 2, padding 1.
///
/// Radford et al. 2016.
package struct DCGAN: Architecture {
    package static let name = "dcgan"
    package static let makes = "images"
    package static let example = DCGAN(baseChannels: 64, stages: 1)
    package static let paperNorms = ModelSpec.Norms(generator: .batch, discriminator: .batch)
    package static let remedy = Remedy(realSlope: 1, augmentation: AugmentationSpec(kind: .adaptive))

    /// Channels beside the image; they double with each stage away from it.
    package var baseChannels: Int
    /// How often the side is halved in the discriminator and doubled in the generator.
    package var stages: Int

    package init(baseChannels: Int, stages: Int) {
        self.baseChannels = baseChannels
        self.stages = stages
    }

    /// The sizes that images begin with.
    ///
    /// - Parameter shape: `[channels, height, width]`.
    static func usual(for shape: [Int]) -> DCGAN {
        let stages = ImageStages(shape).usual
        // The paper's width up to the paper's 64 pixels; beyond, no more channels in the middle than there.
        return DCGAN(baseChannels: max(16, 64 >> max(0, stages - 4)), stages: stages)
    }

    package init(reading reader: ObjectReader, _ choices: Choices, from usual: DCGAN) {
        let side = ImageStages(choices.shape).side
        baseChannels = choices.integer(
            "base_channels", of: reader, in: SpecRange.channels, or: usual.baseChannels,
            usual.baseChannels == 64
                ? "64, as in the DCGAN paper" : "\(usual.baseChannels), so that large images stay affordable")
        stages = choices.integer(
            "stages", of: reader, in: SpecRange.stages, or: usual.stages,
            "\(usual.stages), which takes the shorter side of \(side) to \(side >> usual.stages)")
    }

    package var members: [JSON.Member] {
        [
            JSON.Member(name: "base_channels", value: .integer(Int64(baseChannels))),
            JSON.Member(name: "stages", value: .integer(Int64(stages))),
        ]
    }

    /// The paper's, unless a penalty forbids them.
    package func norms(_ wish: RequestedNorms, _ choices: Choices, isPenalised: Bool) -> ModelSpec.Norms {
        ModelSpec.Norms(
            generator: choices.take(
                wish.generator, "/model/generator_norm", or: .batch, "batch, as in the DCGAN paper"),
            discriminator: choices.take(
                wish.discriminator, "/model/discriminator_norm", or: isPenalised ? .none : .batch,
                isPenalised
                    ? "none, as the penalties need each item's logit to depend on the item alone"
                    : "batch, as in the DCGAN paper"))
    }

    package func fits(_ shape: [Int], _ problems: SpecProblems) -> Bool {
        ImageStages(shape).admit(stages, problems)
    }

    package func plan(for schema: any ItemKind, _ context: PlanContext) -> ArchitecturePlan {
        let item = ItemShape(schema)
        return ArchitecturePlan(
            generator: generator(context, item.dimensions),
            features: features(context.norms.discriminator, item.joined(context.packing).dimensions),
            hasLogitBias: context.hasLogitBias, initialisation: .dcgan)
    }

    /// Latent to a small image of many channels, doubled `stages` times, cut to size.
    private func generator(_ context: PlanContext, _ item: [Int]) -> NetworkPlan {
        let scale = 1 << stages
        let hasNorm = context.norms.generator == .batch
        let base = item.dropFirst().map { ($0 + scale - 1) / scale }
        var channels = baseChannels << (stages - 1)
        func activated(_ channels: Int) -> [LayerPlan] {
            (hasNorm ? [.batchNorm(channels: channels)] : []) + [.activation(.relu)]
        }
        let inputs = context.generatorInputs
        var plan = NetworkPlan(
            inputShape: [inputs],
            layers: [
                .linear(inputs: inputs, outputs: channels * base[0] * base[1]), .featureMap([channels] + base),
            ] + activated(channels))
        for _ in 1..<stages {
            let doubling = ConvolutionPlan(inputs: channels, outputs: channels / 2, hasBias: !hasNorm)
            channels /= 2
            plan.layers += [.transposedConvolution(doubling)] + activated(channels)
        }
        plan.layers += [
            .transposedConvolution(ConvolutionPlan(inputs: channels, outputs: item[0], hasBias: true))
        ]
        if plan.outputShape != item { plan.layers.append(.centreCrop(height: item[1], width: item[2])) }
        plan.layers.append(.activation(.tanh))
        return plan
    }

    /// An image, or a pack, to the last feature map, flattened; the first layer has no batch norm.
    private func features(_ norm: Normalisation, _ item: [Int]) -> NetworkPlan {
        var channels = item[0]
        var plan = NetworkPlan(inputShape: item, layers: [])
        for stage in 0..<stages {
            let outputs = baseChannels << stage
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

    package func tileSize(for shape: [Int]) -> Int { 16 }
}

/// How often images can be halved.
struct ImageStages {
    /// The shorter side in pixels; 1 where there is no image.
    let side: Int

    /// - Parameter shape: `[channels, height, width]`, or any other where there is no image.
    init(_ shape: [Int]) {
        side = shape.count == 3 ? min(shape[1], shape[2]) : 1
    }

    /// Halvings that leave 4 pixels at most, 3 of 28.
    ///
    /// With one fewer, 7 pixels of 28, samples of digits were further from real ones.
    var usual: Int {
        var stages = 1
        while side > 4 << stages { stages += 1 }
        return stages
    }

    /// Notes where so many halvings leave less than two pixels.
    ///
    /// - Returns: whether they don't.
    func admit(_ stages: Int, _ problems: SpecProblems) -> Bool {
        guard side >> stages < 2 else { return true }
        let most = max(1, side.bitWidth - side.leadingZeroBitCount - 2)
        problems.add("/model/stages", "is too many for a side of \(side), which can be halved \(most) times")
        return false
    }
}
