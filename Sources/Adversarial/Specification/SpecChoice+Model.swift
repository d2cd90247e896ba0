internal import Datasets

/// The networks.
extension SpecChoice {
    mutating func chooseArchitecture() -> ModelSpec.Architecture {
        let name: ArchitectureName =
            if isTable {
                take(
                    request.model.architecture, "/model/architecture", or: .tabular,
                    "tabular, as the items are rows of a table")
            } else if isClassic {
                take(
                    request.model.architecture, "/model/architecture", or: .multilayerPerceptron,
                    "mlp, the networks of the textbook algorithm")
            } else if isImages {
                take(request.model.architecture, "/model/architecture", or: .dcgan, "dcgan, as the items are images")
            } else {
                take(
                    request.model.architecture, "/model/architecture", or: .multilayerPerceptron,
                    "mlp, as the items are points")
            }
        for member in request.model.foreignMembers(to: name) {
            problems.add("/model/\(member)", "does not belong to the architecture \(name.rawValue)")
        }
        if isTable { return chooseTabular() }
        guard isImages else { return choosePerceptrons() }
        return switch name {
        case .multilayerPerceptron: choosePerceptrons()
        case .dcgan: chooseConvolutions()
        case .residual: chooseBlocks()
        case .tabular: choosePerceptrons()
        }
    }

    private mutating func choosePerceptrons() -> ModelSpec.Architecture {
        let defaults: (generator: [Int], discriminator: [Int]) =
            isImages
            ? ([256, 512], [512, 256]) : ([128, 128, 128, 128], [128, 128, 128, 128])
        let activation: HiddenActivation = isImages || isClassic ? .leakyRelu : .relu
        let activationReason =
            activation == .relu
            ? "relu, whose folds can lie close together, as modes do"
            : "leaky_relu, which lets gradients through on both sides"
        let subject = isImages ? "images" : "points"
        return .multilayerPerceptron(
            generator: ModelSpec.Perceptron(
                hidden: take(
                    request.model.generatorHidden, "/model/generator/hidden", or: defaults.generator,
                    "\(defaults.generator), wide enough for \(subject) and quick on a CPU"),
                activation: take(
                    request.model.generatorActivation, "/model/generator/activation", or: activation,
                    activationReason)),
            discriminator: ModelSpec.Perceptron(
                hidden: take(
                    request.model.discriminatorHidden, "/model/discriminator/hidden", or: defaults.discriminator,
                    "\(defaults.discriminator), as strong as the generator"),
                activation: take(
                    request.model.discriminatorActivation, "/model/discriminator/activation", or: activation,
                    activationReason)))
    }

    private mutating func chooseConvolutions() -> ModelSpec.Architecture {
        let side = shorterSide
        let stages = max(1, (side / 4).bitWidth - (side / 4).leadingZeroBitCount - 1)
        // Of the paper's width up to the paper's 64 pixels; beyond, no more channels in the middle than there.
        let channels = max(16, 64 >> max(0, stages - 4))
        return .dcgan(
            ModelSpec.DCGAN(
                baseChannels: take(
                    request.model.baseChannels, "/model/base_channels", or: channels,
                    channels == 64 ? "64, as in the DCGAN paper" : "\(channels), so that large images stay affordable"),
                stages: take(
                    request.model.stages, "/model/stages", or: stages,
                    "\(stages), which takes the shorter side of \(side) to \(side >> stages)")))
    }

    private mutating func chooseBlocks() -> ModelSpec.Architecture {
        let side = shorterSide
        let stages = max(1, (side / 4).bitWidth - (side / 4).leadingZeroBitCount - 1)
        return .residual(
            ModelSpec.Residual(
                baseChannels: take(
                    request.model.baseChannels, "/model/base_channels", or: 16,
                    "16, as blocks at the whole image's size cost most"),
                stages: take(
                    request.model.stages, "/model/stages", or: stages,
                    "\(stages), which takes the shorter side of \(side) to \((side + (1 << stages) - 1) >> stages)"),
                blocks: take(
                    request.model.blocks, "/model/blocks", or: 1, "1 at each size, as a CPU bears it")))
    }

    /// Norms after the architecture's paper, unless a penalty forbids them.
    mutating func chooseNorms(of model: inout ModelSpec, _ training: TrainingSpec) {
        let name = model.architecture.name
        if name == .tabular { return chooseTabularNorms(of: &model) }
        let paper = name.norms
        let isPenalised = paper.discriminator == .batch && training.regularisation.isPerItem
        model.norms = ModelSpec.Norms(
            generator: take(
                request.model.generatorNorm, "/model/generator_norm", or: paper.generator,
                paper.generator == .batch ? "batch, as in the DCGAN paper" : "none, which \(name.rawValue) does without"
            ),
            discriminator: take(
                request.model.discriminatorNorm, "/model/discriminator_norm",
                or: isPenalised ? .none : paper.discriminator,
                isPenalised
                    ? "none, as the penalties need each item's logit to depend on the item alone"
                    : paper.discriminator == .batch
                        ? "batch, as in the DCGAN paper" : "none, which \(name.rawValue) does without"))
        if model.norms.generator == .spectral {
            problems.add("/model/generator_norm", "must be none or batch; spectral belongs to discriminators")
        }
        if name == .residual, model.norms != paper {
            let member = model.norms.generator == paper.generator ? "discriminator_norm" : "generator_norm"
            problems.add(
                "/model/\(member)",
                "must be none for the architecture residual, whose blocks start at zero and keep their scale by themselves"
            )
        }
        model.hasMinibatchDeviation = take(
            request.model.hasMinibatchDeviation, "/model/minibatch_std", or: false,
            "false, as it adds little beside a relativistic objective")
        let packs = training.batchSize / training.packing
        if model.hasMinibatchDeviation, ArchitecturePlan.deviationGroup(packs: packs) == 1 {
            problems.add(
                "/model/minibatch_std",
                "needs a batch that divides into groups of 4, 3 or 2; \(packs) "
                    + "\(training.packing > 1 ? "packs" : "items") don't")
        }
    }

    private var shorterSide: Int {
        (dataset.schema as? ImageSchema).map { min($0.height, $0.width) } ?? 1
    }

    var pixels: Int {
        (dataset.schema as? ImageSchema).map { $0.height * $0.width } ?? 1
    }

    mutating func chooseLatent(_ architecture: ArchitectureName) -> Int {
        if isTable {
            return take(request.model.latentDimension, "/model/latent_dim", or: 128, "128, as in the CTGAN paper")
        }
        return isImages
            ? take(request.model.latentDimension, "/model/latent_dim", or: 100, "100, as in the DCGAN paper")
            : take(
                request.model.latentDimension, "/model/latent_dim", or: 2,
                "2, as few numbers make modes easiest to keep apart")
    }

    mutating func chooseConditioning() -> ModelSpec.Conditioning? {
        let classes = dataset.schema.classes
        let isConditional: Bool
        if let given = request.model.conditional {
            isConditional = given
            if given, classes.count < 2 {
                let what = classes.isEmpty ? "has no classes" : "has one class only"
                problems.add("/model/conditional", "needs a dataset with two classes or more; this one \(what)")
            }
        } else {
            isConditional = chooseConditional(classes)
        }
        guard isConditional else {
            if request.model.embeddingDimension != nil {
                problems.add("/model/embedding_dim", "belongs to a conditional model, and this one isn't")
            }
            return nil
        }
        let dimension = min(64, max(8, classes.count))
        return ModelSpec.Conditioning(
            embeddingDimension: take(
                request.model.embeddingDimension, "/model/embedding_dim", or: dimension,
                "\(dimension), by the number of classes"))
    }

    private mutating func chooseConditional(_ classes: [String]) -> Bool {
        let pointer = "/model/conditional"
        let smallest = dataset.classCounts.min() ?? 0
        if isClassic {
            because(pointer, "false, as the textbook algorithm knows no classes")
        } else if classes.count < 2 {
            because(pointer, classes.isEmpty ? "false, as the dataset has no classes" : "false, as there is one class")
        } else if classes.count > 200 {
            because(pointer, "false, as \(classes.count) classes are more than 200")
        } else if smallest < 50 {
            because(pointer, "false, as the smallest class has \(smallest) training items, fewer than 50")
        } else {
            because(pointer, "true, as each of the \(classes.count) classes has 50 training items or more")
            return true
        }
        return false
    }

    /// Whether the networks can be laid out over the items at all.
    func fits(_ architecture: ModelSpec.Architecture) -> Bool {
        if let name = request.model.architecture, (name == .tabular) != isTable {
            problems.add(
                "/model/architecture",
                isTable
                    ? "\(name.rawValue) can't make rows of a table; tabular would be right"
                    : "tabular makes rows of tables, and the dataset holds \(dataset.kind.rawValue); "
                        + "\(isImages ? "dcgan" : "mlp") would be right")
            return false
        }
        if let name = request.model.architecture, name != .multilayerPerceptron, !isImages, !isTable {
            problems.add(
                "/model/architecture",
                "\(name.rawValue) makes images, and the dataset holds points; mlp would be right")
            return false
        }
        let stages: Int
        switch architecture {
        case .multilayerPerceptron: return true
        case .dcgan(let sizes): stages = sizes.stages
        case .residual(let sizes): stages = sizes.stages
        case .tabular: return true
        }
        if shorterSide >> stages < 2 {
            let most = max(1, shorterSide.bitWidth - shorterSide.leadingZeroBitCount - 2)
            problems.add(
                "/model/stages", "is too many for a side of \(shorterSide), which can be halved \(most) times")
            return false
        }
        return true
    }

    func checkMemory(_ memory: MemoryEstimate, plan: ArchitecturePlan) {
        guard memory.total > machine.memoryBytes else { return }
        let culprit =
            memory.activationBytes > memory.weightBytes
            ? "a smaller batch_size" : "a smaller model"
        problems.add(
            memory.activationBytes > memory.weightBytes ? "/training/batch_size" : "/model",
            "training would take about \(byteCountText(memory.total)), and a job may take "
                + "\(byteCountText(machine.memoryBytes)) here: \(plan.generatorParameters) weights in the generator, "
                + "\(plan.discriminatorParameters) in the discriminator; \(culprit) would fit")
    }
}
