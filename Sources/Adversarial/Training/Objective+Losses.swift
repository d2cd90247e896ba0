internal import Glibc
package import Torch

extension Objective {
    /// The discriminator's loss, as terms to be added up.
    ///
    /// - Parameters:
    ///   - real: logits of real items, `[batch]`.
    ///   - fake: logits of generated items, `[batch]`.
    /// - Returns: tensors of one element.
    package func discriminatorTerms(real: Tensor, fake: Tensor) throws -> [Tensor] {
        switch self {
        case .minimax, .nonSaturating:
            [try real.binaryCrossEntropy(target: 1), try fake.binaryCrossEntropy(target: 0)]
        case .leastSquares:
            [try (real - 1).squared().mean() * 0.5, try fake.squared().mean() * 0.5]
        case .hinge:
            [try (1 - real).relu().mean(), try (fake + 1).relu().mean()]
        }
    }

    /// The generator's loss, as terms to be added up.
    ///
    /// - Parameter fake: logits of generated items, `[batch]`.
    /// - Returns: tensors of one element.
    package func generatorTerms(fake: Tensor) throws -> [Tensor] {
        switch self {
        case .minimax: [try -fake.binaryCrossEntropy(target: 0)]
        case .nonSaturating: [try fake.binaryCrossEntropy(target: 1)]
        case .leastSquares: [try (fake - 1).squared().mean() * 0.5]
        case .hinge: [try -fake.mean()]
        }
    }

    /// Whether logits are log-odds, so that their sigmoid is a probability.
    private var isCrossEntropy: Bool {
        switch self {
        case .minimax, .nonSaturating: true
        case .leastSquares, .hinge: false
        }
    }

    /// The logit between "generated" and "real".
    private var threshold: Float {
        self == .leastSquares ? 0.5 : 0
    }

    /// How real a batch looks to the discriminator: the mean probability for cross-entropy, else the mean logit.
    func score(of logits: [Float]) -> Float {
        mean(logits) { isCrossEntropy ? 1 / (1 + exp(-$0)) : $0 }
    }

    /// The share of items that the discriminator tells rightly, real and generated ones weighted alike.
    func accuracy(real: [Float], fake: [Float]) -> Float {
        let threshold = threshold
        return (mean(real) { $0 > threshold ? 1 : 0 } + mean(fake) { $0 < threshold ? 1 : 0 }) / 2
    }

    private func mean(_ values: [Float], _ transform: (Float) -> Float) -> Float {
        Float(values.reduce(0.0) { $0 + Double(transform($1)) } / Double(max(1, values.count)))
    }
}
