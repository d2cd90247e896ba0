internal import Networks
internal import Torch

/// What the discriminator is given in an update.
struct DiscriminatorInput {
    /// Real items, `[batch, …]`.
    let real: Tensor
    /// As many generated ones, outside the graph of the generator.
    let fake: Tensor
    /// The classes of both, `int64` `[batch]`; `nil` where the model is unconditional.
    let labels: Tensor?
}

/// What the discriminator makes of it.
struct DiscriminatorOutput {
    /// Logits of the real items, `[batch]`, or one for each pack.
    let real: Tensor
    /// Logits of the generated ones.
    let fake: Tensor
    /// The items that the logits' slopes are asked for at, and the logits, as leaves of the graph: real and generated ones
    /// in one, or each in its own; empty where no penalty needs them.
    let leaves: [Leaf]

    struct Leaf {
        let items: Tensor
        let logits: Tensor
        let kind: Kind
    }

    enum Kind {
        case real, fake
        /// Real items first, as many generated ones after them.
        case both
    }
}

extension Synthesis {
    /// Logits of real and generated items of the same classes: in one batch, or in two where batch norm would let one
    /// kind see the other's statistics (as DCGAN's practice is), or where one kind's slope alone is asked for.
    func discriminate(_ shown: DiscriminatorInput, _ regularisation: Regularisation) throws -> DiscriminatorOutput {
        let slopes = (real: regularisation.realSlope, fake: regularisation.fakeSlope)
        let hasBoth = slopes.real > 0 && slopes.fake > 0
        let hasOne = !hasBoth && (slopes.real > 0 || slopes.fake > 0)
        guard discriminatorMixesItems || hasOne else { return try discriminateTogether(shown, asLeaf: hasBoth) }
        let real = slopes.real > 0 ? try shown.real.requiringGradient() : shown.real
        let fake = slopes.fake > 0 ? try shown.fake.requiringGradient() : shown.fake
        let realLogits = try discriminator.forward(real, labels: shown.labels, mode: .training)
        let fakeLogits = try discriminator.forward(fake, labels: shown.labels, mode: .training)
        var leaves: [DiscriminatorOutput.Leaf] = []
        if slopes.real > 0 { leaves.append(DiscriminatorOutput.Leaf(items: real, logits: realLogits, kind: .real)) }
        if slopes.fake > 0 { leaves.append(DiscriminatorOutput.Leaf(items: fake, logits: fakeLogits, kind: .fake)) }
        return DiscriminatorOutput(real: realLogits, fake: fakeLogits, leaves: leaves)
    }

    private func discriminateTogether(_ shown: DiscriminatorInput, asLeaf: Bool) throws -> DiscriminatorOutput {
        var items = try Tensor.concatenated([shown.real, shown.fake])
        if asLeaf { items = try items.requiringGradient() }
        let labels = try shown.labels.map { try Tensor.concatenated([$0, $0]) }
        let logits = try discriminator.forward(items, labels: labels, mode: .training)
        let half = logits.shape[0] / 2
        return DiscriminatorOutput(
            real: try logits.narrowed(dimension: 0, start: 0, length: half),
            fake: try logits.narrowed(dimension: 0, start: half, length: half),
            leaves: asLeaf ? [DiscriminatorOutput.Leaf(items: items, logits: logits, kind: .both)] : [])
    }

    /// What the spec's penalties come to, as terms of one element each to be added up.
    func penalties(
        _ input: DiscriminatorInput, _ output: DiscriminatorOutput, in step: StepContext
    ) throws -> [Tensor] {
        let regularisation = spec.training.regularisation
        let (real, fake) = (regularisation.realSlope, regularisation.fakeSlope)
        var penalties: [Tensor] = []
        if real > 0 || fake > 0 {
            if let factor = step.onDevice?.slope {
                penalties += try slopePenalties(of: output, real: real, fake: fake).map { try $0 * factor }
            } else {
                penalties += try slopePenalties(
                    of: output, real: real * step.slopeFactor, fake: fake * step.slopeFactor)
            }
        }
        if regularisation.gradientPenalty > 0 {
            penalties.append(
                try unitSlopePenalty(
                    input, weight: regularisation.gradientPenalty, isOneSided: regularisation.isOneSided, in: step))
        }
        return penalties
    }

    /// R1 and R2: γ/2 times the mean, over items or packs, of the squared norm of the logit's gradient.
    ///
    /// - Returns: tensors of one element, differentiable by the discriminator's weights.
    private func slopePenalties(of output: DiscriminatorOutput, real: Double, fake: Double) throws -> [Tensor] {
        try output.leaves.flatMap { leaf -> [Tensor] in
            let norms = try squaredSlopes(of: leaf.logits, at: leaf.items)
            switch leaf.kind {
            case .real: return [try norms.mean() * (real / 2)]
            case .fake: return [try norms.mean() * (fake / 2)]
            case .both where real == fake: return [try norms.mean() * real]
            case .both:
                let half = norms.shape[0] / 2
                return [
                    try norms.narrowed(dimension: 0, start: 0, length: half).mean() * (real / 2),
                    try norms.narrowed(dimension: 0, start: half, length: half).mean() * (fake / 2),
                ]
            }
        }
    }

    /// λ times the mean squared distance from 1 of the gradient's norm, each at a random place between a real and a
    /// generated item (or pack).
    ///
    /// - Returns: a tensor of one element, differentiable by the discriminator's weights.
    private func unitSlopePenalty(
        _ shown: DiscriminatorInput, weight: Double, isOneSided: Bool, in step: StepContext
    ) throws -> Tensor {
        let packs = shown.real.shape[0] / spec.training.packing
        let shares = try step.latents.shares(count: packs).reshaped([packs, 1])
        let real = try shown.real.reshaped([packs, -1])
        let fake = try shown.fake.reshaped([packs, -1])
        let between = try (real + shares * (fake - real)).reshaped(shown.real.shape).requiringGradient()
        let logits = try discriminator.forward(between, labels: shown.labels, mode: .training)
        // The root's slope at 0 is infinite.
        let norms = try (squaredSlopes(of: logits, at: between) + 1e-12).squareRoot()
        let distances = try norms - 1
        return try (isOneSided ? distances.relu() : distances).squared().mean() * weight
    }

    /// The squared norm of each logit's gradient by its own items, `[logits]`, itself differentiable.
    private func squaredSlopes(of logits: Tensor, at items: Tensor) throws -> Tensor {
        let slopes: [Tensor] = try gradients(of: [logits.sum()], with: [items], createGraph: true)
        return try slopes[0].squared().reshaped([logits.shape[0], -1]).sum([1])
    }
}
