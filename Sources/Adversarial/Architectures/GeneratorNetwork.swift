internal import Glibc
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
    private let rows: RowHead?
    /// What a table's rows are multiplied with for what is shown behind them, `[width, features]`.
    private var features: Tensor?
    private let startsFromShares: Bool

    /// A generator with first weights.
    package init(_ plan: ArchitecturePlan, random: RandomSource) throws {
        layers = try plan.generator.layers(plan.initialisation, random: random)
        classes = try plan.classes.map {
            // As wide as the latent's N(0, 1), so that classes weigh as much from the start.
            try Embedding(entries: $0.count, width: $0.embedding, generator: random)
        }
        namedParameters =
            layers.parameters(prefix: "layers") + (classes?.parameters(prefix: "classes") ?? [])
        startsFromShares = plan.tabular?.skip == .add
        rows = try plan.layout.map { try RowHead($0, plan) }
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

    /// What a table's generator chooses for, where it is trained: its scalars, and choices with Gumbel's noise.
    ///
    /// - Parameters:
    ///   - output: of `output`.
    ///   - noise: uniform in 0..<1, shaped like it.
    ///   - isEarly: whether choices that are to be hard are soft yet.
    func chosen(_ output: Tensor, noise: Tensor, isEarly: Bool) throws -> Tensor {
        guard let rows else { return output }
        let chosen = try output.chosen(
            rows.heads, noise: noise, mask: rows.mask,
            temperature: rows.isHard && isEarly ? Self.softTemperature : rows.temperature,
            isHard: rows.isHard && !isEarly)
        guard let features else { return chosen }
        return try Tensor.concatenated([chosen, chosen.matmul(features)], dimension: 1)
    }

    /// Of soft choices before hard ones, sharp enough to look like them.
    private static let softTemperature = 0.2

    /// How far a table's generator is from the conditions that it was given: the mean cross-entropy.
    func distance(of output: Tensor, fromConditions labels: Tensor) throws -> Tensor? {
        guard let rows, rows.conditionCount > 0 else { return nil }
        let slots = try rows.slotOfCondition.selected(indices: labels)
        return try output.wantedLoss(rows.heads, slots: slots, mask: rows.mask)
    }

    /// Whether the discriminator is shown more of a table's rows than what they are.
    var showsFeatures: Bool { features != nil }
    /// Whether rows are to be chosen hard, which begins in the midst of training.
    var choosesHard: Bool { rows?.isHard ?? false }

    /// Tells what is known of a table's heads before training: slots that no row is in, what is shown of numbers, and, where
    /// the last layer starts from it, how often each slot is.
    func begin(with table: TableEncoding) throws {
        guard let rows else { return }
        try rows.mask.copy(from: Tensor(table.mask, shape: [table.layout.width]))
        let (weights, count) = table.features
        features = count > 0 ? try Tensor(weights, shape: [table.layout.width, count]) : nil
        guard startsFromShares, let bias = namedParameters.last(where: { $0.name.hasSuffix("bias") })?.tensor else {
            return
        }
        let logarithms = table.shares.enumerated().map { place, share in
            place < rows.heads.scalars ? 0 : Float(log(share + 1e-5))
        }
        try bias.copy(from: Tensor(logarithms, shape: [logarithms.count]))
    }

    /// Raises slots that the generator gives up for lost, such as rare values, to what the training rows have.
    ///
    /// What is added to a slot's logits is found by the mean of its probabilities over latents. Only slots that are below half
    /// their share are raised, as chance alone moves the others. A generator that knows conditions is asked for rare values by
    /// those, and stays as it is.
    ///
    /// - Parameter latentDimension: length of its latents.
    func raiseLostSlots(of table: TableEncoding, latentDimension: Int) throws {
        guard let rows, rows.conditionCount == 0 else { return }
        let width = table.layout.width
        var mask = table.mask
        try rows.mask.copy(from: Tensor(mask, shape: [width]))
        let count = max(Self.fewestJudged, min(Self.mostJudged, Self.judgedNumbers / width))
        let vectors = LatentVectors(seed: 0, dimension: latentDimension)
        let logits = try Tensor.concatenated(
            try stride(from: 0, to: count, by: Self.fewestJudged).map { first in
                let latents = [Float](unsafeUninitializedCapacity: Self.fewestJudged * latentDimension) {
                    vectors.write(items: first..<first + Self.fewestJudged, into: $0)
                    $1 = Self.fewestJudged * latentDimension
                }
                return try withoutGradients {
                    try output(
                        Tensor(latents, shape: [Self.fewestJudged, latentDimension]), labels: nil, mode: .inference)
                }
            })
        func shares() throws -> [Float] { try logits.chosen(rows.heads, mask: rows.mask).mean([0]).floats() }
        var found = try shares()
        let lost = (rows.heads.scalars..<width).filter {
            table.shares[$0] * Double(count) >= Self.leastExpected && Double(found[$0]) < table.shares[$0] / 2
        }
        for _ in 0..<Self.mostRaises {
            let missing = lost.map { log(Float(table.shares[$0]) / max(found[$0], .leastNormalMagnitude)) }
            guard missing.contains(where: { abs($0) > 0.1 }) else { break }
            // By little at once, since a head's slots take from one another.
            for (slot, missing) in zip(lost, missing) { mask[slot] += min(3, max(-3, missing)) }
            try rows.mask.copy(from: Tensor(mask, shape: [width]))
            found = try shares()
        }
    }

    /// Does something while lost slots are raised, and leaves none of it behind.
    func withLostSlotsRaised<Result>(
        of table: TableEncoding, latentDimension: Int, _ body: () throws -> Result
    ) throws -> Result {
        func lower() throws { try rows?.mask.copy(from: Tensor(table.mask, shape: [table.layout.width])) }
        let result: Result
        do {
            try raiseLostSlots(of: table, latentDimension: latentDimension)
            result = try body()
        } catch {
            try lower()
            throw error
        }
        try lower()
        return result
    }

    /// Latents that are judged, a multiple of the first, and numbers of their rows at most.
    private static let fewestJudged = 512
    private static let mostJudged = 8_192
    private static let judgedNumbers = 1 << 23
    private static let mostRaises = 20
    /// Slots of which fewer are to be expected among them aren't looked at: too many would be unlucky, and be raised in vain.
    private static let leastExpected = 0.25

    /// Where its layers are a perceptron's, what becomes of a table's rows behind them.
    var perceptronRows: PerceptronRows? {
        get throws(EngineError) {
            guard let rows else { return nil }
            return PerceptronRows(
                heads: rows.heads, conditionSlots: rows.conditionCount > 0 ? try rows.slotOfCondition.integers() : [],
                mask: rows.mask, temperature: rows.temperature)
        }
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

/// How a table's generator ends.
private struct RowHead {
    let heads: ChoiceHeads
    /// Added to the logits: slots that no row is in are far below the others.
    let mask: Tensor
    let temperature: Double
    let isHard: Bool
    let conditionCount: Int
    /// `int64` `[conditions]`, the places in a row that the conditions are about.
    let slotOfCondition: Tensor

    init(_ layout: TableLayout, _ plan: ArchitecturePlan) throws {
        heads = layout.heads
        mask = try Tensor.zeros([layout.width])
        temperature = plan.tabular?.temperature ?? 1
        isHard = plan.tabular?.isHard ?? false
        conditionCount = plan.conditionCount
        slotOfCondition = try Tensor(layout.conditioned.flatMap { layout.slots(ofHead: $0.head).map { Int64($0) } })
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
