package import Torch

/// A filter slid over images: `[batch, inputs, height, width]` to `[batch, outputs, …]`.
package final class Convolution2d: ActivatingLayer {
    /// Shape `[outputs, inputs, kernel, kernel]`.
    package let weight: Tensor
    /// Shape `[outputs]`.
    package let bias: Tensor?
    package let stride: Int
    package let padding: Int

    package init(
        inputs: Int, outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, hasBias: Bool = true,
        initialiser: Initialiser = .fanInUniform, generator: Generator
    ) throws {
        let fanIn = inputs * kernel * kernel
        weight = try initialiser.parameter(
            [outputs, inputs, kernel, kernel], fanIn: fanIn, channelsLast: true, generator: generator)
        bias = hasBias ? try initialiser.ofBias.parameter([outputs], fanIn: fanIn, generator: generator) : nil
        self.stride = stride
        self.padding = padding
    }

    package func forward(_ input: Tensor, mode: Mode, activation: Activation) throws -> Tensor {
        let output = try input.contiguous(channelsLast: true)
            .convolution2d(weight: weight, bias: bias, stride: stride, padding: padding)
        return activation == .identity ? output : try output.activatedInPlace(activation)
    }

    package func parameters(prefix: String) -> [NamedTensor] {
        weightAndBias(weight, bias, prefix)
    }
}
