package import Torch

/// A vector for each of a number of classes: indices `[batch]` (`int64`) to `[batch, width]`.
package final class Embedding: Layer {
    /// Shape `[entries, width]`.
    package let weight: Tensor
    private let spectralNorm: SpectralNorm?

    /// - Parameter isSpectral: whether the table is divided by its largest singular value.
    package init(
        entries: Int, width: Int, isSpectral: Bool = false,
        initialiser: Initialiser = .normal(mean: 0, standardDeviation: 1), generator: RandomSource
    ) throws {
        weight = try initialiser.parameter([entries, width], fanIn: entries, generator: generator)
        spectralNorm = isSpectral ? try SpectralNorm(weight, generator: generator) : nil
    }

    package func forward(_ input: Tensor, mode: Mode) throws -> Tensor {
        try (spectralNorm?.normalised(weight, mode: mode) ?? weight).embedding(input)
    }

    package func parameters(prefix: String) -> [NamedTensor] {
        [NamedTensor(prefix.path("weight"), weight)]
    }

    package func buffers(prefix: String) -> [NamedTensor] {
        spectralNorm?.buffers(prefix: prefix) ?? []
    }
}
