package import Torch

/// A weighted sum of all inputs for each output: `[batch, inputs]` to `[batch, outputs]`.
package final class Linear: ActivatingLayer {
    /// Shape `[outputs, inputs]`.
    package let weight: Tensor
    /// Shape `[outputs]`.
    package let bias: Tensor?
    private let spectralNorm: SpectralNorm?

    /// - Parameter isSpectral: whether the weight is divided by its largest singular value.
    package init(
        inputs: Int, outputs: Int, hasBias: Bool = true, isSpectral: Bool = false,
        initialiser: Initialiser = .fanInUniform, generator: RandomSource
    ) throws {
        weight = try initialiser.parameter([outputs, inputs], fanIn: inputs, generator: generator)
        bias = hasBias ? try initialiser.ofBias.parameter([outputs], fanIn: inputs, generator: generator) : nil
        spectralNorm = isSpectral ? try SpectralNorm(weight, generator: generator) : nil
    }

    /// Whether the weight is divided by its largest singular value before it is used.
    package var isSpectral: Bool { spectralNorm != nil }

    package func forward(_ input: Tensor, mode: Mode, activation: Activation) throws -> Tensor {
        let weight = try spectralNorm?.normalised(weight, mode: mode) ?? weight
        return try input.linear(weight: weight, bias: bias, activation: activation)
    }

    package func parameters(prefix: String) -> [NamedTensor] {
        weightAndBias(weight, bias, prefix)
    }

    package func buffers(prefix: String) -> [NamedTensor] {
        spectralNorm?.buffers(prefix: prefix) ?? []
    }
}

/// A weight of any shape and a bias `[outputs]` under a layer's path.
func weightAndBias(_ weight: Tensor, _ bias: Tensor?, _ prefix: String) -> [NamedTensor] {
    [NamedTensor(prefix.path("weight"), weight)] + (bias.map { [NamedTensor(prefix.path("bias"), $0)] } ?? [])
}
