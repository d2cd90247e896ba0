package import Networks
package import Torch

/// Tells real items from generated ones: a logit for each, the greater the more real.
package final class DiscriminatorNetwork {
    /// What training moves, in a fixed order.
    package let parameters: [Tensor]
    package let namedParameters: [NamedTensor]
    private let namedBuffers: [NamedTensor]
    private let features: Sequential
    /// The precision of its layers' factors but for the last layer's, whose logits are to be told apart finely.
    package var precision = Precision.fp32
    private let logit: Linear
    private let classes: Embedding?
    private let conditionCount: Int
    private let packShape: [Int]

    /// A discriminator with first weights.
    package init(_ plan: ArchitecturePlan, random: RandomSource) throws {
        let width = plan.features.outputShape.reduce(1, *)
        let weights = plan.initialisation.ofWeights
        packShape = plan.features.inputShape
        conditionCount = plan.conditionCount
        features = try plan.features.layers(plan.initialisation, random: random)
        logit = try Linear(
            inputs: width, outputs: 1, hasBias: plan.hasLogitBias, isSpectral: plan.features.isSpectral,
            initialiser: weights, generator: random)
        classes = try plan.classes.map {
            // Small, so that the unconditional logit leads at first.
            try Embedding(
                entries: $0.count, width: width, isSpectral: plan.features.isSpectral, initialiser: .dcgan,
                generator: random)
        }
        namedParameters =
            features.parameters(prefix: "features") + logit.parameters(prefix: "logit")
            + (classes?.parameters(prefix: "classes") ?? [])
        namedBuffers =
            features.buffers(prefix: "features") + logit.buffers(prefix: "logit")
            + (classes?.buffers(prefix: "classes") ?? [])
        parameters = namedParameters.map(\.tensor)
    }

    /// Its layers where they are a perceptron's, from pack to logit, and nothing else.
    var perceptron: [(linear: Linear, activation: Activation)]? {
        guard classes == nil, !logit.isSpectral else { return nil }
        return features.perceptron.map { $0 + [(logit, .identity)] }
    }

    /// Batch norm's and spectral norm's running figures.
    package var buffers: [Tensor] { namedBuffers.map(\.tensor) }

    /// Parameters and buffers under the names they are stored by.
    package var namedTensors: [NamedTensor] { namedParameters + namedBuffers }

    /// Overwrites weights and statistics.
    ///
    /// - Throws: `StateError` where one is missing or has another shape; nothing has been written then.
    package func restore(_ tensors: [String: Tensor]) throws {
        try NamedTensor.restore(namedTensors, from: tensors)
    }

    /// Where its dropout's uniform numbers come from, `[count]` each.
    func setNoise(_ uniform: @escaping (Int) throws -> Tensor) {
        for case let dropout as Dropout in features.parts { dropout.uniform = uniform }
    }

    /// Judges items; with classes by projection: logit + ⟨class vector, features⟩ (Miyato & Koyama 2018, equation 3).
    ///
    /// - Parameters:
    ///   - given: `[batch, columns]` or `[batch, channels, height, width]`.
    ///   - labels: `int64` `[batch]`; left aside by an unconditional discriminator.
    /// - Returns: logits, `[batch]`, or one for each pack of consecutive items where items are packed.
    package func forward(_ given: Tensor, labels: Tensor?, mode: Mode) throws -> Tensor {
        var items = given
        if conditionCount > 0 {
            guard let labels else { throw MissingClassesError() }
            items = try Tensor.concatenated([given, conditionRows(labels, count: conditionCount)], dimension: 1)
        }
        let packs = Array(items.shape.dropFirst()) == packShape ? items : try items.reshaped([-1] + packShape)
        let found = try calculating(in: precision) { try features.forward(packs, mode: mode) }.cast(to: .float32)
        let logits = try logit.forward(found, mode: mode).reshaped([-1])
        guard let classes else { return logits }
        guard let labels else { throw MissingClassesError() }
        return try logits + (classes.forward(labels, mode: mode) * found).sum([1])
    }
}
