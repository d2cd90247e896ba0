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
    /// Of its layers' factors; what comes out is float32.
    package var precision = Precision.fp32
    private let classes: Embedding?

    /// What the weights' names begin with in a checkpoint.
    static let prefix = "generator"
    /// What the averaged weights' names begin with.
    static let averagePrefix = "average.generator"

    /// A generator with first weights.
    package init(_ plan: ArchitecturePlan, random: Generator) throws {
        layers = try plan.generator.layers(plan.initialisation, random: random)
        classes = try plan.classes.map {
            // As wide as the latent's N(0, 1), so that classes weigh as much from the start.
            try Embedding(entries: $0.count, width: $0.embedding, generator: random)
        }
        namedParameters =
            layers.parameters(prefix: "layers") + (classes?.parameters(prefix: "classes") ?? [])
        namedBuffers = layers.buffers(prefix: "layers")
        parameters = namedParameters.map(\.tensor)
        buffers = namedBuffers.map(\.tensor)
    }

    /// A generator with given weights and statistics.
    ///
    /// - Throws: `StateError` where one is missing or has another shape.
    package convenience init(_ plan: ArchitecturePlan, tensors: [String: Tensor]) throws {
        try self.init(plan, random: Generator(seed: 0))
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
    /// - Returns: `[batch, columns]` standardised, or `[batch, channels, height, width]` in -1...1.
    package func forward(_ latents: Tensor, labels: Tensor?, mode: Mode) throws -> Tensor {
        var input = latents
        if let classes {
            guard let labels else { throw MissingClassesError() }
            input = try Tensor.concatenated([latents, classes.forward(labels, mode: mode)], dimension: 1)
        }
        return try calculating(in: precision) { try layers.forward(input, mode: mode) }.cast(to: .float32)
    }
}

/// A conditional network was run without classes; a defect of its caller.
struct MissingClassesError: Error, CustomStringConvertible {
    var description: String { "a conditional network needs the classes of its batch" }
}
