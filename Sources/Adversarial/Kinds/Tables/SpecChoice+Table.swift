internal import Datasets

/// The networks of tables.
extension SpecChoice {
    /// The dataset's columns; nil where it is no table.
    var table: TableSchema? { dataset.schema as? TableSchema }

    var isTable: Bool { table != nil }

    var tableDefaults: TableDefaults {
        TableDefaults(isPaper: preset == .ctgan, isClassic: isClassic, rows: dataset.trainingCount)
    }

    mutating func chooseTabular() -> ModelSpec.Architecture {
        let defaults = tableDefaults
        let (wish, networks) = (request.model, defaults.networks)
        let reason = defaults.networksReason
        func hidden(_ widths: [Int]) -> String { "\(widths), \(reason)" }
        return .tabular(
            ModelSpec.Tabular(
                generator: ModelSpec.Perceptron(
                    hidden: take(
                        wish.generatorHidden, "/model/generator/hidden", or: networks.generator.hidden,
                        hidden(networks.generator.hidden)),
                    activation: take(
                        wish.generatorActivation, "/model/generator/activation", or: networks.generator.activation,
                        "\(networks.generator.activation.rawValue), \(reason)")),
                discriminator: ModelSpec.Perceptron(
                    hidden: take(
                        wish.discriminatorHidden, "/model/discriminator/hidden", or: networks.discriminator.hidden,
                        hidden(networks.discriminator.hidden)),
                    activation: take(
                        wish.discriminatorActivation, "/model/discriminator/activation",
                        or: networks.discriminator.activation,
                        "\(networks.discriminator.activation.rawValue), \(reason)")),
                skip: take(wish.skip, "/model/skip", or: networks.skip, "\(networks.skip.rawValue), \(reason)"),
                dropout: take(wish.dropout, "/model/dropout", or: networks.dropout, "\(networks.dropout), \(reason)"),
                modes: take(wish.modes, "/model/modes", or: networks.modes, "\(networks.modes), as in the CTGAN paper"),
                spikes: take(
                    wish.spikes, "/model/spikes", or: networks.spikes,
                    networks.spikes == 0
                        ? "0, as in the CTGAN paper"
                        : "\(networks.spikes), so that numbers that many rows share are met exactly"),
                bins: take(
                    wish.bins, "/model/bins", or: networks.bins,
                    networks.bins == 0
                        ? "0: numbers lie in intervals about modes, as in the CTGAN paper"
                        : "\(networks.bins), so that numbers are met however they are distributed"),
                temperature: take(
                    wish.temperature, "/model/temperature", or: networks.temperature,
                    "\(networks.temperature), as in the CTGAN paper"),
                isHard: take(
                    wish.isHard, "/model/hard", or: networks.isHard,
                    networks.isHard ? "true, \(reason)" : "false, as in the CTGAN paper"),
                data: request.data))
    }

    mutating func chooseTabularNorms(of model: inout ModelSpec) {
        let isPaper = preset == .ctgan
        model.norms = ModelSpec.Norms(
            generator: take(
                request.model.generatorNorm, "/model/generator_norm", or: isPaper ? .batch : .none,
                isPaper ? "batch, as in the CTGAN paper" : "none, \(tableDefaults.networksReason)"),
            discriminator: take(
                request.model.discriminatorNorm, "/model/discriminator_norm", or: .none,
                "none, as the penalties need each row's logit to depend on the row alone"))
        if model.norms.generator == .spectral {
            problems.add("/model/generator_norm", "must be none or batch; spectral belongs to discriminators")
        }
        if model.norms.discriminator == .batch {
            problems.add("/model/discriminator_norm", "must be none or spectral for the architecture tabular")
        }
        model.hasMinibatchDeviation = take(
            request.model.hasMinibatchDeviation, "/model/minibatch_std", or: false, "false, as packing does the same")
    }

    /// What is wrong with the caller's types of columns.
    func checkColumns() {
        guard let table else {
            if !request.data.types.isEmpty {
                problems.add("/data/columns", "belongs to tables, and the dataset holds \(dataset.kind.rawValue)")
            }
            return
        }
        for (name, type) in request.data.types.sorted(by: { $0.key < $1.key }) {
            let pointer = "/data/columns/\(name)"
            guard let column = table.columns.first(where: { $0.name == name }) else {
                let names = table.columns.prefix(20).map { "\"\($0.name)\"" }.joined(separator: ", ")
                problems.add(
                    pointer,
                    "there is no such column; there are \(names)\(table.columns.count > 20 ? ", …" : "")")
                continue
            }
            if let reason = Self.refusal(of: type, for: column) { problems.add(pointer + "/type", reason) }
        }
    }

    /// Why a column can't be taken for a type; nil where it can.
    private static func refusal(of type: ColumnType, for column: TableColumn) -> String? {
        guard type != column.type else { return nil }
        switch type {
        case .date, .datetime, .time:
            return "the values aren't \(type.rawValue)s in a form that is read: the column was found to be "
                + "\(column.type.rawValue)"
        case .constant where column.distinct > 1: return "the column has \(column.distinct) different values"
        case .boolean where column.distinct > 2: return "the column has \(column.distinct) different values"
        case .categorical, .ordinal, .boolean, .constant:
            return column.form == .text && column.type == .text
                ? "the column has too many different values to tell them apart" : nil
        case .integer, .real, .identifier, .text: return nil
        }
    }

    /// Whether there is a column to learn.
    func hasContent(_ networks: ModelSpec.Tabular) -> Bool {
        guard let table else { return true }
        let layout = TableLayout(table, networks)
        guard !layout.columns.isEmpty else {
            problems.add(
                request.data.types.isEmpty ? "/dataset_id" : "/data/columns",
                "leaves nothing to learn: all columns are identifiers, constants or free text")
            return false
        }
        return true
    }

    mutating func chooseConditions(_ architecture: ModelSpec.Architecture) -> ModelSpec.Conditioning? {
        guard let table, case .tabular(let networks) = architecture else { return nil }
        let count = TableLayout(table, networks).conditionCount
        if request.model.conditional == true, count == 0 {
            problems.add("/model/conditional", "needs a column of categories, and the table has none")
        }
        let isConditional = take(
            request.model.conditional.map { $0 && count > 0 }, "/model/conditional",
            or: count > 0 && tableDefaults.isPaper,
            !tableDefaults.isPaper
                ? "false: rows drawn evenly came closer to real ones in trials; what samples are to have is found among many"
                : count > 0
                    ? "true: rows are drawn by the \(count) values of the columns of categories, as in the CTGAN paper"
                    : "false, as the table has no column of categories")
        if request.model.embeddingDimension != nil {
            problems.add("/model/embedding_dim", "does not belong to the architecture tabular")
        }
        return isConditional ? ModelSpec.Conditioning(embeddingDimension: 0) : nil
    }
}
