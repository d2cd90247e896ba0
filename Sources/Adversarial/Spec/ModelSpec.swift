/// What the generator and the discriminator are made of, before the dataset gives them their outer shapes.
package struct ModelSpec: Sendable, Equatable {
    /// The two networks' kind and sizes.
    package var architecture: Architecture
    /// Length of the latent vector, drawn from N(0, 1).
    package var latentDimension: Int
    /// `nil` for an unconditional model; otherwise how classes are shown to the generator.
    package var conditioning: Conditioning?

    /// A model of the given sizes.
    package init(architecture: Architecture, latentDimension: Int, conditioning: Conditioning? = nil) {
        self.architecture = architecture
        self.latentDimension = latentDimension
        self.conditioning = conditioning
    }

    /// The kinds of networks.
    package enum Architecture: Sendable, Equatable {
        case multilayerPerceptron(generator: Perceptron, discriminator: Perceptron)
        case dcgan(DCGAN)

        /// The kind alone, as the spec names it.
        package var name: ArchitectureName {
            switch self {
            case .multilayerPerceptron: .multilayerPerceptron
            case .dcgan: .dcgan
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
}

/// What follows a hidden layer.
package enum HiddenActivation: String, Sendable, CaseIterable {
    case relu
    /// Slope 0.2 below zero.
    case leakyRelu = "leaky_relu"
    case tanh
}
