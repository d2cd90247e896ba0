package import Torch

/// A bottleneck turned inside out: `[batch, channels, height, width]` plus what three convolutions make of it.
///
/// 1×1 to more channels, 3×3 in groups, 1×1 back, leaky ReLU between them, no normalisation. The last one starts at
/// zero and the others at a scale for the number of blocks, so that a deep network begins as a shallow one (Huang and
/// others 2024, section 3.3 and appendix; Zhang and others 2019, Fixup).
package final class ResidualBlock: Layer {
    private let expansion: Convolution2d
    private let spatial: Convolution2d
    private let contraction: Convolution2d
    private static let activation = Activation.leakyRelu(slope: 0.2)

    /// - Parameters:
    ///   - inner: channels between the 1×1 convolutions; a multiple of `groups`.
    ///   - blocks: in the whole network.
    package init(channels: Int, inner: Int, groups: Int, blocks: Int, generator: RandomSource) throws {
        // What leaky ReLU takes away, made up for, and shared out over the blocks' two scaled layers.
        let gain = (2 / (1 + 0.2 * 0.2)).squareRoot() / Double(max(1, blocks)).squareRoot().squareRoot()
        let scaled = Initialiser.fanInNormal(gain: gain)
        expansion = try Convolution2d(
            inputs: channels, outputs: inner, kernel: 1, initialiser: scaled, generator: generator)
        spatial = try Convolution2d(
            inputs: inner, outputs: inner, kernel: 3, padding: 1, groups: groups, initialiser: scaled,
            generator: generator)
        contraction = try Convolution2d(
            inputs: inner, outputs: channels, kernel: 1, hasBias: false, initialiser: .constant(0),
            generator: generator)
    }

    package func forward(_ input: Tensor, mode: Mode) throws -> Tensor {
        let expanded = try expansion.forward(input, mode: mode, activation: Self.activation)
        let seen = try spatial.forward(expanded, mode: mode, activation: Self.activation)
        return try input + contraction.forward(seen, mode: mode)
    }

    package func parameters(prefix: String) -> [NamedTensor] {
        expansion.parameters(prefix: prefix.path("expansion")) + spatial.parameters(prefix: prefix.path("spatial"))
            + contraction.parameters(prefix: prefix.path("contraction"))
    }
}
