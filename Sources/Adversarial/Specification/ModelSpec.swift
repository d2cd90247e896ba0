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
        case tabular(Tabular)

        /// The kind alone, as the spec names it.
        package var name: ArchitectureName {
            switch self {
            case .multilayerPerceptron: .multilayerPerceptron
            case .dcgan: .dcgan
            case .residual: .residual
            case .tabular: .tabular
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

    /// Perceptrons whose rows are scalars and heads that choose, for tables.
    ///
    /// Xu et al. 2019, section 4.
    package struct Tabular: Sendable, Equatable {
        package var generator: Perceptron
        package var discriminator: Perceptron
        /// What becomes of a hidden layer's input.
        package var skip: Skip
        /// Behind the discriminator's hidden layers, the probability that a number is dropped.
        package var dropout: Double
        /// Intervals that a column of numbers is divided into at most.
        package var modes: Int
        /// Numbers of a column that are common enough to be told apart by themselves, at most.
        package var spikes: Int
        /// Ranges of about as many rows each that a column of numbers is divided into at most, in place of intervals; 0 for
        /// intervals.
        package var bins: Int
        /// Of the choices that the discriminator is shown.
        package var temperature: Double
        /// Whether it is shown hard ones.
        package var isHard: Bool
        /// Types of columns that the caller knows better.
        package var data: DataSpec

        package init(
            generator: Perceptron, discriminator: Perceptron, skip: Skip, dropout: Double = 0, modes: Int = 10,
            spikes: Int = 0, bins: Int = 0, temperature: Double = 0.2, isHard: Bool = false,
            data: DataSpec = DataSpec()
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

        package enum Skip: String, Sendable, CaseIterable {
            case none
            /// It is put behind the layer's result; in the generator alone.
            case concatenate
            /// It is added to the result.
            case add
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
    case tabular

    /// The norms of the paper.
    var norms: ModelSpec.Norms {
        switch self {
        case .dcgan: ModelSpec.Norms(generator: .batch, discriminator: .batch)
        case .multilayerPerceptron, .residual, .tabular: ModelSpec.Norms(generator: .none, discriminator: .none)
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
