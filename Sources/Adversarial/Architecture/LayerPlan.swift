/// One layer of a network as data: enough to infer shapes, to count and to build, without allocating anything.
package enum LayerPlan: Sendable, Equatable {
    /// `[inputs]` to `[outputs]`.
    case linear(inputs: Int, outputs: Int)
    /// Kernel 4, stride 2, padding 1: halves each side, rounding down.
    case convolution(inputs: Int, outputs: Int, bias: Bool)
    /// Kernel 4, stride 2, padding 1: doubles each side.
    case transposedConvolution(inputs: Int, outputs: Int, bias: Bool)
    /// Over the batch and each channel's places; momentum 0.1, epsilon 1e-5.
    case batchNorm(channels: Int)
    case activation(HiddenActivation)
    case reshape([Int])
    case flatten
    /// Features to a map of `[channels, height, width]`, channels running fastest.
    case featureMap([Int])
    /// The reverse of `featureMap`.
    case flatFeatureMap
    /// Cuts the middle out of a larger image.
    case centreCrop(height: Int, width: Int)

    /// Side of the kernel of both convolutions.
    static let kernel = 4
    /// Stride of both convolutions.
    static let stride = 2
    /// Padding of both convolutions.
    static let padding = 1

    /// The shape of one item behind the layer.
    ///
    /// - Parameter input: shape of one item before it: `[features]` or `[channels, height, width]`.
    func outputShape(of input: [Int]) -> [Int] {
        switch self {
        case .linear(_, let outputs): [outputs]
        case .convolution(_, let outputs, _): [outputs] + input.dropFirst().map { $0 / Self.stride }
        case .transposedConvolution(_, let outputs, _): [outputs] + input.dropFirst().map { $0 * Self.stride }
        case .batchNorm, .activation: input
        case .reshape(let shape), .featureMap(let shape): shape
        case .flatten, .flatFeatureMap: [input.reduce(1, *)]
        case .centreCrop(let height, let width): [input[0], height, width]
        }
    }

    /// Numbers that training moves.
    var parameterCount: Int {
        switch self {
        case .linear(let inputs, let outputs): inputs * outputs + outputs
        case .convolution(let inputs, let outputs, let bias), .transposedConvolution(let inputs, let outputs, let bias):
            inputs * outputs * Self.kernel * Self.kernel + (bias ? outputs : 0)
        case .batchNorm(let channels): 2 * channels
        case .activation, .reshape, .flatten, .featureMap, .flatFeatureMap, .centreCrop: 0
        }
    }

    /// Whether the layer writes its result into memory of its own.
    var allocates: Bool {
        switch self {
        case .reshape, .flatten, .featureMap, .flatFeatureMap, .centreCrop: false
        case .linear, .convolution, .transposedConvolution, .batchNorm, .activation: true
        }
    }
}

/// A chain of layers and what flows into it.
package struct NetworkPlan: Sendable, Equatable {
    /// Shape of one item before the first layer.
    package var inputShape: [Int]
    /// The layers, in the order in which data passes through them.
    package var layers: [LayerPlan]

    /// Shape of one item behind the last layer.
    package var outputShape: [Int] {
        layers.reduce(inputShape) { $1.outputShape(of: $0) }
    }

    /// Numbers that training moves.
    package var parameterCount: Int {
        layers.reduce(0) { $0 + $1.parameterCount }
    }

    /// Numbers that one item leaves behind on its way, which the backward pass needs.
    var activationCount: Int {
        activationSizes.reduce(0, +)
    }

    /// The largest of an item's intermediate results.
    var largestActivation: Int {
        activationSizes.max() ?? 0
    }

    private var activationSizes: [Int] {
        var shape = inputShape
        var sizes: [Int] = []
        for layer in layers {
            shape = layer.outputShape(of: shape)
            if layer.allocates { sizes.append(shape.reduce(1, *)) }
        }
        return sizes
    }
}
