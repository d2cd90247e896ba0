package import Torch

/// A convolution run backwards: `[batch, inputs, height, width]` to `[batch, outputs, …]` with sides of
/// (side - 1) × stride - 2 × padding + kernel + outputPadding.
package final class TransposedConvolution2d: ActivatingLayer {
    /// Shape `[inputs, outputs, kernel, kernel]`.
    package let weight: Tensor
    /// Shape `[outputs]`.
    package let bias: Tensor?
    package let stride: Int
    package let padding: Int
    package let outputPadding: Int

    package init(
        inputs: Int, outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0,
        hasBias: Bool = true, initialiser: Initialiser = .fanInUniform, generator: RandomSource
    ) throws {
        // PyTorch takes the weight's second size for the number of inputs, here too.
        let fanIn = outputs * kernel * kernel
        weight = try initialiser.parameter(
            [inputs, outputs, kernel, kernel], fanIn: fanIn, channelsLast: true, generator: generator)
        bias = hasBias ? try initialiser.ofBias.parameter([outputs], fanIn: fanIn, generator: generator) : nil
        self.stride = stride
        self.padding = padding
        self.outputPadding = outputPadding
    }

    package func forward(_ input: Tensor, mode: Mode, activation: Activation) throws -> Tensor {
        let output = try input.contiguous(channelsLast: true).transposedConvolution2d(
            weight: weight, bias: bias, stride: stride, padding: padding, outputPadding: outputPadding)
        return activation == .identity ? output : try output.activatedInPlace(activation)
    }

    package func parameters(prefix: String) -> [NamedTensor] {
        weightAndBias(weight, bias, prefix)
    }
}
