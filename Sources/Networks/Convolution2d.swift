package import Torch

/// A filter slid over images: `[batch, inputs, height, width]` to `[batch, outputs, …]`.
package final class Convolution2d: ActivatingLayer {
    /// Shape `[outputs, inputs / groups, kernel, kernel]`.
    package let weight: Tensor
    /// Shape `[outputs]`.
    package let bias: Tensor?
    package let stride: Int
    package let padding: Int
    package let groups: Int
    private let spectralNorm: SpectralNorm?

    /// - Parameters:
    ///   - groups: of channels, each of which sees its own inputs alone; divides inputs and outputs.
    ///   - isSpectral: whether the weight is divided by its largest singular value.
    package init(
        inputs: Int, outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, groups: Int = 1,
        hasBias: Bool = true, isSpectral: Bool = false, initialiser: Initialiser = .fanInUniform,
        generator: RandomSource
    ) throws {
        let fanIn = inputs / groups * kernel * kernel
        weight = try initialiser.parameter(
            [outputs, inputs / groups, kernel, kernel], fanIn: fanIn, channelsLast: true, generator: generator)
        bias = hasBias ? try initialiser.ofBias.parameter([outputs], fanIn: fanIn, generator: generator) : nil
        self.stride = stride
        self.padding = padding
        self.groups = groups
        spectralNorm = isSpectral ? try SpectralNorm(weight, generator: generator) : nil
    }

    package func forward(_ input: Tensor, mode: Mode, activation: Activation) throws -> Tensor {
        let weight = try spectralNorm?.normalised(weight, mode: mode) ?? weight
        let output = try input.contiguous(channelsLast: true)
            .convolution2d(weight: weight, bias: bias, stride: stride, padding: padding, groups: groups)
        return activation == .identity ? output : try output.activatedInPlace(activation)
    }

    package func parameters(prefix: String) -> [NamedTensor] {
        weightAndBias(weight, bias, prefix)
    }

    package func buffers(prefix: String) -> [NamedTensor] {
        spectralNorm?.buffers(prefix: prefix) ?? []
    }
}
