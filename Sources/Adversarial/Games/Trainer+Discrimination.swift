internal import Networks
internal import Torch

/// What the discriminator is shown in an update.
struct Showing {
    /// Real items, `[batch, …]`.
    let real: Tensor
    /// As many generated ones, outside the graph of the generator.
    let fake: Tensor
    /// The classes of both, `int64` `[batch]`; `nil` where the model is unconditional.
    let labels: Tensor?
}

/// What the discriminator makes of it.
struct Judgement {
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
        /// Real items first, as many generated ones behind them.
        case both
    }
}

extension Trainer {
    /// Logits of real and generated items of the same classes: in one batch, or in two where batch norm would let one
    /// kind see the other's statistics (as DCGAN's practice is), or where one kind's slope alone is asked for.
    func judge(_ shown: Showing, for terms: [LossTerm]) throws -> Judgement {
        var slopes: (real: Double, fake: Double) = (0, 0)
        for case .slopes(let real, let fake) in terms { slopes = (real, fake) }
        let hasBoth = slopes.real > 0 && slopes.fake > 0
        let hasOne = !hasBoth && (slopes.real > 0 || slopes.fake > 0)
        guard discriminatorMixesItems || hasOne else { return try judgeTogether(shown, asLeaf: hasBoth) }
        let real = slopes.real > 0 ? try shown.real.requiringGradient() : shown.real
        let fake = slopes.fake > 0 ? try shown.fake.requiringGradient() : shown.fake
        let realLogits = try discriminator.forward(real, labels: shown.labels, mode: .training)
        let fakeLogits = try discriminator.forward(fake, labels: shown.labels, mode: .training)
        var leaves: [Judgement.Leaf] = []
        if slopes.real > 0 { leaves.append(Judgement.Leaf(items: real, logits: realLogits, kind: .real)) }
        if slopes.fake > 0 { leaves.append(Judgement.Leaf(items: fake, logits: fakeLogits, kind: .fake)) }
        return Judgement(real: realLogits, fake: fakeLogits, leaves: leaves)
    }

    private func judgeTogether(_ shown: Showing, asLeaf: Bool) throws -> Judgement {
        var items = try Tensor.concatenated([shown.real, shown.fake])
        if asLeaf { items = try items.requiringGradient() }
        let labels = try shown.labels.map { try Tensor.concatenated([$0, $0]) }
        let logits = try discriminator.forward(items, labels: labels, mode: .training)
        let half = logits.shape[0] / 2
        return Judgement(
            real: try logits.narrowed(dimension: 0, start: 0, length: half),
            fake: try logits.narrowed(dimension: 0, start: half, length: half),
            leaves: asLeaf ? [Judgement.Leaf(items: items, logits: logits, kind: .both)] : [])
    }

    /// R1 and R2: γ/2 times the mean, over items or packs, of the squared norm of the logit's gradient.
    ///
    /// - Returns: tensors of one element, differentiable by the discriminator's weights.
    func slopePenalties(of judgement: Judgement, real: Double, fake: Double) throws -> [Tensor] {
        try judgement.leaves.flatMap { leaf -> [Tensor] in
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
    func unitSlopePenalty(_ shown: Showing, weight: Double, isOneSided: Bool) throws -> Tensor {
        let packs = shown.real.shape[0] / spec.training.packing
        let shares = try latents.shares(count: packs).reshaped([packs, 1])
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
