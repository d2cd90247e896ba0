internal import Networks
internal import Torch

extension NetworkPlan {
    /// The layers that the plan describes, named by their positions.
    ///
    /// - Parameter random: the first weights are drawn from it, layer by layer.
    func layers(_ initialisation: ArchitecturePlan.Initialisation, random: Generator) throws -> Sequential {
        Sequential(try layers.map { try $0.layer(initialisation, random: random) })
    }
}

extension LayerPlan {
    fileprivate func layer(
        _ initialisation: ArchitecturePlan.Initialisation, random: Generator
    ) throws -> any Layer {
        let weights = initialisation.ofWeights
        switch self {
        case .linear(let inputs, let outputs):
            return try Linear(inputs: inputs, outputs: outputs, initialiser: weights, generator: random)
        case .convolution(let inputs, let outputs, let bias):
            return try Convolution2d(
                inputs: inputs, outputs: outputs, kernel: Self.kernel, stride: Self.stride, padding: Self.padding,
                hasBias: bias, initialiser: weights, generator: random)
        case .transposedConvolution(let inputs, let outputs, let bias):
            return try TransposedConvolution2d(
                inputs: inputs, outputs: outputs, kernel: Self.kernel, stride: Self.stride, padding: Self.padding,
                hasBias: bias, initialiser: weights, generator: random)
        case .batchNorm(let channels):
            return try BatchNorm(
                channels: channels, initialiser: .normal(mean: 1, standardDeviation: 0.02), generator: random)
        case .activation(let activation): return ActivationLayer(activation.function)
        case .reshape(let shape): return Reshape(shape)
        case .flatten: return Flatten()
        case .featureMap(let shape): return FeatureMap(shape)
        case .flatFeatureMap: return FlatFeatureMap()
        case .centreCrop(let height, let width): return CentreCrop(height: height, width: width)
        }
    }
}

extension ArchitecturePlan.Initialisation {
    /// How the weights of linear and convolutional layers are drawn.
    var ofWeights: Initialiser {
        switch self {
        case .fanIn: .fanInUniform
        case .dcgan: .dcgan
        }
    }
}

extension HiddenActivation {
    fileprivate var function: Activation {
        switch self {
        case .relu: .relu
        case .leakyRelu: .leakyRelu(slope: 0.2)
        case .tanh: .tanh
        }
    }
}
