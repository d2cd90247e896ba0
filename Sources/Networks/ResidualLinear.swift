package import Torch

/// What two linear layers make of their activated input, added to the input: `[batch, width]` to the same.
///
/// Activated before, so that nothing but sums lies on the straight way through (He et al. 2016, "Identity mappings in deep
/// residual networks").
package final class ResidualLinear: Layer {
    private let first: Linear
    private let second: Linear
    private let activation: Activation

    package init(
        width: Int, activation: Activation, initialiser: Initialiser = .fanInUniform, generator: RandomSource
    ) throws {
        first = try Linear(inputs: width, outputs: width, initialiser: initialiser, generator: generator)
        second = try Linear(
            inputs: width, outputs: width, hasBias: false, initialiser: initialiser, generator: generator)
        self.activation = activation
    }

    package func forward(_ input: Tensor, mode: Mode) throws -> Tensor {
        let hidden = try first.forward(input.activated(activation), mode: mode, activation: activation)
        return try input + second.forward(hidden, mode: mode)
    }

    package func parameters(prefix: String) -> [NamedTensor] {
        first.parameters(prefix: prefix.path("first")) + second.parameters(prefix: prefix.path("second"))
    }
}
