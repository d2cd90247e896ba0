package import Torch

/// A linear layer with batch norm and an activation, whose input is put after its result: `[batch, inputs]` to
/// `[batch, outputs + inputs]`.
///
/// What CTGAN's generator is made of (Xu et al. 2019, section 4.4); the idea is Huang et al.'s 2017.
package final class DenseBlock: Layer {
    private let linear: Linear
    private let norm: BatchNorm?
    private let activation: Activation

    package init(
        inputs: Int, outputs: Int, isNormalised: Bool, activation: Activation, initialiser: Initialiser = .fanInUniform,
        generator: RandomSource
    ) throws {
        linear = try Linear(inputs: inputs, outputs: outputs, initialiser: initialiser, generator: generator)
        norm = isNormalised ? try BatchNorm(channels: outputs, generator: generator) : nil
        self.activation = activation
    }

    package func forward(_ input: Tensor, mode: Mode) throws -> Tensor {
        let result =
            if let norm {
                try norm.forward(linear.forward(input, mode: mode), mode: mode, activation: activation)
            } else {
                try linear.forward(input, mode: mode, activation: activation)
            }
        return try Tensor.concatenated([result, input], dimension: 1)
    }

    package func parameters(prefix: String) -> [NamedTensor] {
        linear.parameters(prefix: prefix.path("linear")) + (norm?.parameters(prefix: prefix.path("norm")) ?? [])
    }

    package func buffers(prefix: String) -> [NamedTensor] { norm?.buffers(prefix: prefix.path("norm")) ?? [] }
}
