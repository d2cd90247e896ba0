package import Codecs
package import Datasets

/// Perceptrons whose rows are scalars and heads that choose, for tables.
///
/// Xu et al. 2019, section 4.
package struct TabularNetwork: Architecture {
    package static let name = "tabular"
    package static let makes = "rows of tables"
    package static let example = TabularNetwork(generator: .example, discriminator: .example, skip: .none)
    package static let embedsClasses = false
    package static let remedy = Remedy(realSlope: 1, augmentation: nil)

    package var generator: HiddenLayers
    package var discriminator: HiddenLayers
    /// What becomes of a hidden layer's input.
    package var skip: Skip
    /// The probability that a number after the discriminator's hidden layers is dropped.
    package var dropout: Double
    /// Intervals that a column of numbers is divided into at most.
    package var modes: Int
    /// Numbers of a column that are common enough to be told apart by themselves, at most.
    package var spikes: Int
    /// Ranges of about as many rows each that a column of numbers is divided into at most, in place of intervals; 0 for
    /// intervals.
    package var bins: Int
    /// How soft the choices are that the discriminator is shown.
    package var temperature: Double
    /// Whether it is shown hard ones.
    package var isHard: Bool
    /// Types of columns that the caller knows better.
    package var data: DataSpec

    package init(
        generator: HiddenLayers, discriminator: HiddenLayers, skip: Skip, dropout: Double = 0, modes: Int = 10,
        spikes: Int = 0, bins: Int = 0, temperature: Double = 0.2, isHard: Bool = false, data: DataSpec = DataSpec()
    ) {
        self.generator = generator
        self.discriminator = discriminator
        self.skip = skip
        self.dropout = dropout
        self.modes = modes
        self.spikes = spikes
        self.bins = bins
        self.temperature = temperature
        self.isHard = isHard
        self.data = data
    }

    /// What becomes of a hidden layer's input.
    package enum Skip: String, Sendable, CaseIterable {
        case none
        /// It is put after the layer's result; in the generator alone.
        case concatenate
        /// It is added to the result.
        case add
    }

    package init(reading reader: ObjectReader, _ choices: Choices, from usual: TabularNetwork) {
        let paper = "as in the CTGAN paper"
        let reason = TableDefaults.networksReason(choices.preset)
        func layers(_ name: String, _ usual: HiddenLayers) -> HiddenLayers {
            HiddenLayers(reading: reader.part(name), choices, from: usual, widthsReason: reason) { _ in reason }
        }
        generator = layers("generator", usual.generator)
        discriminator = layers("discriminator", usual.discriminator)
        skip = choices.word("skip", of: reader, or: usual.skip, "\(usual.skip.rawValue), \(reason)")
        dropout = choices.number(
            "dropout", of: reader, in: SpecRange.decay, or: usual.dropout, "\(usual.dropout), \(reason)")
        modes = choices.integer("modes", of: reader, in: SpecRange.modes, or: usual.modes, "\(usual.modes), \(paper)")
        spikes = choices.integer(
            "spikes", of: reader, in: SpecRange.spikes, or: usual.spikes,
            usual.spikes == 0
                ? "0, \(paper)" : "\(usual.spikes), so that numbers that many rows share are met exactly")
        bins = choices.integer(
            "bins", of: reader, in: SpecRange.bins, or: usual.bins,
            usual.bins == 0
                ? "0: numbers lie in intervals about modes, \(paper)"
                : "\(usual.bins), so that numbers are met however they are distributed")
        temperature = choices.number(
            "temperature", of: reader, in: SpecRange.temperature, or: usual.temperature,
            "\(usual.temperature), \(paper)")
        isHard = choices.boolean(
            "hard", of: reader, or: usual.isHard, usual.isHard ? "true, \(reason)" : "false, \(paper)")
        data = choices.data
    }

    package var members: [JSON.Member] {
        [
            ("generator", generator.json), ("discriminator", discriminator.json), ("skip", .string(skip.rawValue)),
            ("dropout", .number(dropout)), ("modes", .integer(Int64(modes))), ("spikes", .integer(Int64(spikes))),
            ("bins", .integer(Int64(bins))), ("temperature", .number(temperature)), ("hard", .boolean(isHard)),
        ].map { JSON.Member(name: $0.0, value: $0.1) }
    }

    package func norms(_ wish: RequestedNorms, _ choices: Choices, isPenalised: Bool) -> ModelSpec.Norms {
        let isPaper = choices.preset == .ctgan
        let norms = ModelSpec.Norms(
            generator: choices.take(
                wish.generator, "/model/generator_norm", or: isPaper ? .batch : .none,
                isPaper ? "batch, as in the CTGAN paper" : "none, \(TableDefaults.networksReason(choices.preset))"),
            discriminator: choices.take(
                wish.discriminator, "/model/discriminator_norm", or: .none,
                "none, as the penalties need each row's logit to depend on the row alone"))
        if norms.discriminator == .batch {
            choices.problems.add(
                "/model/discriminator_norm", "must be none or spectral for the architecture tabular")
        }
        return norms
    }

    package func plan(for schema: any ItemKind, _ context: PlanContext) -> ArchitecturePlan {
        guard let table = schema as? TableSchema else {
            preconditionFailure("tabular networks make rows of tables; the resolver lets nothing else pass")
        }
        let layout = TableLayout(table, self)
        let conditions = context.isConditional ? layout.conditionCount : 0
        let shown = layout.width + layout.featureCount + conditions
        return ArchitecturePlan(
            generator: generatorPlan(
                context.norms.generator, inputs: context.latentDimension + conditions, width: layout.width),
            features: features(inputs: shown * context.packing), hasLogitBias: context.hasLogitBias,
            initialisation: skip == .add ? .leaky : .fanIn,
            rows: RowPlan(
                layout: layout, temperature: temperature, isHard: isHard, startsFromShares: skip == .add,
                conditionCount: conditions))
    }

    /// Hidden layers, then a linear one.
    private func generatorPlan(_ norm: Normalisation, inputs: Int, width: Int) -> NetworkPlan {
        var plan = NetworkPlan(inputShape: [inputs], layers: [])
        if skip == .concatenate {
            for hidden in generator.widths {
                plan.layers.append(
                    .dense(
                        inputs: plan.outputShape[0], outputs: hidden, isNormalised: norm == .batch,
                        activation: generator.activation))
            }
        } else {
            plan.appendHidden(generator, norm, addsInput: skip == .add, dropout: 0)
        }
        plan.layers.append(.linear(inputs: plan.outputShape[0], outputs: width))
        return plan
    }

    /// The hidden layers alone.
    private func features(inputs: Int) -> NetworkPlan {
        var plan = NetworkPlan(inputShape: [inputs], layers: [])
        plan.appendHidden(discriminator, .none, addsInput: skip == .add, dropout: dropout)
        return plan
    }

    package func tileSize(for shape: [Int]) -> Int { 256 }
}

extension NetworkPlan {
    /// Appends hidden layers, where those as wide as the one before may be blocks that are added to their input.
    fileprivate mutating func appendHidden(
        _ hidden: HiddenLayers, _ norm: Normalisation, addsInput: Bool, dropout: Double
    ) {
        var isOpen = false
        for width in hidden.widths {
            let inputs = outputShape[0]
            if addsInput, width == inputs, isOpen {
                layers.append(.residualLinear(width: width, activation: hidden.activation))
                continue
            }
            if isOpen { layers.append(.activation(hidden.activation)) }
            layers.append(.linear(inputs: inputs, outputs: width, bias: norm != .batch))
            if norm == .batch { layers.append(.batchNorm(channels: width)) }
            isOpen = addsInput
            if !addsInput { layers.append(.activation(hidden.activation)) }
            if dropout > 0 { layers.append(.dropout(probability: dropout)) }
        }
        // A block's sum isn't activated before the next one takes it.
        if isOpen { layers.append(.activation(hidden.activation)) }
    }
}

/// How a table's rows come of what the generator's last layer puts out: scalars, and a choice for each head.
package struct RowPlan: Sendable, Equatable {
    let layout: TableLayout
    /// How soft the choices are that the discriminator is shown.
    let temperature: Double
    /// Whether it is shown hard ones.
    let isHard: Bool
    /// Whether the last layer starts from how often each slot is.
    let startsFromShares: Bool
    /// Conditions that both networks are given as a row of zeros and a 1; 0 where there are none.
    let conditionCount: Int
}
