internal import Codecs
internal import Datasets
internal import Torch

/// What a job is called and filed under; nothing that training depends on.
package struct JobHeading: Sendable, Equatable {
    /// The dataset to train on.
    package var datasetID: String
    /// The caller's name for the job.
    package var name: String?
    /// The caller's labels.
    package var labels: [String: String]
    /// Where the job stands in the queue: higher ones first, 0 where nothing was said.
    package var priority: Int
}

/// What a caller may say of the precision.
private enum PrecisionWish: String, CaseIterable {
    case automatic = "auto"
    case fp32
    case bf16
    /// What `fp32` was called before there was another.
    case float32
}

/// A spec as it was sent: `nil` wherever the caller left the choice open.
struct RequestedSpec {
    /// Who wrote the spec; a stored one has members that no caller may set.
    enum Origin {
        case caller
        case store
    }

    var heading: JobHeading
    var preset: Preset?
    var seed: Int?
    /// `nil` for one that the server chooses.
    var device: Device?
    /// `nil` for one that is chosen.
    var precision: Precision?
    var matrixProduct: MatrixProduct?
    var threads: Int?
    var data: DataSpec
    var model: RequestedModel
    var training: RequestedTraining
    var checkpointEverySteps: Int?
    var checkpointKeep: Int?
    var evaluationEverySteps: Int?
    var health: HealthThresholds
    var repairAttempts: Int?

    /// Reads the members of a spec and notes everything that is wrong with them.
    init(_ json: JSON, origin: Origin, problems: SpecProblems) {
        self.init(ObjectReader(json, problems: problems), origin: origin)
    }

    init(_ root: ObjectReader, origin: Origin) {
        heading = Self.heading(of: root)
        preset = root.choice("preset", among: Preset.all.map(\.name)).map(Preset.init(name:))
        seed = root.integer("seed", in: SpecRange.seed)
        device = Self.device(of: root)
        precision = Self.precision(of: root)
        matrixProduct = origin == .store ? root.choice("matrix_product", of: MatrixProduct.self) : nil
        threads = origin == .store ? root.integer("threads", in: SpecRange.threads) : nil
        data = Self.data(of: root)
        model = RequestedModel(root.part("model"))
        let training = root.object("training")
        self.training = RequestedTraining(training, origin: origin)
        let checkpoint = root.object("checkpoint")
        checkpointEverySteps = checkpoint?.integer("every_steps", in: SpecRange.steps)
        checkpointKeep = checkpoint?.integer("keep", in: SpecRange.keptCheckpoints)
        let evaluation = root.object("evaluation")
        evaluationEverySteps = evaluation?.integer("every_steps", in: SpecRange.steps)
        health = HealthThresholds(root.object("health"))
        let repair = root.object("repair")
        repairAttempts = repair?.integer("attempts", in: SpecRange.repairs)
        for object in [training, checkpoint, evaluation, repair, root] { object?.finish() }
    }

    private static func device(of root: ObjectReader) -> Device? {
        let schema: [JSON.Member] = [
            JSON.Member(name: "type", value: "string"),
            JSON.Member(name: "pattern", value: "^(auto|cpu|cuda(:[0-9]|:[1-9][0-9])?)$"),
        ]
        guard let value = root.value("device", schema: schema), value != "auto" else { return nil }
        guard let device = value.string.flatMap(Device.init(name:)) else {
            root.report("device", "must be \"auto\", \"cpu\" or \"cuda:0\" to \"cuda:99\"")
            return nil
        }
        return device
    }

    /// The data's part of a spec: types of columns, by their names.
    private static func data(of root: ObjectReader) -> DataSpec {
        guard let data = root.object("data") else { return DataSpec() }
        let tenth: [JSON.Member] = [.init(name: "const", value: 0.1)]
        if let holdout = data.value("holdout", schema: tenth), holdout.number != 0.1 {
            data.report("holdout", "can't be chosen yet; a tenth of the items is held out when a dataset is imported")
        }
        let types = data.object("columns")?.objects(limit: SpecRange.columns) { column in
            column.choice("type", of: ColumnType.self)
        }
        data.finish()
        return DataSpec(types: (types ?? [:]).compactMapValues(\.self))
    }

    private static func precision(of root: ObjectReader) -> Precision? {
        switch root.choice("precision", of: PrecisionWish.self) {
        case .automatic, nil: nil
        case .fp32, .float32: .fp32
        case .bf16: .bf16
        }
    }

    private static func heading(of root: ObjectReader) -> JobHeading {
        root.require("dataset_id", "is required: the id of the dataset to train on")
        return JobHeading(
            datasetID: root.string("dataset_id") ?? "", name: root.line("name"), labels: labels(of: root),
            priority: root.integer("priority", in: SpecRange.priority) ?? 0)
    }

    private static func labels(of root: ObjectReader) -> [String: String] {
        guard let object = root.object("labels") else { return [:] }
        guard object.names.count <= SpecRange.labels else {
            root.report("labels", "must be at most \(SpecRange.labels) labels; \(object.names.count) were given")
            return [:]
        }
        return object.strings(limit: SpecRange.labels)
    }
}

/// The model's part of a spec as it was sent, but for the members that the architecture reads.
package struct RequestedModel {
    /// The whole object, from which the architecture reads its own members.
    let reader: ObjectReader
    let architecture: (any Architecture.Type)?
    let latentDimension: Int?
    let conditional: Bool?
    let embeddingDimension: Int?
    let norms: RequestedNorms
    let hasMinibatchDeviation: Bool?

    init(_ reader: ObjectReader) {
        self.reader = reader
        architecture = reader.choice("architecture", among: Architectures.all.map { $0.name }).flatMap(
            Architectures.named)
        latentDimension = reader.integer("latent_dim", in: SpecRange.latent)
        conditional = reader.boolean("conditional")
        embeddingDimension = reader.integer("embedding_dim", in: SpecRange.embedding)
        norms = RequestedNorms(reader)
        hasMinibatchDeviation = reader.boolean("minibatch_std")
        if reader.describes { Architectures.describe(in: reader) }
        reader.leave(Architectures.memberNames)
        reader.finish()
    }

    /// What was given of members that belong to other architectures.
    func foreignMembers(to architecture: any Architecture.Type) -> [String] {
        let own = Architectures.members(of: architecture)
        return Architectures.memberNames.filter { reader.has($0) && !own.contains($0) }
    }
}

/// Both networks' norms as they were sent.
package struct RequestedNorms {
    let generator: Normalisation?
    let discriminator: Normalisation?

    init(_ reader: ObjectReader) {
        generator = reader.choice("generator_norm", of: Normalisation.self)
        discriminator = reader.choice("discriminator_norm", of: Normalisation.self)
    }
}

/// The part of a spec about training as it was sent.
struct RequestedTraining {
    var steps: Int?
    var maximumSeconds: Double?
    var plannedSteps: Int?
    var batchSize: Int?
    var objective: Objective?
    var regularisation: RequestedRegularisation?
    var packing: Int?
    var augmentation: AugmentationSpec?
    var balance: BalanceSpec?
    var momentMatching: Double?
    var labelSmoothing: Double?
    var instanceNoise: Double?
    var gradientClipping: Double?
    var discriminatorSteps: Int?
    var freshFakes: Bool?
    var optimiser = RequestedOptimiser(nil)
    var generatorOptimiser = RequestedOptimiser(nil)
    var discriminatorOptimiser = RequestedOptimiser(nil)
    var schedule: RequestedSchedule?
    var halfLife: Double?
    var rampUp: Double?
    var earlierPlans: [Int]?
    var stopWhen = StopCondition()

    /// The softening that results: what was given, and no other.
    var softening: Softening {
        Softening(
            labelSmoothing: labelSmoothing ?? 0, instanceNoise: instanceNoise ?? 0, gradientClipping: gradientClipping)
    }

    init(_ reader: ObjectReader?, origin: RequestedSpec.Origin) {
        guard let reader else { return }
        steps = reader.integer("steps", in: SpecRange.steps)
        maximumSeconds = reader.number("max_seconds", in: SpecRange.seconds)
        plannedSteps = origin == .store ? reader.integer("planned_steps", in: SpecRange.steps) : nil
        batchSize = reader.integer("batch_size", in: SpecRange.batchSize)
        earlierPlans =
            origin == .store ? reader.integers("earlier_plans", count: SpecRange.plans, in: SpecRange.steps) : nil
        objective = reader.choice("objective", of: Objective.self)
        regularisation = reader.object("regularisation").map(RequestedRegularisation.init)
        packing = reader.integer("packing", in: SpecRange.packing)
        augmentation = RequestedAugmentation.read(reader)
        balance = reader.object("balance").map(BalanceSpec.init)
        momentMatching = reader.number("moment_matching", in: SpecRange.penalty)
        labelSmoothing = reader.number("label_smoothing", in: SpecRange.smoothing)
        instanceNoise = reader.number("instance_noise", in: SpecRange.noise)
        gradientClipping = reader.number("gradient_clipping", in: SpecRange.norm)
        discriminatorSteps = reader.integer("discriminator_steps", in: SpecRange.discriminatorSteps)
        freshFakes = reader.boolean("fresh_fakes")
        optimiser = RequestedOptimiser(reader.object("optimizer"))
        generatorOptimiser = RequestedOptimiser(reader.object("generator_optimizer"))
        discriminatorOptimiser = RequestedOptimiser(reader.object("discriminator_optimizer"))
        schedule = reader.object("schedule").map(RequestedSchedule.init)
        halfLife = reader.number("ema_half_life", in: SpecRange.halfLife)
        rampUp = reader.number("ema_ramp_up", in: SpecRange.rampUp)
        stopWhen = StopCondition(reader.object("stop_when"))
    }
}

/// Penalties as they were sent.
struct RequestedRegularisation {
    var realSlope: Double?
    var fakeSlope: Double?
    var gradientPenalty: Double?
    var isOneSided: Bool?

    init(_ reader: ObjectReader) {
        realSlope = reader.number("r1", in: SpecRange.penalty)
        fakeSlope = reader.number("r2", in: SpecRange.penalty)
        gradientPenalty = reader.number("gradient_penalty", in: SpecRange.penalty)
        isOneSided = reader.boolean("one_sided")
        if reader.has("one_sided"), !reader.has("gradient_penalty") {
            reader.report("one_sided", "belongs to a gradient_penalty, and none is given")
        }
        reader.finish()
    }

    /// The penalties that result: those given and no others.
    var filled: Regularisation {
        Regularisation(
            realSlope: realSlope ?? 0, fakeSlope: fakeSlope ?? 0, gradientPenalty: gradientPenalty ?? 0,
            isOneSided: isOneSided ?? false)
    }
}

/// A schedule as it was sent.
struct RequestedSchedule {
    var learningRate: Double?
    var regularisation: Double?
    var beta2: Double?
    var until: Double?
    var shape: ScheduleSpec.Shape?

    init(_ reader: ObjectReader) {
        learningRate = reader.number("learning_rate", in: SpecRange.factor)
        regularisation = reader.number("regularisation", in: SpecRange.factor)
        beta2 = reader.number("beta2", in: SpecRange.decay)
        until = reader.number("until", in: SpecRange.share)
        shape = reader.choice("shape", of: ScheduleSpec.Shape.self)
        // Below that, the ratio of both ends is none.
        let isNothing = { ($0 ?? 1) < Double.leastNormalMagnitude } as (Double?) -> Bool
        if shape == .geometric, [learningRate, regularisation, beta2].contains(where: isNothing) {
            reader.report("shape", "can't be geometric where a value is to become 0, or next to it; cosine would do")
        }
        reader.finish()
    }

    /// The schedule that results: what was given changes, and nothing else.
    var filled: ScheduleSpec {
        ScheduleSpec(
            learningRate: learningRate ?? 1, regularisation: regularisation ?? 1, beta2: beta2, until: until ?? 1,
            shape: shape ?? .cosine)
    }
}

/// One optimiser as it was sent.
struct RequestedOptimiser {
    var name: OptimiserName?
    var learningRate: Double?
    var beta1: Double?
    var beta2: Double?
    var momentum: Double?

    init(_ reader: ObjectReader?) {
        guard let reader else { return }
        name = reader.choice("type", of: OptimiserName.self)
        learningRate = reader.number("learning_rate", in: SpecRange.learningRate)
        beta1 = reader.number("beta1", in: SpecRange.decay)
        beta2 = reader.number("beta2", in: SpecRange.decay)
        momentum = reader.number("momentum", in: SpecRange.decay)
        let foreign: [String] =
            switch name {
            case .adam: ["momentum"]
            case .sgd: ["beta1", "beta2"]
            case nil: []
            }
        for member in foreign where reader.has(member) {
            reader.report(member, "does not belong to the optimizer type \(name?.rawValue ?? "")")
        }
        reader.finish()
    }

    /// The type that the members imply where none was named.
    var impliedName: OptimiserName? {
        if let name { return name }
        if momentum != nil { return .sgd }
        return beta1 != nil || beta2 != nil ? .adam : nil
    }

    /// These members, where given, over those of a wish for both networks.
    func over(_ common: RequestedOptimiser) -> RequestedOptimiser {
        var merged = self
        merged.learningRate = learningRate ?? common.learningRate
        guard impliedName == nil || common.impliedName == nil || impliedName == common.impliedName else {
            return merged
        }
        merged.name = impliedName ?? common.impliedName
        merged.beta1 = beta1 ?? common.beta1
        merged.beta2 = beta2 ?? common.beta2
        merged.momentum = momentum ?? common.momentum
        return merged
    }

    /// The optimiser that results, with defaults for what nobody gave.
    func filled(from defaults: OptimiserSpec) -> OptimiserSpec {
        switch (impliedName, defaults) {
        case (nil, .adam(let rate, let first, let second)), (.adam, .adam(let rate, let first, let second)):
            .adam(learningRate: learningRate ?? rate, beta1: beta1 ?? first, beta2: beta2 ?? second)
        case (nil, .sgd(let rate, let inertia)), (.sgd, .sgd(let rate, let inertia)):
            .sgd(learningRate: learningRate ?? rate, momentum: momentum ?? inertia)
        case (.adam, .sgd):
            .adam(learningRate: learningRate ?? 2e-4, beta1: beta1 ?? 0.5, beta2: beta2 ?? 0.999)
        case (.sgd, .adam):
            .sgd(learningRate: learningRate ?? 0.01, momentum: momentum ?? 0.9)
        }
    }
}
