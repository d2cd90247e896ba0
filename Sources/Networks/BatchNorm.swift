package import Torch

/// Batch normalisation of each channel (Ioffe and Szegedy 2015): `[batch, channels]` or
/// `[batch, channels, height, width]` to the same.
package final class BatchNorm: ActivatingLayer {
    /// `[channels]`, as are the others.
    package let weight: Tensor
    package let bias: Tensor
    package let runningMean: Tensor
    package let runningVariance: Tensor
    /// Share of a batch's statistics in the running ones.
    package let momentum: Double
    package let epsilon: Double

    /// - Parameter initialiser: of the weight; the bias starts at 0.
    package init(
        channels: Int, momentum: Double = 0.1, epsilon: Double = 1e-5, initialiser: Initialiser = .constant(1),
        generator: RandomSource
    ) throws {
        weight = try initialiser.parameter([channels], fanIn: 1, generator: generator)
        bias = try Initialiser.constant(0).parameter([channels], fanIn: 1, generator: generator)
        runningMean = try Tensor.zeros([channels])
        runningVariance = try Tensor.ones([channels])
        self.momentum = momentum
        self.epsilon = epsilon
    }

    package func forward(_ input: Tensor, mode: Mode, activation: Activation) throws -> Tensor {
        let output = try input.batchNorm(
            weight: weight, bias: bias, runningMean: runningMean, runningVariance: runningVariance,
            training: mode == .training, momentum: momentum, epsilon: epsilon)
        return activation == .identity ? output : try output.activatedInPlace(activation)
    }

    package func parameters(prefix: String) -> [NamedTensor] {
        weightAndBias(weight, bias, prefix)
    }

    package func buffers(prefix: String) -> [NamedTensor] {
        [
            NamedTensor(prefix.path("running_mean"), runningMean),
            NamedTensor(prefix.path("running_var"), runningVariance),
        ]
    }
}
