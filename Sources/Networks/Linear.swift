package import Torch

/// A weighted sum of all inputs for each output: `[batch, inputs]` to `[batch, outputs]`.
package final class Linear: ActivatingLayer {
    /// Shape `[outputs, inputs]`.
    package let weight: Tensor
    /// Shape `[outputs]`.
    package let bias: Tensor?

    package init(
        inputs: Int, outputs: Int, hasBias: Bool = true, initialiser: Initialiser = .fanInUniform,
        generator: Generator
    ) throws {
        weight = try initialiser.parameter([outputs, inputs], fanIn: inputs, generator: generator)
        bias = hasBias ? try initialiser.ofBias.parameter([outputs], fanIn: inputs, generator: generator) : nil
    }

    package func forward(_ input: Tensor, mode: Mode, activation: Activation) throws -> Tensor {
        try input.linear(weight: weight, bias: bias, activation: activation)
    }

    package func parameters(prefix: String) -> [NamedTensor] {
        weightAndBias(weight, bias, prefix)
    }
}

func weightAndBias(_ weight: Tensor, _ bias: Tensor?, _ prefix: String) -> [NamedTensor] {
    [NamedTensor(prefix.path("weight"), weight)] + (bias.map { [NamedTensor(prefix.path("bias"), $0)] } ?? [])
}
