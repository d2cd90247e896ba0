package import Networks
package import Torch

/// Turns latents, and classes where the model is conditional, into items.
package final class GeneratorNetwork {
    /// What training moves, in a fixed order.
    package let parameters: [Tensor]
    /// Batch norm's running statistics.
    package let buffers: [Tensor]
    /// Parameters and buffers under the names they are stored by.
    package let namedParameters: [NamedTensor]
    private let namedBuffers: [NamedTensor]
    private let layers: Sequential
    /// The precision of its layers' factors; what comes out is float32.
    package var precision = Precision.fp32
    private let classes: Embedding?
    /// How rows are chosen from what the last layer puts out; nil where that is the item.
    let rows: RowHead?
    /// What rows are multiplied with for what the discriminator is shown after them, `[width, features]`.
    var rowFeatures: Tensor?

    /// A generator with first weights.
    package init(_ plan: ArchitecturePlan, random: RandomSource) throws {
        layers = try plan.generator.layers(plan.initialisation, random: random)
        classes = try plan.classes.map {
            // As wide as the latent's N(0, 1), so that classes weigh as much from the start.
            try Embedding(entries: $0.count, width: $0.embedding, generator: random)
        }
        namedParameters =
            layers.parameters(prefix: "layers") + (classes?.parameters(prefix: "classes") ?? [])
        rows = try plan.rows.map(RowHead.init)
        namedBuffers = layers.buffers(prefix: "layers") + (rows.map { [NamedTensor("mask", $0.mask)] } ?? [])
        parameters = namedParameters.map(\.tensor)
        buffers = namedBuffers.map(\.tensor)
    }

    /// A generator with given weights and statistics.
    ///
    /// - Throws: `StateError` where one is missing or has another shape.
    package convenience init(_ plan: ArchitecturePlan, tensors: [String: Tensor]) throws {
        try self.init(plan, random: RandomSource(seed: 0))
        try restore(tensors)
    }

    /// Its layers where they are a perceptron's, from latent to item, and nothing else.
    var perceptron: [(linear: Linear, activation: Activation)]? { classes == nil ? layers.perceptron : nil }

    /// Parameters and buffers under the names they are stored by.
    package var namedTensors: [NamedTensor] { namedParameters + namedBuffers }

    /// Overwrites weights and statistics.
    ///
    /// - Throws: `StateError` where one is missing or has another shape; nothing has been written then.
    package func restore(_ tensors: [String: Tensor]) throws {
        try NamedTensor.restore(namedTensors, from: tensors)
    }

    /// Makes items.
    ///
    /// - Parameters:
    ///   - latents: `[batch, latent]`.
    ///   - labels: `int64` `[batch]`; left aside by an unconditional generator.
    /// - Returns: `[batch, columns]` standardised, `[batch, channels, height, width]` in -1...1, or of a table
    ///   `[batch, width]`, scalars and the probabilities of slots.
    package func forward(_ latents: Tensor, labels: Tensor?, mode: Mode) throws -> Tensor {
        let output = try output(latents, labels: labels, mode: mode)
        guard let rows else { return output }
        return try output.chosen(rows.heads, mask: rows.mask)
    }

    /// What the last layer puts out; for a table, scalars and logits.
    func output(_ latents: Tensor, labels: Tensor?, mode: Mode) throws -> Tensor {
        var input = latents
        if let rows, rows.conditionCount > 0 {
            guard let labels else { throw MissingClassesError() }
            input = try Tensor.concatenated([latents, conditionRows(labels, count: rows.conditionCount)], dimension: 1)
        }
        if let classes {
            guard let labels else { throw MissingClassesError() }
            input = try Tensor.concatenated([latents, classes.forward(labels, mode: mode)], dimension: 1)
        }
        return try calculating(in: precision) { try layers.forward(input, mode: mode) }.cast(to: .float32)
    }
}

/// Conditions as rows of zeros and a 1, `[batch, count]`.
///
/// - Parameter labels: `int64` `[batch]`.
func conditionRows(_ labels: Tensor, count: Int) throws -> Tensor {
    let labels = try labels.integers()
    var rows = [Float](repeating: 0, count: labels.count * count)
    for (row, label) in labels.enumerated() { rows[row * count + Int(label)] = 1 }
    return try Tensor(rows, shape: [labels.count, count])
}

/// A conditional network was run without classes; a defect of its caller.
struct MissingClassesError: Error, CustomStringConvertible {
    var description: String { "a conditional network needs the classes of its batch" }
}
