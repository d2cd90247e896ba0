package import Codecs
package import Datasets

/// Residual blocks without normalisation between bilinear resamplings, in the manner of R3GAN.
///
/// Huang et al. 2024, section 3.
package struct ResidualNetwork: Architecture {
    package static let name = "residual"
    package static let makes = "images"
    package static let example = ResidualNetwork(baseChannels: 16, stages: 1, blocks: 1)
    package static let remedy = Remedy(realSlope: 1, augmentation: AugmentationSpec(kind: .adaptive))

    /// Channels beside the image; they double with each stage away from it, up to eight times as many.
    package var baseChannels: Int
    /// How often the side is halved in the discriminator and doubled in the generator.
    package var stages: Int
    /// Residual blocks at each size of the image.
    package var blocks: Int

    package init(baseChannels: Int, stages: Int, blocks: Int) {
        self.baseChannels = baseChannels
        self.stages = stages
        self.blocks = blocks
    }

    /// The sizes that images begin with.
    ///
    /// - Parameter shape: `[channels, height, width]`.
    static func usual(for shape: [Int]) -> ResidualNetwork {
        ResidualNetwork(baseChannels: 16, stages: ImageStages(shape).usual, blocks: 1)
    }

    package init(reading reader: ObjectReader, _ choices: Choices, from usual: ResidualNetwork) {
        let side = ImageStages(choices.shape).side
        let smallest = (side + (1 << usual.stages) - 1) >> usual.stages
        baseChannels = choices.integer(
            "base_channels", of: reader, in: SpecRange.channels, or: usual.baseChannels,
            "\(usual.baseChannels), as blocks at the whole image's size cost most")
        stages = choices.integer(
            "stages", of: reader, in: SpecRange.stages, or: usual.stages,
            "\(usual.stages), which takes the shorter side of \(side) to \(smallest)")
        blocks = choices.integer(
            "blocks", of: reader, in: SpecRange.blocks, or: usual.blocks,
            "\(usual.blocks) at each size, as a CPU bears it")
    }

    package var members: [JSON.Member] {
        [
            JSON.Member(name: "base_channels", value: .integer(Int64(baseChannels))),
            JSON.Member(name: "stages", value: .integer(Int64(stages))),
            JSON.Member(name: "blocks", value: .integer(Int64(blocks))),
        ]
    }

    /// None, and no others are admitted.
    package func norms(_ wish: RequestedNorms, _ choices: Choices, isPenalised: Bool) -> ModelSpec.Norms {
        let none = "none, which residual does without"
        let norms = ModelSpec.Norms(
            generator: choices.take(wish.generator, "/model/generator_norm", or: .none, none),
            discriminator: choices.take(wish.discriminator, "/model/discriminator_norm", or: .none, none))
        if norms != Self.paperNorms {
            choices.problems.add(
                "/model/\(norms.generator == .none ? "discriminator_norm" : "generator_norm")",
                "must be none for the architecture residual, whose blocks start at zero and keep their scale by themselves"
            )
        }
        return norms
    }

    package func fits(_ shape: [Int], _ problems: SpecProblems) -> Bool {
        ImageStages(shape).admit(stages, problems)
    }

    package func plan(for schema: any ItemKind, _ context: PlanContext) -> ArchitecturePlan {
        let item = ItemShape(schema)
        return ArchitecturePlan(
            generator: generator(context.generatorInputs, item.dimensions),
            features: features(item.joined(context.packing).dimensions), hasLogitBias: context.hasLogitBias,
            initialisation: .unitGain)
    }

    /// A learned small map, then blocks and doublings in turn; nothing bounds the output.
    private func generator(_ inputs: Int, _ item: [Int]) -> NetworkPlan {
        let levels = levels(item)
        guard let smallest = levels.last else { preconditionFailure("a residual network has a level at least") }
        var plan = NetworkPlan(
            inputShape: [inputs],
            layers: [
                .linear(inputs: inputs, outputs: smallest.channels, bias: false),
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
        plan.layers.append(.convolution(.pointwise(inputs: channels, outputs: item[0], hasBias: true)))
        return plan
    }

    /// The same backwards, up to a number for each channel.
    private func features(_ item: [Int]) -> NetworkPlan {
        let levels = levels(item)
        var channels = levels[0].channels
        var plan = NetworkPlan(
            inputShape: item,
            layers: [.convolution(.pointwise(inputs: item[0], outputs: channels, hasBias: true))])
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

    /// One size of the image on its way, the whole one first.
    private struct Level {
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

    private func levels(_ item: [Int]) -> [Level] {
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

    package func tileSize(for shape: [Int]) -> Int { 16 }
}
