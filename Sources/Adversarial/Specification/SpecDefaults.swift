package import Datasets

/// What one kind of datasets chooses where a spec leaves things open, and what it has to say of a spec.
///
/// A dataset's kind has them as `LearnedKind.defaults`; the resolver asks nothing else about it.
package protocol SpecDefaults {
    /// The presets that there are for such datasets.
    static var presets: [Preset] { get }

    /// - Parameters:
    ///   - dataset: one of this kind.
    ///   - preset: one of `presets`.
    init(_ dataset: DatasetManifest, _ preset: Preset)

    var dataset: DatasetManifest { get }
    var preset: Preset { get }
    /// What the dataset holds, in the plural, as `images`.
    var items: String { get }

    /// The architectures that can make the items, with the sizes that they begin with; the first is chosen unless another
    /// is named.
    var architectures: [any Architecture] { get }
    /// Why the first is.
    var architectureReason: String { get }
    var latentDimension: Choice<Int> { get }
    /// Whether the discriminator sees how much the items of a batch differ.
    var minibatchDeviation: Choice<Bool> { get }
    var objective: Choice<Objective> { get }
    /// How networks of an architecture are trained by an objective.
    func training(of architecture: any Architecture, by objective: Objective) -> TrainingDefaults
    /// What items go through before the discriminator sees them; nil where they can't be augmented.
    func augmentation(beside regularisation: Regularisation) -> Choice<AugmentationSpec.Kind>?
    /// The weight of `moment_matching`; nil where moments aren't matched.
    var momentMatching: Choice<Double>? { get }
    /// Whether a GPU is of no use.
    var isForCPU: Bool { get }

    /// What the classes, or conditions, are that the networks are told.
    func conditioning(
        _ request: RequestedModel, _ architecture: any Architecture, _ choices: Choices
    ) -> ModelSpec.Conditioning?

    /// Notes what is wrong with what the caller says of the dataset's columns.
    func check(_ data: DataSpec, _ problems: SpecProblems)
    /// Notes where the dataset holds nothing that such networks could learn.
    ///
    /// - Returns: whether it holds something.
    func holdsSomething(for architecture: any Architecture, _ problems: SpecProblems) -> Bool
    /// What the samples will be where the dataset is hardly one; nil where nothing is to be said.
    var expectation: String? { get }
    /// Memory that the dataset's own way of training takes beside networks and batches, in bytes.
    func memory(_ plan: ArchitecturePlan, _ training: TrainingSpec) -> Int
}

/// How one kind of items is trained by one objective, where a spec doesn't say.
package struct TrainingDefaults {
    var optimiser: OptimiserSpec
    var learningRateReason: String
    var discriminatorSteps: Int
    var regularisation: Choice<Regularisation>
    var schedule: Choice<ScheduleSpec>
    var steps: Choice<Int>
    var batchSize: Int
    /// Why, where the dataset has as many items.
    var batchSizeReason: String
    /// Samples after which a weight's share in the average has halved.
    var halfLife: Double
    var packing = Choice(1, "1: the discriminator judges each item by itself")
    var freshFakes = Choice(
        true, "true: the generator's update draws items of its own, as the textbook algorithm has it")

    var discriminatorStepsReason: String {
        switch discriminatorSteps {
        case 5: "5, since the critic's slope is to be followed where it has nearly converged"
        case 2: "2, with which trials on points put fewer samples between the modes"
        default: "1, so that both learn at one pace"
        }
    }

    var halfLifeReason: String {
        halfLife > 0
            ? "\(Int(halfLife)) samples, over which the generator's wandering evens out"
            : "0: samples come from the generator as it is"
    }
}

extension SpecDefaults {
    var isClassic: Bool { preset == .classic }
    /// Items to train on.
    var count: Int { dataset.trainingCount }

    var optimiserReason: String {
        isClassic
            ? "sgd with momentum 0.9, as the textbook algorithm has it" : "adam, which needs the least tuning for GANs"
    }

    /// The penalties with the reasons that the objective gives for them.
    func penalties(_ regularisation: Regularisation, for objective: Objective) -> Choice<Regularisation> {
        switch objective {
        case .relativistic:
            Choice(
                regularisation,
                "r1 and r2 at \(regularisation.realSlope), without which a relativistic discriminator may not converge")
        case .wasserstein:
            Choice(
                regularisation,
                "a gradient_penalty of 10, which keeps the critic near 1-Lipschitz as the objective demands")
        case .minimax, .nonSaturating, .leastSquares, .hinge:
            Choice(regularisation, "none, as \(objective.rawValue) trains without")
        }
    }

    // MARK: What most kinds have in common

    package var minibatchDeviation: Choice<Bool> {
        Choice(false, "false, as it adds little beside a relativistic objective")
    }
    package var momentMatching: Choice<Double>? { nil }
    package var isForCPU: Bool { false }
    package var expectation: String? { nil }

    package func augmentation(beside regularisation: Regularisation) -> Choice<AugmentationSpec.Kind>? { nil }

    package func check(_ data: DataSpec, _ problems: SpecProblems) {
        if !data.types.isEmpty { problems.add("/data/columns", "belongs to tables, and the dataset holds \(items)") }
    }

    package func holdsSomething(for architecture: any Architecture, _ problems: SpecProblems) -> Bool { true }
    package func memory(_ plan: ArchitecturePlan, _ training: TrainingSpec) -> Int { 0 }

    /// Classes are told where there are items enough of each.
    package func conditioning(
        _ request: RequestedModel, _ architecture: any Architecture, _ choices: Choices
    ) -> ModelSpec.Conditioning? {
        let classes = dataset.schema.classes
        let isConditional: Bool
        if let given = request.conditional {
            isConditional = given
            if given, classes.count < 2 {
                let what = classes.isEmpty ? "has no classes" : "has one class only"
                choices.problems.add(
                    "/model/conditional", "needs a dataset with two classes or more; this one \(what)")
            }
        } else {
            let choice = knowsClasses(classes)
            choices.explain("/model/conditional", choice.reason)
            isConditional = choice.value
        }
        guard isConditional else {
            if request.embeddingDimension != nil {
                choices.problems.add(
                    "/model/embedding_dim", "belongs to a conditional model, and this one isn't")
            }
            return nil
        }
        let dimension = min(64, max(8, classes.count))
        return ModelSpec.Conditioning(
            embeddingDimension: choices.take(
                request.embeddingDimension, "/model/embedding_dim", or: dimension,
                "\(dimension), by the number of classes"))
    }

    private func knowsClasses(_ classes: [String]) -> Choice<Bool> {
        let smallest = dataset.classCounts.min() ?? 0
        if isClassic { return Choice(false, "false, as the textbook algorithm knows no classes") }
        if classes.count < 2 {
            return Choice(
                false, classes.isEmpty ? "false, as the dataset has no classes" : "false, as there is one class")
        }
        if classes.count > 200 { return Choice(false, "false, as \(classes.count) classes are more than 200") }
        guard smallest >= 50 else {
            return Choice(false, "false, as the smallest class has \(smallest) training items, fewer than 50")
        }
        return Choice(true, "true, as each of the \(classes.count) classes has 50 training items or more")
    }
}
