/// One layer of a network as data: enough to infer shapes, to count and to build, without allocating anything.
package enum LayerPlan: Sendable, Equatable {
    /// `[inputs]` to `[outputs]`.
    case linear(inputs: Int, outputs: Int, bias: Bool = true)
    case convolution(ConvolutionPlan)
    /// The convolution backwards.
    case transposedConvolution(ConvolutionPlan)
    /// Over the batch and each channel's places; momentum 0.1, epsilon 1e-5.
    case batchNorm(channels: Int)
    case activation(HiddenActivation)
    /// Leaky ReLU of another slope than `HiddenActivation`'s.
    case leakyRelu(slope: Double)
    case reshape([Int])
    case flatten
    /// Features to a map of `[channels, height, width]`, channels running fastest.
    case featureMap([Int])
    /// The reverse of `featureMap`.
    case flatFeatureMap
    /// Cuts the middle out of a larger image.
    case centreCrop(height: Int, width: Int)
    /// Features to a map of `[channels, height, width]`: a learned one, each channel scaled by a feature.
    case learnedMap([Int])
    /// The reverse of `learnedMap`: a learned weighted sum over each channel's places.
    case weightedSum([Int])
    case residual(ResidualPlan)
    /// Bilinear interpolation to other sides.
    case resize(height: Int, width: Int)
    /// The mean of every four pixels: halves each side, rounding up.
    case halve
    /// Appends to the features how much they vary within each group of items.
    case minibatchDeviation(group: Int)
    /// `[inputs]` to `[outputs + inputs]`: linear, perhaps batch norm, activation, and the input after it.
    case dense(inputs: Int, outputs: Int, isNormalised: Bool, activation: HiddenActivation)
    /// Two linear layers of one width, added to their input.
    case residualLinear(width: Int, activation: HiddenActivation)
    case dropout(probability: Double)

    /// The shape of one item after the layer.
    ///
    /// - Parameter input: shape of one item before it: `[features]` or `[channels, height, width]`.
    func outputShape(of input: [Int]) -> [Int] {
        switch self {
        case .linear(_, let outputs, _): [outputs]
        case .convolution(let plan): [plan.outputs] + input.dropFirst().map(plan.side)
        case .transposedConvolution(let plan): [plan.outputs] + input.dropFirst().map(plan.transposedSide)
        case .batchNorm, .activation, .leakyRelu, .residual, .residualLinear, .dropout: input
        case .dense(let inputs, let outputs, _, _): [inputs + outputs]
        case .reshape(let shape), .featureMap(let shape), .learnedMap(let shape): shape
        case .flatten, .flatFeatureMap: [input.reduce(1, *)]
        case .weightedSum(let shape): [shape[0]]
        case .centreCrop(let height, let width), .resize(let height, let width): [input[0], height, width]
        case .halve: [input[0]] + input.dropFirst().map { ($0 + 1) / 2 }
        case .minibatchDeviation: [input[0] + 1]
        }
    }

    /// Numbers that training moves.
    var parameterCount: Int {
        switch self {
        case .linear(let inputs, let outputs, let bias): inputs * outputs + (bias ? outputs : 0)
        case .convolution(let plan), .transposedConvolution(let plan): plan.parameterCount
        case .batchNorm(let channels): 2 * channels
        case .learnedMap(let shape), .weightedSum(let shape): shape.reduce(1, *)
        case .residual(let plan): plan.convolutions.reduce(0) { $0 + $1.parameterCount }
        case .dense(let inputs, let outputs, let isNormalised, _): (inputs + 1 + (isNormalised ? 2 : 0)) * outputs
        case .residualLinear(let width, _): (2 * width + 1) * width
        case .activation, .leakyRelu, .reshape, .flatten, .featureMap, .flatFeatureMap, .centreCrop, .resize, .halve,
            .minibatchDeviation, .dropout:
            0
        }
    }

    /// Numbers that the layer writes into memory of its own for one item.
    ///
    /// - Parameter input: shape of the item before it.
    func resultSizes(of input: [Int]) -> [Int] {
        switch self {
        case .reshape, .flatten, .featureMap, .flatFeatureMap, .centreCrop: []
        case .residual(let plan):
            // Both inner results, the contraction's, and its sum with the input.
            [plan.inner, plan.inner, plan.channels, plan.channels].map { $0 * input[1] * input[2] }
        case .dense(let inputs, let outputs, _, _): [outputs, outputs, outputs + inputs]
        case .residualLinear(let width, _): [width, width, width, width]
        case .dropout: [input[0], input[0]]
        case .linear, .convolution, .transposedConvolution, .batchNorm, .activation, .leakyRelu, .learnedMap,
            .weightedSum, .resize, .halve, .minibatchDeviation:
            [outputShape(of: input).reduce(1, *)]
        }
    }
}

/// A convolution's sizes.
package struct ConvolutionPlan: Sendable, Equatable {
    package var inputs: Int
    package var outputs: Int
    package var kernel: Int
    package var stride: Int
    package var padding: Int
    /// Rows and columns more, of a transposed convolution; less than the stride.
    package var outputPadding: Int
    package var groups: Int
    package var hasBias: Bool

    /// A convolution; what isn't given is DCGAN's: kernel 4, stride 2, padding 1 halves each side, rounding down, and
    /// doubles it backwards.
    package init(
        inputs: Int, outputs: Int, kernel: Int = 4, stride: Int = 2, padding: Int = 1, outputPadding: Int = 0,
        groups: Int = 1, hasBias: Bool
    ) {
        self.inputs = inputs
        self.outputs = outputs
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.outputPadding = outputPadding
        self.groups = groups
        self.hasBias = hasBias
    }

    /// One place to one place.
    static func pointwise(inputs: Int, outputs: Int, hasBias: Bool) -> ConvolutionPlan {
        ConvolutionPlan(inputs: inputs, outputs: outputs, kernel: 1, stride: 1, padding: 0, hasBias: hasBias)
    }

    func side(of input: Int) -> Int { (input + 2 * padding - kernel) / stride + 1 }

    func transposedSide(of input: Int) -> Int { (input - 1) * stride - 2 * padding + kernel + outputPadding }

    var parameterCount: Int { inputs / groups * outputs * kernel * kernel + (hasBias ? outputs : 0) }
}

/// A residual block's sizes.
package struct ResidualPlan: Sendable, Equatable {
    package var channels: Int
    /// Channels between the 1×1 convolutions.
    package var inner: Int
    package var groups: Int
    /// Blocks in the whole network.
    package var blocks: Int

    var convolutions: [ConvolutionPlan] {
        [
            .pointwise(inputs: channels, outputs: inner, hasBias: true),
            ConvolutionPlan(
                inputs: inner, outputs: inner, kernel: 3, stride: 1, padding: 1, groups: groups, hasBias: true),
            .pointwise(inputs: inner, outputs: channels, hasBias: false),
        ]
    }
}

/// A chain of layers and what flows into it.
package struct NetworkPlan: Sendable, Equatable {
    /// Shape of one item before the first layer.
    package var inputShape: [Int]
    /// The layers, in the order in which data passes through them.
    package var layers: [LayerPlan]
    /// Whether each weight is divided by its largest singular value.
    package var isSpectral = false

    /// A chain of layers.
    package init(inputShape: [Int], layers: [LayerPlan], isSpectral: Bool = false) {
        self.inputShape = inputShape
        self.layers = layers
        self.isSpectral = isSpectral
    }

    /// Shape of one item after the last layer.
    package var outputShape: [Int] {
        layers.reduce(inputShape) { $1.outputShape(of: $0) }
    }

    /// Numbers that training moves.
    package var parameterCount: Int {
        layers.reduce(0) { $0 + $1.parameterCount }
    }

    /// Numbers that one item leaves on its way, which the backward pass needs.
    var activationCount: Int {
        activationSizes.reduce(0, +)
    }

    /// The largest of an item's intermediate results.
    var largestActivation: Int {
        activationSizes.max() ?? 0
    }

    /// The fewest values of a channel that a batch norm sees of one item; nil where there is no batch norm.
    var fewestNormed: Int? {
        var shape = inputShape
        var counts: [Int] = []
        for layer in layers {
            switch layer {
            case .batchNorm: counts.append(shape.dropFirst().reduce(1, *))
            case .dense(_, _, isNormalised: true, _): counts.append(1)
            default: break
            }
            shape = layer.outputShape(of: shape)
        }
        return counts.min()
    }

    private var activationSizes: [Int] {
        var shape = inputShape
        var sizes: [Int] = []
        for layer in layers {
            sizes += layer.resultSizes(of: shape)
            shape = layer.outputShape(of: shape)
        }
        return sizes
    }
}
