package import Torch

/// What the values of a parameter start as.
package enum Initialiser: Sendable, Equatable {
    /// Uniform within ±1/√fanIn: what PyTorch does for weights and biases of linear and convolutional layers
    /// (`kaiming_uniform_` with a = √5).
    case fanInUniform
    case normal(mean: Double, standardDeviation: Double)
    /// N(0, (gain/√fanIn)²), which keeps the scale of normal inputs times the gain (He and others 2015, equation 10).
    case fanInNormal(gain: Double)
    case constant(Double)

    /// DCGAN's weights (Radford, Metz and Chintala 2016, section 3).
    package static let dcgan = Initialiser.normal(mean: 0, standardDeviation: 0.02)

    /// A parameter of a shape such as `[outputs, inputs]` with its first values.
    ///
    /// - Parameter fanIn: number of inputs that one output sums over.
    package func parameter(
        _ shape: Shape, fanIn: Int, channelsLast: Bool = false, generator: RandomSource
    ) throws(EngineError) -> Tensor {
        let values: Tensor
        switch self {
        case .fanInUniform:
            let bound = 1 / Double(max(fanIn, 1)).squareRoot()
            values = try Tensor.uniform(shape, lower: -bound, upper: bound, generator: generator)
        case .normal(let mean, let standardDeviation):
            values = try Tensor.normal(
                shape, mean: mean, standardDeviation: standardDeviation, generator: generator)
        case .fanInNormal(let gain):
            values = try Tensor.normal(
                shape, mean: 0, standardDeviation: gain / Double(max(fanIn, 1)).squareRoot(), generator: generator)
        case .constant(let value):
            values = try Tensor.full(shape, value)
        }
        return try (channelsLast ? values.contiguous(channelsLast: true) : values).requiringGradient()
    }

    /// What the biases of a layer start as whose weights start like this.
    var ofBias: Initialiser {
        self == .fanInUniform ? .fanInUniform : .constant(0)
    }
}
