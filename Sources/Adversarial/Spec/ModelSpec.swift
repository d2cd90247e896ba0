/// What the generator and the discriminator are made of, before the dataset gives them their outer shapes.
package struct ModelSpec: Sendable, Equatable {
    /// The two networks' kind and sizes.
    package var architecture: Architecture
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
        architecture: Architecture, latentDimension: Int, conditioning: Conditioning? = nil, norms: Norms? = nil,
        hasMinibatchDeviation: Bool = false
    ) {
        self.architecture = architecture
        self.latentDimension = latentDimension
        self.conditioning = conditioning
        self.norms = norms ?? architecture.name.norms
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

    /// The kinds of networks.
    package enum Architecture: Sendable, Equatable {
        case multilayerPerceptron(generator: Perceptron, discriminator: Perceptron)
        case dcgan(DCGAN)
        case residual(Residual)

        /// The kind alone, as the spec names it.
        package var name: ArchitectureName {
            switch self {
            case .multilayerPerceptron: .multilayerPerceptron
            case .dcgan: .dcgan
            case .residual: .residual
            }
        }
    }

    /// The hidden part of a multilayer perceptron; its ends follow from latent and data.
    package struct Perceptron: Sendable, Equatable {
        /// Widths of the hidden layers, from input to output.
        package var hidden: [Int]
        /// What follows each hidden layer; the output is linear, or tanh where a generator makes images.
        package var activation: HiddenActivation

        /// A perceptron with the given hidden layers.
        package init(hidden: [Int], activation: HiddenActivation) {
            self.hidden = hidden
            self.activation = activation
        }
    }

    /// Strided convolutions with batch norm; kernel 4, stride 2, padding 1.
    ///
    /// Radford et al. 2016.
    package struct DCGAN: Sendable, Equatable {
        /// Channels beside the image; they double with each stage away from it.
        package var baseChannels: Int
        /// How often the side is halved in the discriminator and doubled in the generator.
        package var stages: Int

        /// A DCGAN of the given width and depth.
        package init(baseChannels: Int, stages: Int) {
            self.baseChannels = baseChannels
            self.stages = stages
        }
    }

    /// Residual blocks without normalisation between bilinear resamplings, in the manner of R3GAN.
    ///
    /// Huang et al. 2024, section 3.
    package struct Residual: Sendable, Equatable {
        /// Channels beside the image; they double with each stage away from it, up to eight times as many.
        package var baseChannels: Int
        /// How often the side is halved in the discriminator and doubled in the generator.
        package var stages: Int
        /// Residual blocks at each size of the image.
        package var blocks: Int

        /// A residual network of the given width and depth.
        package init(baseChannels: Int, stages: Int, blocks: Int) {
            self.baseChannels = baseChannels
            self.stages = stages
            self.blocks = blocks
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
}

/// Architectures by the name the spec gives them.
package enum ArchitectureName: String, Sendable, CaseIterable {
    case multilayerPerceptron = "mlp"
    case dcgan
    case residual

    /// The norms of the paper.
    var norms: ModelSpec.Norms {
        switch self {
        case .dcgan: ModelSpec.Norms(generator: .batch, discriminator: .batch)
        case .multilayerPerceptron, .residual: ModelSpec.Norms(generator: .none, discriminator: .none)
        }
    }
}

/// What keeps a network's layers to scale.
package enum Normalisation: String, Sendable, CaseIterable {
    case none
    /// Of each channel over the batch, which makes an item's result depend on its batch.
    ///
    /// Ioffe & Szegedy 2015.
    case batch
    /// Of each weight by its largest singular value.
    ///
    /// Miyato et al. 2018.
    case spectral
}

/// What follows a hidden layer.
package enum HiddenActivation: String, Sendable, CaseIterable {
    case relu
    /// Slope 0.2 below zero.
    case leakyRelu = "leaky_relu"
    case tanh
}
