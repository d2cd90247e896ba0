internal import Glibc
internal import Networks
internal import Torch

/// Generators of tables, whose rows are chosen from what their last layer puts out.
extension GeneratorNetwork {
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
        guard let rowFeatures else { return chosen }
        return try Tensor.concatenated([chosen, chosen.matmul(rowFeatures)], dimension: 1)
    }

    /// The temperature of soft choices before hard ones, sharp enough to look like them.
    private static let softTemperature = 0.2

    /// How far a table's generator is from the conditions that it was given: the mean cross-entropy, a tensor of one element.
    ///
    /// - Parameters:
    ///   - output: `[batch, width]`.
    ///   - labels: the conditions, `int64` `[batch]`.
    func distance(of output: Tensor, fromConditions labels: Tensor) throws -> Tensor? {
        guard let rows, rows.conditionCount > 0 else { return nil }
        let slots = try rows.slotOfCondition.selected(indices: labels)
        return try output.wantedLoss(rows.heads, slots: slots, mask: rows.mask)
    }

    /// Whether the discriminator is shown more of a table's rows than what they are.
    var showsFeatures: Bool { rowFeatures != nil }
    /// Whether rows are to be chosen hard, which begins in the midst of training.
    var choosesHard: Bool { rows?.isHard ?? false }

    /// Tells what is known of a table's heads before training: slots that no row is in, what is shown of numbers, and, where
    /// the last layer starts from it, how often each slot is.
    func begin(with table: TableEncoding) throws {
        guard let rows else { return }
        try rows.mask.copy(from: Tensor(table.mask, shape: [table.layout.width]))
        let (weights, count) = table.features
        rowFeatures = count > 0 ? try Tensor(weights, shape: [table.layout.width, count]) : nil
        guard rows.startsFromShares, let bias = namedParameters.last(where: { $0.name.hasSuffix("bias") })?.tensor
        else {
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

    /// Does something while lost slots are raised, and leaves nothing of it.
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

    /// Where its layers are a perceptron's, what becomes of a table's rows after them.
    var perceptronRows: PerceptronRows? {
        get throws(EngineError) {
            guard let rows else { return nil }
            return PerceptronRows(
                heads: rows.heads, conditionSlots: rows.conditionCount > 0 ? try rows.slotOfCondition.integers() : [],
                mask: rows.mask, temperature: rows.temperature)
        }
    }
}

/// How a table's generator ends.
struct RowHead {
    let heads: ChoiceHeads
    /// Added to the logits: slots that no row is in are far below the others.
    let mask: Tensor
    let temperature: Double
    let isHard: Bool
    let startsFromShares: Bool
    let conditionCount: Int
    /// `int64` `[conditions]`, the places in a row that the conditions are about.
    let slotOfCondition: Tensor

    init(_ plan: RowPlan) throws {
        let layout = plan.layout
        heads = layout.heads
        mask = try Tensor.zeros([layout.width])
        temperature = plan.temperature
        isHard = plan.isHard
        startsFromShares = plan.startsFromShares
        conditionCount = plan.conditionCount
        slotOfCondition = try Tensor(layout.conditioned.flatMap { layout.slots(ofHead: $0.head).map { Int64($0) } })
    }
}
