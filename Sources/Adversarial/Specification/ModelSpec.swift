internal import Codecs

/// What the generator and the discriminator are made of, before the dataset gives them their outer shapes.
package struct ModelSpec: Sendable, Equatable {
    /// The two networks' kind and sizes.
    package var architecture: any Architecture
    /// Length of the latent vector, drawn from N(0, 1).
    package var latentDimension: Int
    /// `nil` for an unconditional model; otherwise how classes are shown to the generator.
    package var conditioning: Conditioning?
    /// What keeps the layers' outputs, or weights, to scale.
    package var norms: Norms
    /// Whether the discriminator sees how much the items of a batch differ.
    ///
    /// Karras et al. 2018, section 3.
    package var hasMinibatchDeviation: Bool

    /// A model of the given sizes.
    ///
    /// - Parameter norms: `nil` for those of the architecture's paper.
    package init(
        architecture: any Architecture, latentDimension: Int, conditioning: Conditioning? = nil, norms: Norms? = nil,
        hasMinibatchDeviation: Bool = false
    ) {
        self.architecture = architecture
        self.latentDimension = latentDimension
        self.conditioning = conditioning
        self.norms = norms ?? type(of: architecture).paperNorms
        self.hasMinibatchDeviation = hasMinibatchDeviation
    }

    /// One for each network.
    package struct Norms: Sendable, Equatable {
        /// `none` or `batch`.
        package var generator: Normalisation
        package var discriminator: Normalisation

        package init(generator: Normalisation, discriminator: Normalisation) {
            self.generator = generator
            self.discriminator = discriminator
        }
    }

    /// Classes are embedded and joined to the latent in the generator, projected in the discriminator
    /// (Miyato & Koyama 2018).
    package struct Conditioning: Sendable, Equatable {
        /// Length of a class's vector beside the latent.
        package var embeddingDimension: Int

        /// Conditioning by embeddings of the given length.
        package init(embeddingDimension: Int) {
            self.embeddingDimension = embeddingDimension
        }
    }

    package static func == (left: ModelSpec, right: ModelSpec) -> Bool {
        left.architecture.isSame(as: right.architecture) && left.latentDimension == right.latentDimension
            && left.conditioning == right.conditioning && left.norms == right.norms
            && left.hasMinibatchDeviation == right.hasMinibatchDeviation
    }
}

extension ModelSpec {
    /// A stored model; `nil` where a member is missing.
    ///
    /// - Parameter data: what the spec says of the dataset's columns.
    init?(stored: RequestedModel, data: DataSpec, _ problems: SpecProblems) {
        guard let architecture = stored.architecture, let latent = stored.latentDimension,
            let conditional = stored.conditional
        else { return nil }
        let choices = Choices(stored: data, problems: problems)
        self.architecture = architecture.stored(stored.reader, choices)
        guard !choices.lacksMembers else { return nil }
        // Absent in specs from before there was a choice.
        norms = Norms(
            generator: stored.norms.generator ?? architecture.paperNorms.generator,
            discriminator: stored.norms.discriminator ?? architecture.paperNorms.discriminator)
        hasMinibatchDeviation = stored.hasMinibatchDeviation ?? false
        latentDimension = latent
        guard conditional else { return }
        let dimension = architecture.embedsClasses ? stored.embeddingDimension : 0
        guard let dimension else { return nil }
        conditioning = Conditioning(embeddingDimension: dimension)
    }

    /// The model as the spec shows it.
    var json: JSON {
        var members: [JSON.Member] = [
            JSON.Member(name: "architecture", value: .string(architecture.name)),
            JSON.Member(name: "latent_dim", value: .integer(Int64(latentDimension))),
            JSON.Member(name: "conditional", value: .boolean(conditioning != nil)),
        ]
        if let conditioning, conditioning.embeddingDimension > 0 {
            members.append(
                JSON.Member(name: "embedding_dim", value: .integer(Int64(conditioning.embeddingDimension))))
        }
        members += architecture.members
        members += [
            JSON.Member(name: "generator_norm", value: .string(norms.generator.rawValue)),
            JSON.Member(name: "discriminator_norm", value: .string(norms.discriminator.rawValue)),
            JSON.Member(name: "minibatch_std", value: .boolean(hasMinibatchDeviation)),
        ]
        return .object(members)
    }
}

/// What keeps a network's layers to scale.
package enum Normalisation: String, Sendable, CaseIterable {
    case none
    /// Each channel is normalised over the batch, which makes an item's result depend on its batch.
    ///
    /// Ioffe & Szegedy 2015.
    case batch
    /// Each weight is divided by its largest singular value.
    ///
    /// Miyato et al. 2018.
    case spectral
}
