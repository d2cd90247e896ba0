package import Torch

/// Divides a weight by its largest singular value, which power iteration follows from step to step.
///
/// Miyato and others 2018, algorithm 1; the weight is taken for a matrix of `[outputs, everything else]`.
package final class SpectralNorm {
    /// The singular vectors as far as they are known: `[outputs]` and `[everything else]`.
    private let left: Tensor
    private let right: Tensor
    private static let epsilon = 1e-12
    /// Iterations before the first step, so that the first weights are divided by nearly the right number.
    private static let firstIterations = 15

    /// Vectors for a weight `[outputs, …]`, found by a few iterations from random ones.
    package init(_ weight: Tensor, generator: RandomSource) throws {
        let outputs = weight.shape[0]
        left = try Self.unit(Tensor.normal([outputs], generator: generator))
        right = try Self.unit(Tensor.normal([weight.elementCount / outputs], generator: generator))
        try iterate(weight, count: Self.firstIterations)
    }

    /// The weight, `[outputs, …]`, over its largest singular value as a matrix `[outputs, rest]`, in the graph of the weight.
    ///
    /// In training the vectors take one iteration more, and are written.
    package func normalised(_ weight: Tensor, mode: Mode) throws -> Tensor {
        if mode == .training { try iterate(weight, count: 1) }
        let matrix = try weight.reshaped([weight.shape[0], -1])
        // Copies, since the next iteration writes the vectors, which this one's gradient needs.
        let value = try (left.copied() * matrix.matmul(right.copied())).sum()
        return try weight / value
    }

    /// The vectors, under the weight's path.
    package func buffers(prefix: String) -> [NamedTensor] {
        [NamedTensor(prefix.path("left_vector"), left), NamedTensor(prefix.path("right_vector"), right)]
    }

    /// Power iterations over the weight as a matrix `[outputs, rest]`.
    private func iterate(_ weight: Tensor, count: Int) throws {
        try withoutGradients {
            let matrix = try weight.detached().reshaped([weight.shape[0], -1])
            for _ in 0..<count {
                try left.copy(from: Self.unit(matrix.matmul(right)))
                try right.copy(from: Self.unit(matrix.permuted([1, 0]).matmul(left)))
            }
        }
    }

    /// A vector `[n]` of length 1 in the same direction.
    private static func unit(_ vector: Tensor) throws -> Tensor {
        try vector / (vector.squared().sum().squareRoot().maximum(epsilon))
    }
}
