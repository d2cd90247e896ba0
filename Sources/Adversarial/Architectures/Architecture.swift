package import Codecs
package import Datasets

/// A kind of networks: its members in a spec, and the layers that they stand for.
///
/// An architecture is one type in a file of its own and a line in `Architectures`. It reads its members of `model` and chooses
/// those that are left open in one place, `init(reading:_:from:)`, from which the served schema is made, too; writes them in
/// `members`; and plans the layers of both networks.
package protocol Architecture: Sendable, Equatable {
    /// The name in a spec.
    static var name: String { get }
    /// What it makes, in the plural, as `images`.
    static var makes: String { get }
    /// Some value, for where only the names of the members matter.
    static var example: Self { get }
    /// The norms of the paper, and of stored specs from before there was a choice.
    static var paperNorms: ModelSpec.Norms { get }
    /// Whether classes reach the networks as vectors that are learned, as long as `embedding_dim`.
    static var embedsClasses: Bool { get }
    /// Whether it is worth a trial which library multiplies its matrices fastest on the CPU.
    static var isWorthTrials: Bool { get }
    /// What a repair gives a training that has none of it.
    static var remedy: Remedy { get }

    /// Reads the members of `model` that are this architecture's own.
    ///
    /// - Parameters:
    ///   - choices: takes what is left open, with a sentence for each.
    ///   - usual: what the dataset's kind begins with.
    init(reading reader: ObjectReader, _ choices: Choices, from usual: Self)

    /// The same members as the spec shows them, in their order.
    var members: [JSON.Member] { get }

    /// What the spec says of the dataset's columns, where the networks depend on it.
    var data: DataSpec { get }

    /// The norms of both networks.
    ///
    /// - Parameters:
    ///   - wish: what the caller gave.
    ///   - isPenalised: whether penalties need the logit of an item to depend on the item alone.
    func norms(_ wish: RequestedNorms, _ choices: Choices, isPenalised: Bool) -> ModelSpec.Norms

    /// Notes why the networks can't be laid out over items.
    ///
    /// - Parameter shape: of an item, as networks see it.
    /// - Returns: whether they can.
    func fits(_ shape: [Int], _ problems: SpecProblems) -> Bool

    /// Both networks, fitted to the items.
    func plan(for schema: any ItemKind, _ context: PlanContext) -> ArchitecturePlan

    /// Samples that a generator makes at once, on one thread.
    ///
    /// As many as one thread takes to be nearly as fast per sample as it ever is, since a single one costs as much as all.
    ///
    /// - Parameter shape: of an item, as networks see it.
    func tileSize(for shape: [Int]) -> Int
}

extension Architecture {
    package static var paperNorms: ModelSpec.Norms { ModelSpec.Norms(generator: .none, discriminator: .none) }
    package static var embedsClasses: Bool { true }
    package static var isWorthTrials: Bool { false }

    package var name: String { Self.name }
    package var data: DataSpec { DataSpec() }

    package func norms(_ wish: RequestedNorms, _ choices: Choices, isPenalised: Bool) -> ModelSpec.Norms {
        ModelSpec.Norms(
            generator: choices.take(
                wish.generator, "/model/generator_norm", or: .none, "none, which \(name) does without"),
            discriminator: choices.take(
                wish.discriminator, "/model/discriminator_norm", or: .none, "none, which \(name) does without"))
    }

    package func fits(_ shape: [Int], _ problems: SpecProblems) -> Bool { true }

    /// Whether another one is the same.
    func isSame(as other: any Architecture) -> Bool { other as? Self == self }

    /// The same architecture as a spec would have it.
    func chosen(reading reader: ObjectReader, _ choices: Choices) -> any Architecture {
        Self(reading: reader, choices, from: self)
    }

    /// The architecture of a spec that leaves nothing open.
    static func stored(_ reader: ObjectReader, _ choices: Choices) -> any Architecture {
        Self(reading: reader, choices, from: example)
    }
}

/// All architectures that there are.
enum Architectures {
    static let all: [any Architecture.Type] = [
        Perceptron.self, DCGAN.self, ResidualNetwork.self, TabularNetwork.self,
    ]

    static func named(_ name: String) -> (any Architecture.Type)? { all.first { $0.name == name } }

    /// Members of `model` that some architecture reads.
    static let memberNames: [String] = all.flatMap(members(of:)).reduce(into: []) { names, name in
        if !names.contains(name) { names.append(name) }
    }

    /// The members of `model` that an architecture reads.
    static func members(of architecture: any Architecture.Type) -> [String] {
        let schema = ObjectSchema()
        describe(architecture, in: ObjectReader(describing: schema))
        return schema.names
    }

    /// Reads the members of all architectures, so that a reader that describes notes them.
    static func describe(in reader: ObjectReader) {
        for architecture in all { describe(architecture, in: reader) }
    }

    private static func describe(_ architecture: any Architecture.Type, in reader: ObjectReader) {
        _ = architecture.stored(reader, Choices(stored: DataSpec(), problems: SpecProblems()))
    }
}

/// What a repair gives a training that has none of it.
package struct Remedy: Sendable, Equatable {
    /// γ of R1, where the objective isn't Wasserstein's.
    let realSlope: Double
    /// Random changes to items; nil where they can't be changed.
    let augmentation: AugmentationSpec?
}

/// What a plan of networks depends on beside sizes and items.
package struct PlanContext {
    let latentDimension: Int
    /// The length of a class's vector; 0 where there is none.
    let embeddingDimension: Int
    let isConditional: Bool
    let norms: ModelSpec.Norms
    /// Items that the discriminator judges together.
    let packing: Int
    /// Whether the linear layer after the features has a bias.
    let hasLogitBias: Bool

    /// Numbers that a generator gets which embeds classes.
    var generatorInputs: Int { latentDimension + embeddingDimension }
}
