package import Torch

/// A vector for each of a number of classes: indices `[batch]` (`int64`) to `[batch, width]`.
package final class Embedding: Layer {
    /// Shape `[entries, width]`.
    package let weight: Tensor

    package init(
        entries: Int, width: Int, initialiser: Initialiser = .normal(mean: 0, standardDeviation: 1),
        generator: Generator
    ) throws {
        weight = try initialiser.parameter([entries, width], fanIn: entries, generator: generator)
    }

    package func forward(_ input: Tensor, mode: Mode) throws -> Tensor {
        try weight.embedding(input)
    }

    package func parameters(prefix: String) -> [NamedTensor] {
        [NamedTensor(prefix.path("weight"), weight)]
    }
}
