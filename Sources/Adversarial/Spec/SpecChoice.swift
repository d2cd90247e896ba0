internal import Codecs
internal import Datasets

/// The choices for one job: takes what the caller gave, chooses the rest, and says why.
struct SpecChoice {
    private let request: RequestedSpec
    private let dataset: DatasetManifest
    private let machine: MachineLimits
    private let problems: SpecProblems
    private let preset: Preset
    private var reasons: [SpecReason] = []

    init(request: RequestedSpec, dataset: DatasetManifest, machine: MachineLimits, problems: SpecProblems) {
        self.request = request
        self.dataset = dataset
        self.machine = machine
        self.problems = problems
        preset = request.preset ?? .automatic
    }

    private var isClassic: Bool { preset == .classic }

    private var isImages: Bool { if case .images = dataset.schema { true } else { false } }

    /// The whole spec; `nil` where no sizes could be inferred, which the problems then say.
    mutating func resolution() -> Resolution? {
        guard isTrainable() else { return nil }
        sayWhatToExpect()
        if request.preset == nil { because("/preset", "auto, as no preset was named") }
        let seed = request.seed ?? drawSeed()
        because("/device", "the CPU, which is what this version trains on")
        because("/precision", "float32, which is what this version trains in")
        because("/threads", "\(machine.threadsPerJob) of \(machine.cores) cores, as the server gives each job")
        let architecture = chooseArchitecture()
        var model = ModelSpec(
            architecture: architecture, latentDimension: chooseLatent(architecture.name),
            conditioning: chooseConditioning())
        let training = chooseTraining(model)
        chooseNorms(of: &model, training)
        let checkpoint = chooseCheckpoint(training.length)
        let spec = ResolvedSpec(
            datasetID: request.heading.datasetID, preset: preset, seed: UInt64(seed), threads: machine.threadsPerJob,
            model: model, training: training, checkpoint: checkpoint,
            evaluation: chooseEvaluation(training.length, checkpoint),
            health: request.health,
            repair: RepairSpec(
                attempts: take(
                    request.repairAttempts, "/repair/attempts", or: isClassic ? 0 : 3,
                    isClassic
                        ? "0, as the textbook algorithm is left as it is"
                        : "3: where losses run off, training goes back to a checkpoint with lower rates")))
        guard fits(architecture) else { return nil }
        let plan = ArchitecturePlan(model: model, schema: dataset.schema, training: training)
        checkPenalties(training, plan, architecture.name)
        if !training.stopWhen.isNever, !QualityEvaluator.canMeasure(dataset) {
            problems.add(
                "/training/stop_when",
                "goes by evaluations, and there are none for this dataset: points with \(QualityEvaluator.leastItems) "
                    + "held-out items or more can be evaluated; \"steps\" and \"max_seconds\" would do")
        }
        let memory = MemoryEstimate(plan: plan, training: training, schema: dataset.schema)
        checkMemory(memory, plan: plan)
        return Resolution(
            heading: request.heading, spec: spec, reasons: reasons, generatorParameters: plan.generatorParameters,
            discriminatorParameters: plan.discriminatorParameters, memoryBytes: memory.total)
    }

    private mutating func because(_ pointer: String, _ sentence: String) {
        reasons.append(SpecReason(pointer: pointer, detail: sentence))
    }

    /// The caller's value, or the choice with its sentence.
    private mutating func take<Value>(
        _ given: Value?, _ pointer: String, or choice: Value, _ sentence: String
    ) -> Value {
        if let given { return given }
        because(pointer, sentence)
        return choice
    }

    private mutating func drawSeed() -> Int {
        because("/seed", "drawn at random, as none was given")
        return Int.random(in: 0...Int(UInt32.max))
    }

    private func isTrainable() -> Bool {
        guard dataset.kind == .points || dataset.kind == .images else {
            problems.add(
                "/dataset_id",
                "datasets of kind \(dataset.kind.rawValue) can't be trained on yet; points and images can")
            return false
        }
        guard dataset.trainingCount > 0 else {
            problems.add("/dataset_id", "the dataset has no items to train on")
            return false
        }
        return true
    }

    /// What a dataset that is hardly one will come to.
    private mutating func sayWhatToExpect() {
        let count = dataset.trainingCount
        let pointer = "/dataset_id"
        if case .points(_, _, let deviations) = dataset.schema, deviations.allSatisfy({ $0 == 0 }) {
            because(pointer, "all items are equal, so the samples will be, too")
        } else if count < 50 {
            because(
                pointer,
                "\(count) training \(count == 1 ? "item" : "items"): expect a generator that repeats them; more would give "
                    + "it something to learn")
        }
        if !QualityEvaluator.canMeasure(dataset) {
            because(
                pointer,
                "quality isn't measured, as \(dataset.holdoutCount) items are held out and \(QualityEvaluator.leastItems) "
                    + "are needed, which a dataset of some \(QualityEvaluator.leastItems * 10) items has")
        }
    }

    // MARK: Model

    private mutating func chooseArchitecture() -> ModelSpec.Architecture {
        let name: ArchitectureName =
            if isClassic {
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
        guard isImages else { return choosePerceptrons() }
        return switch name {
        case .multilayerPerceptron: choosePerceptrons()
        case .dcgan: chooseConvolutions()
        case .residual: chooseBlocks()
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
    private mutating func chooseNorms(of model: inout ModelSpec, _ training: TrainingSpec) {
        let name = model.architecture.name
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
        if case .images(let height, let width, _, _) = dataset.schema { min(height, width) } else { 1 }
    }

    private var pixels: Int {
        if case .images(let height, let width, _, _) = dataset.schema { height * width } else { 1 }
    }

    private mutating func chooseLatent(_ architecture: ArchitectureName) -> Int {
        isImages
            ? take(request.model.latentDimension, "/model/latent_dim", or: 100, "100, as in the DCGAN paper")
            : take(
                request.model.latentDimension, "/model/latent_dim", or: 2,
                "2, as few numbers make modes easiest to keep apart")
    }

    private mutating func chooseConditioning() -> ModelSpec.Conditioning? {
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
    private func fits(_ architecture: ModelSpec.Architecture) -> Bool {
        if let name = request.model.architecture, name != .multilayerPerceptron, !isImages {
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
        }
        if shorterSide >> stages < 2 {
            let most = max(1, shorterSide.bitWidth - shorterSide.leadingZeroBitCount - 2)
            problems.add(
                "/model/stages", "is too many for a side of \(shorterSide), which can be halved \(most) times")
            return false
        }
        return true
    }

    private func checkMemory(_ memory: MemoryEstimate, plan: ArchitecturePlan) {
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

    // MARK: Training

    private mutating func chooseTraining(_ model: ModelSpec) -> TrainingSpec {
        let wish = request.training
        let chosen = TrainingDefaults.objective(isClassic: isClassic, isImages: isImages)
        let objective = take(wish.objective, "/training/objective", or: chosen.choice, chosen.reason)
        let defaults = TrainingDefaults(
            isClassic: isClassic, isImages: isImages, objective: objective, pixels: pixels,
            items: dataset.trainingCount)
        let packing = choosePacking(model)
        let regularisation = take(
            wish.regularisation?.filled, "/training/regularisation", or: defaults.regularisation,
            defaults.regularisationReason)
        return TrainingSpec(
            length: chooseLength(defaults), batchSize: chooseBatchSize(defaults, packing: packing),
            objective: objective,
            regularisation: regularisation,
            packing: packing, augmentation: chooseAugmentation(regularisation), balance: wish.balance,
            softening: chooseSoftening(objective),
            discriminatorSteps: take(
                wish.discriminatorSteps, "/training/discriminator_steps", or: defaults.discriminatorSteps,
                defaults.discriminatorStepsReason),
            freshFakes: take(
                wish.freshFakes, "/training/fresh_fakes", or: true,
                "true: the generator's update draws items of its own, as the textbook algorithm has it"),
            generatorOptimiser: chooseOptimiser("generator_optimizer", wish.generatorOptimiser, defaults),
            discriminatorOptimiser: chooseOptimiser("discriminator_optimizer", wish.discriminatorOptimiser, defaults),
            schedule: take(
                wish.schedule?.filled, "/training/schedule", or: defaults.schedule, defaults.scheduleReason),
            averaging: AveragingSpec(
                halfLife: take(
                    wish.halfLife, "/training/ema_half_life", or: defaults.halfLife,
                    "\(Int(defaults.halfLife)) samples, over which the generator's wandering evens out"),
                rampUp: take(
                    wish.rampUp, "/training/ema_ramp_up", or: 0.05,
                    "0.05, so that early samples follow the weights closely")),
            stopWhen: wish.stopWhen)
    }

    private mutating func chooseAugmentation(_ regularisation: Regularisation) -> AugmentationSpec {
        let pointer = "/training/augmentation"
        let count = dataset.trainingCount
        let isSmall = isImages && !isClassic && count < TrainingDefaults.itemsWithoutAugmentation
        let isAugmented = isSmall && !regularisation.isPerItem
        let reason =
            if !isImages {
                "none, as only images can be augmented"
            } else if isClassic {
                "none, as the textbook algorithm has none"
            } else if isAugmented {
                "diffaugment, as a discriminator without a penalty learns \(count) images by heart"
            } else if isSmall {
                "none, as in trials on 200 digits the penalties sufficed, and augmentation came further from real ones"
            } else {
                "none, as \(count) images are too many to be learnt by heart"
            }
        let chosen = take(
            request.training.augmentation, pointer,
            or: AugmentationSpec(kind: isAugmented ? .differentiable : .none), reason)
        if chosen.kind != .none, !isImages {
            problems.add(pointer, "changes images, and the dataset holds points; none would do")
        }
        return chosen
    }

    private func chooseSoftening(_ objective: Objective) -> Softening {
        let softening = request.training.softening
        if softening.labelSmoothing > 0, !objective.isCrossEntropy {
            problems.add(
                "/training/label_smoothing",
                "moves the target of a cross-entropy, and \(objective.rawValue) has none; minimax and non_saturating do"
            )
        }
        return softening
    }

    private mutating func choosePacking(_ model: ModelSpec) -> Int {
        let packing = take(
            request.training.packing, "/training/packing", or: 1, "1: the discriminator judges each item by itself")
        if packing > 1, model.conditioning != nil {
            problems.add(
                "/training/packing",
                "joins items of several classes in a conditional model; 1, or \"conditional\": false, would do")
        }
        return packing
    }

    /// Penalties on the slope of an item's logit need that logit to depend on the item alone.
    private func checkPenalties(_ training: TrainingSpec, _ plan: ArchitecturePlan, _ name: ArchitectureName) {
        guard training.regularisation.isPerItem, plan.discriminatorMixesItems else { return }
        let place = request.training.regularisation == nil ? "/training/objective" : "/training/regularisation"
        problems.add(
            place,
            "asks for a penalty on the slope of each item's logit, and \(name.rawValue)'s discriminator has batch norm, "
                + "which mixes the items of a batch; \"discriminator_norm\": \"none\", or the objective non_saturating "
                + "without penalties, would do")
    }

    private mutating func chooseLength(_ defaults: TrainingDefaults) -> TrainingLength {
        let wish = request.training
        if wish.steps == nil, wish.maximumSeconds != nil {
            because("/training/steps", "none, as max_seconds ends the job")
            because("/training/planned_steps", "measured when the job starts, as only max_seconds was given")
            return TrainingLength(steps: nil, maximumSeconds: wish.maximumSeconds)
        }
        let steps = take(wish.steps, "/training/steps", or: defaults.steps, defaults.stepsReason)
        return TrainingLength(steps: steps, maximumSeconds: wish.maximumSeconds)
    }

    private mutating func chooseBatchSize(_ defaults: TrainingDefaults, packing: Int) -> Int {
        if let given = request.training.batchSize {
            if !given.isMultiple(of: packing) {
                problems.add(
                    "/training/packing",
                    "must divide the batch_size of \(given), so that packs are full; \(packing) was given")
            }
            if given > dataset.trainingCount {
                problems.add(
                    "/training/batch_size",
                    "must be at most the dataset's \(dataset.trainingCount) training items; \(given) was given")
            }
            return given
        }
        let chosen = min(defaults.batchSize, dataset.trainingCount) / packing * packing
        if chosen == 0 {
            problems.add(
                "/training/packing",
                "must be at most the dataset's \(dataset.trainingCount) training items; \(packing) was given")
        }
        because(
            "/training/batch_size",
            chosen <= defaults.batchSize - packing
                ? "\(chosen), all the training items there are" : "\(chosen), \(defaults.batchSizeReason)")
        return max(packing, chosen)
    }

    private mutating func chooseOptimiser(
        _ name: String, _ wish: RequestedOptimiser, _ defaults: TrainingDefaults
    ) -> OptimiserSpec {
        let merged = wish.over(request.training.optimiser)
        if merged.impliedName == nil {
            because("/training/\(name)/type", defaults.optimiserReason)
        }
        if merged.learningRate == nil {
            because("/training/\(name)/learning_rate", defaults.learningRateReason)
        }
        return merged.filled(from: defaults.optimiser)
    }

    /// Evaluations are read whole for a curve, so there must not be millions of them.
    private mutating func chooseEvaluation(
        _ length: TrainingLength, _ checkpoint: CheckpointSpec
    ) -> EvaluationSpec {
        let least = max(1, (length.steps ?? 0) / SpecRange.evaluations)
        let pointer = "/evaluation/every_steps"
        if let given = request.evaluationEverySteps, given < least {
            problems.add(
                pointer,
                "would measure more than \(SpecRange.evaluations) times over \(length.steps ?? 0) steps; \(least) or more "
                    + "would do")
        }
        let choice = max(least, checkpoint.everySteps)
        return EvaluationSpec(
            everySteps: take(
                request.evaluationEverySteps, pointer, or: choice,
                choice == checkpoint.everySteps
                    ? "\(choice), so that every checkpoint has its score"
                    : "\(choice), so that there are \(SpecRange.evaluations) evaluations at most"))
    }

    private mutating func chooseCheckpoint(_ length: TrainingLength) -> CheckpointSpec {
        CheckpointSpec(
            everySteps: take(
                request.checkpointEverySteps, "/checkpoint/every_steps", or: 500,
                "500, so that a crash costs little and the disk stays quiet"),
            keep: take(request.checkpointKeep, "/checkpoint/keep", or: 3, "3, the last ones"))
    }
}
