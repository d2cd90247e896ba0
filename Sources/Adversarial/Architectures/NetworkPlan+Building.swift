internal import Networks
internal import Torch

extension NetworkPlan {
    /// The layers that the plan describes, named by their positions.
    ///
    /// - Parameter random: the first weights are drawn from it, layer by layer.
    func layers(_ initialisation: ArchitecturePlan.Initialisation, random: RandomSource) throws -> Sequential {
        Sequential(
            try layers.map { try $0.layer(initialisation.ofWeights, isSpectral: isSpectral, random: random) })
    }
}

extension LayerPlan {
    fileprivate func layer(_ weights: Initialiser, isSpectral: Bool, random: RandomSource) throws -> any Layer {
        switch self {
        case .linear(let inputs, let outputs, let bias):
            return try Linear(
                inputs: inputs, outputs: outputs, hasBias: bias, isSpectral: isSpectral, initialiser: weights,
                generator: random)
        case .convolution(let plan):
            return try Convolution2d(
                inputs: plan.inputs, outputs: plan.outputs, kernel: plan.kernel, stride: plan.stride,
                padding: plan.padding, groups: plan.groups, hasBias: plan.hasBias, isSpectral: isSpectral,
                initialiser: weights, generator: random)
        case .transposedConvolution(let plan):
            return try TransposedConvolution2d(
                inputs: plan.inputs, outputs: plan.outputs, kernel: plan.kernel, stride: plan.stride,
                padding: plan.padding, outputPadding: plan.outputPadding, hasBias: plan.hasBias, initialiser: weights,
                generator: random)
        case .batchNorm(let channels):
            return try BatchNorm(
                channels: channels,
                initialiser: weights == .dcgan ? .normal(mean: 1, standardDeviation: 0.02) : .constant(1),
                generator: random)
        case .residual(let plan):
            return try ResidualBlock(
                channels: plan.channels, inner: plan.inner, groups: plan.groups, blocks: plan.blocks,
                generator: random)
        case .learnedMap(let shape):
            return try LearnedMap(channels: shape[0], height: shape[1], width: shape[2], generator: random)
        case .weightedSum(let shape):
            return try WeightedSum(channels: shape[0], height: shape[1], width: shape[2], generator: random)
        case .activation(let activation): return ActivationLayer(activation.function)
        case .leakyRelu(let slope): return ActivationLayer(.leakyRelu(slope: slope))
        case .reshape(let shape): return Reshape(shape)
        case .flatten: return Flatten()
        case .featureMap(let shape): return FeatureMap(shape)
        case .flatFeatureMap: return FlatFeatureMap()
        case .centreCrop(let height, let width): return CentreCrop(height: height, width: width)
        case .resize(let height, let width): return Resize(height: height, width: width)
        case .halve: return Halve()
        case .minibatchDeviation(let group): return MinibatchDeviation(group: group)
        case .dense(let inputs, let outputs, let isNormalised, let activation):
            return try DenseBlock(
                inputs: inputs, outputs: outputs, isNormalised: isNormalised, activation: activation.function,
                initialiser: weights, generator: random)
        case .residualLinear(let width, let activation):
            return try ResidualLinear(
                width: width, activation: activation.function, initialiser: weights, generator: random)
        case .dropout(let probability): return Dropout(probability: probability)
        }
    }
}

extension ArchitecturePlan.Initialisation {
    /// How the weights of linear and convolutional layers are drawn.
    var ofWeights: Initialiser {
        switch self {
        case .fanIn: .fanInUniform
        case .dcgan: .dcgan
        case .unitGain: .fanInNormal(gain: 1)
        case .leaky: .fanInNormal(gain: (2 / 1.04).squareRoot())
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
