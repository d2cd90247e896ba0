internal import Glibc
package import Torch

extension Objective {
    /// The discriminator's loss, as terms to be added up.
    ///
    /// - Parameters:
    ///   - real: logits of real items, `[batch]`.
    ///   - fake: logits of generated items, `[batch]`.
    ///   - target: of real items in a cross-entropy; 1 without label smoothing.
    /// - Returns: tensors of one element.
    package func discriminatorTerms(real: Tensor, fake: Tensor, target: Double = 1) throws -> [Tensor] {
        switch self {
        case .minimax, .nonSaturating:
            [try real.binaryCrossEntropy(target: target), try fake.binaryCrossEntropy(target: 0)]
        case .leastSquares:
            [try (real - 1).squared().mean() * 0.5, try fake.squared().mean() * 0.5]
        case .hinge:
            [try (1 - real).relu().mean(), try (fake + 1).relu().mean()]
        case .relativistic:
            [try (real - fake).binaryCrossEntropy(target: 1)]
        case .wasserstein:
            [try -real.mean(), try fake.mean()]
        }
    }

    /// The generator's loss, as terms to be added up.
    ///
    /// - Parameters:
    ///   - fake: logits of generated items, `[batch]`.
    ///   - real: logits of real items, `[batch]`; asked for only where pairs are compared.
    /// - Returns: tensors of one element.
    package func generatorTerms(fake: Tensor, real: () throws -> Tensor) throws -> [Tensor] {
        switch self {
        case .minimax: [try -fake.binaryCrossEntropy(target: 0)]
        case .nonSaturating: [try fake.binaryCrossEntropy(target: 1)]
        case .leastSquares: [try (fake - 1).squared().mean() * 0.5]
        case .hinge, .wasserstein: [try -fake.mean()]
        case .relativistic: [try (fake - real()).binaryCrossEntropy(target: 1)]
        }
    }

    /// Whether logits are log-odds, so that their sigmoid is a probability.
    var isCrossEntropy: Bool {
        switch self {
        case .minimax, .nonSaturating: true
        case .leastSquares, .hinge, .relativistic, .wasserstein: false
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

    /// The share of items that the discriminator tells rightly, real and generated ones weighted alike; where logits have
    /// no absolute meaning, the share of pairs in which the real item's is the greater.
    func accuracy(real: [Float], fake: [Float]) -> Float {
        if self == .relativistic || self == .wasserstein {
            return mean(zip(real, fake).map { $0 - $1 }) { $0 > 0 ? 1 : 0 }
        }
        let threshold = threshold
        return (mean(real) { $0 > threshold ? 1 : 0 } + mean(fake) { $0 < threshold ? 1 : 0 }) / 2
    }

    /// How far verdicts on real items agree: 0 as chance has it, 1 where all of them are "real".
    ///
    /// Karras et al. 2020, equation 1, r_t; where logits have no absolute meaning, of the difference from generated items.
    package func meanSign(real: [Float], fake: [Float]) -> Double {
        let margins = cancelsOffset ? zip(real, fake).map { $0 - $1 } : real.map { $0 - threshold }
        return Double(mean(margins) { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 })
    }

    private func mean(_ values: [Float], _ transform: (Float) -> Float) -> Float {
        Float(values.reduce(0.0) { $0 + Double(transform($1)) } / Double(max(1, values.count)))
    }
}
