internal import Datasets
internal import Torch

extension Preset {
    /// The paper's choices: Wasserstein with gradient penalty, packs of ten, training by sampling.
    ///
    /// Xu et al. 2019.
    package static let ctgan = Preset(name: "ctgan")
}

/// What is chosen for tables.
struct TableDefaults: SpecDefaults {
    static let presets: [Preset] = [.automatic, .classic, .ctgan]

    let dataset: DatasetManifest
    let preset: Preset

    let items = "rows of a table"
    let isForCPU = true

    init(_ dataset: DatasetManifest, _ preset: Preset) {
        self.dataset = dataset
        self.preset = preset
    }

    private var isPaper: Bool { preset == .ctgan }
    private var table: TableSchema? { dataset.schema as? TableSchema }

    // MARK: The networks

    var architectures: [any Architecture] {
        let leaky = HiddenLayers(widths: [256, 256], activation: .leakyRelu)
        guard isPaper || isClassic else {
            return [
                TabularNetwork(
                    generator: leaky, discriminator: leaky, skip: .add, spikes: 128, bins: 32, temperature: 0.5,
                    isHard: true)
            ]
        }
        return [
            TabularNetwork(
                generator: HiddenLayers(widths: [256, 256], activation: .relu), discriminator: leaky,
                skip: .concatenate, dropout: isPaper ? 0.5 : 0)
        ]
    }

    let architectureReason = "tabular, as the items are rows of a table"

    static func networksReason(_ preset: Preset) -> String {
        preset == .ctgan ? "as in the CTGAN paper" : "with which trials on tables came closest to real rows"
    }

    private var networksReason: String { Self.networksReason(preset) }

    var latentDimension: Choice<Int> { Choice(128, "128, as in the CTGAN paper") }
    var minibatchDeviation: Choice<Bool> { Choice(false, "false, as packing does the same") }

    /// Conditions are the values of the columns of categories, in place of classes.
    func conditioning(
        _ request: RequestedModel, _ architecture: any Architecture, _ choices: Choices
    ) -> ModelSpec.Conditioning? {
        guard let table, let networks = architecture as? TabularNetwork else { return nil }
        let count = TableLayout(table, networks).conditionCount
        if request.conditional == true, count == 0 {
            choices.problems.add(
                "/model/conditional",
                "needs a column of categories or of few whole numbers, and the table has none; false would do")
        }
        let rare = isPaper || isClassic ? nil : rareLabel(table, networks)
        let isConditional = choices.take(
            request.conditional.map { $0 && count > 0 }, "/model/conditional",
            or: count > 0 && (isPaper || rare != nil),
            rare.map { "true: \"\($0)\" has a value that fewer than one row in a hundred has, which would be given up" }
                ?? (!isPaper
                    ? "false: rows drawn evenly came closer to real ones in trials; what samples are to have is found among many"
                    : count > 0
                        ? "true: rows are drawn by the \(count) values of the columns of categories, as in the CTGAN paper"
                        : "false, as the table has no column of categories"))
        if request.embeddingDimension != nil {
            choices.problems.add("/model/embedding_dim", "does not belong to the architecture tabular")
        }
        return isConditional ? ModelSpec.Conditioning(embeddingDimension: 0) : nil
    }

    /// The first column of two values of which one is so rare that a generator without conditions gives up what goes with it, as
    /// labels of faults and frauds are.
    private func rareLabel(_ table: TableSchema, _ networks: TabularNetwork) -> String? {
        let conditioned = TableLayout(table, networks).conditioned.map { table.columns[$0.index] }
        return conditioned.first { column in
            let counts = column.commonest.map(\.count)
            return column.distinct == 2 && counts.count == 2
                && Double(counts.min() ?? 0) < Self.rareShare * Double(counts.reduce(0, +))
        }?.name
    }

    private static let rareShare = 0.01

    // MARK: Training

    var objective: Choice<Objective> {
        if isClassic { return Choice(.minimax, "minimax, the saturating cross-entropy of the textbook algorithm") }
        return isPaper
            ? Choice(.wasserstein, "wasserstein, as in the CTGAN paper")
            : Choice(.relativistic, "relativistic, which with r1 and r2 came closest to real rows in trials")
    }

    func training(of architecture: any Architecture, by objective: Objective) -> TrainingDefaults {
        var training = TrainingDefaults(
            optimiser: optimiser, learningRateReason: "\(optimiser.learningRate), \(networksReason)",
            discriminatorSteps: 1, regularisation: regularisation(objective), schedule: schedule, steps: steps,
            batchSize: Self.batchSize, batchSizeReason: "as in the CTGAN paper",
            halfLife: isPaper || isClassic ? 0 : 250_000,
            packing: isPaper
                ? Choice(10, "10, as in the CTGAN paper") : Choice(1, "1: the discriminator judges each row by itself"))
        if !isPaper, !isClassic {
            training.freshFakes = Choice(
                false,
                "false: the generator's update takes the rows that the discriminator was shown, which saves making others"
            )
        }
        return training
    }

    private static let batchSize = 500

    private var optimiser: OptimiserSpec {
        if isPaper { return .adam(learningRate: 2e-4, beta1: 0.5, beta2: 0.9) }
        return isClassic
            ? .sgd(learningRate: 0.002, momentum: 0.9) : .adam(learningRate: 1e-3, beta1: 0, beta2: 0.95)
    }

    /// The preset's penalties, whatever the objective.
    private func regularisation(_ objective: Objective) -> Choice<Regularisation> {
        let chosen =
            isClassic
            ? Regularisation()
            : isPaper ? Regularisation(gradientPenalty: 10) : Regularisation(realSlope: 1, fakeSlope: 1)
        let isUsual =
            switch objective {
            case .relativistic: chosen.realSlope > 0
            case .wasserstein: chosen.gradientPenalty > 0
            case .minimax, .nonSaturating, .leastSquares, .hinge: !chosen.isPerItem
            }
        if isUsual { return penalties(chosen, for: objective) }
        if isClassic { return Choice(chosen, "none, as the textbook algorithm has none") }
        return Choice(
            chosen,
            isPaper
                ? "a gradient_penalty of 10, as in the CTGAN paper"
                : "r1 and r2 at \(chosen.realSlope), \(networksReason)")
    }

    private var schedule: Choice<ScheduleSpec> {
        isPaper || isClassic
            ? Choice(ScheduleSpec(), "none: rates stay as they are")
            : Choice(
                ScheduleSpec(learningRate: 0.01),
                "learning rates sink to a hundredth along a cosine, so that modes sharpen; penalties stay, which keeps them even"
            )
    }

    private var steps: Choice<Int> {
        guard isPaper else { return Choice(3_000, "3000, after which trials on tables gained little") }
        let steps = max(1, 300 * count / Self.batchSize)
        return Choice(steps, "\(steps), the paper's 300 passes over the rows")
    }

    var momentMatching: Choice<Double>? {
        if isPaper || isClassic { return Choice(0, "0, as the algorithm has none") }
        // A discriminator that sees the same few rows again and again learns the rows rather than what goes together in them.
        let (weight, size) = count < Self.fewRows ? (1, "less than") : (0.3, "at least")
        let reason = "with which trials on tables of \(size) \(Self.fewRows) rows kept pairs of columns together best"
        return Choice(weight, "\(weight), \(reason)")
    }

    private static let fewRows = 10_000

    // MARK: What a table has to say of a spec

    func check(_ data: DataSpec, _ problems: SpecProblems) {
        guard let table else { return }
        for (name, type) in data.types.sorted(by: { $0.key < $1.key }) {
            let pointer = "/data/columns/\(ObjectReader.escaped(name))"
            guard let column = table.columns.first(where: { $0.name == name }) else {
                let names = table.columns.prefix(20).map { "\"\($0.name)\"" }.joined(separator: ", ")
                problems.add(
                    pointer,
                    "there is no such column; there are \(names)\(table.columns.count > 20 ? ", …" : "")")
                continue
            }
            if let reason = Self.refusal(of: type, for: column, table.dialect) {
                problems.add(pointer + "/type", reason)
            }
        }
    }

    /// Why a column can't be taken for a type; nil where it can.
    private static func refusal(of type: ColumnType, for column: TableColumn, _ dialect: TableDialect) -> String? {
        guard type != column.type else { return nil }
        switch type {
        case .date, .datetime, .time:
            return "the values aren't \(type.rawValue)s in a form that is read: the column was found to be "
                + "\(column.type.rawValue)"
                + (column.commonest.first.map { ", and has values such as \"\($0.value.prefix(64))\"" } ?? "")
        case .integer, .real:
            let isWhole = type == .integer
            let wanted = isWhole ? "whole numbers" : "numbers"
            let instead = column.canBeAskedFor ? "; categorical has them learned, and given out, as they are" : ""
            if let misfit = DataSpec.misfit(of: column, isWhole: isWhole, dialect) {
                return "the values aren't \(wanted)"
                    + (misfit.isEmpty
                        ? "; of text and identifiers none of them is shown" + instead
                        : ": the first that is none is \"\(misfit.prefix(64))\"")
            }
            // Of those that may have a fraction the commonest have none.
            if isWhole, case .number(let form) = column.form, !form.isWhole {
                return "the values aren't whole numbers: some have up to \(form.decimals) decimals"
            }
            if column.isCoded, column.type == .text {
                return "the column is free text, whose values aren't read as \(wanted)" + instead
            }
            return column.isCoded && column.type == .identifier && !column.canBeAskedFor
                ? "the column has too many different values for them to be kept and read as \(wanted)" : nil
        case .constant where column.distinct > 1: return "the column has \(column.distinct) different values"
        case .boolean where column.distinct > 2: return "the column has \(column.distinct) different values"
        case .categorical, .ordinal, .boolean, .constant:
            return column.isCoded && [.text, .identifier].contains(column.type) && !column.canBeAskedFor
                ? "the column has too many different values to tell them apart" : nil
        case .identifier, .text: return nil
        }
    }

    func holdsSomething(for architecture: any Architecture, _ problems: SpecProblems) -> Bool {
        guard let table, let networks = architecture as? TabularNetwork,
            TableLayout(table, networks).columns.isEmpty
        else { return true }
        let names = table.columns.filter(\.canBeAskedFor).map { "\"\($0.name.prefix(100))\"" }
        let some = names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
        problems.add(
            networks.data.types.isEmpty && names.isEmpty ? "/dataset_id" : "/data/columns",
            "leaves nothing to learn: all columns are identifiers, constants, or personal or free text"
                + (names.isEmpty
                    ? "" : "; the type categorical would have the values of \(some) learned, and given out as they are")
        )
        return false
    }

    func memory(_ plan: ArchitecturePlan, _ training: TrainingSpec) -> Int {
        guard let layout = plan.rows?.layout else { return 0 }
        let float = MemoryLayout<Float>.size
        let width = layout.width + layout.featureCount
        let isMatched = training.momentMatching > 0 && width <= TableMoments.widest
        // For each condition the rows that meet it; five squares of products in flight.
        return count * (2 * layout.columns.count + float * (layout.heads.scalars + layout.conditioned.count))
            + (isMatched ? 7 * float * width * width : 0)
    }
}
