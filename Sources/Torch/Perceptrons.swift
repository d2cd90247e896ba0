import CTorch

/// A linear layer of a perceptron, with what training keeps of it.
package struct DenseLayer {
    /// Shape `[outputs, inputs]`.
    package var weight: TrainedTensor
    /// Shape `[outputs]`.
    package var bias: TrainedTensor?
    package var activation: Activation

    package init(weight: TrainedTensor, bias: TrainedTensor?, activation: Activation) {
        self.weight = weight
        self.bias = bias
        self.activation = activation
    }

    /// A parameter, Adam's moments of it, and its moving average where there is one; all of one shape, row-major `float32`
    /// on the CPU, and all written by training.
    package struct TrainedTensor {
        package var values: Tensor
        package var firstMoment: Tensor
        package var secondMoment: Tensor
        package var average: Tensor?

        package init(values: Tensor, firstMoment: Tensor, secondMoment: Tensor, average: Tensor? = nil) {
            self.values = values
            self.firstMoment = firstMoment
            self.secondMoment = secondMoment
            self.average = average
        }
    }
}

/// The loss of both networks that `Perceptrons` knows.
package enum PerceptronObjective: Sendable {
    case minimax, nonSaturating, leastSquares, hinge, relativistic, wasserstein

    fileprivate var code: gt_objective {
        switch self {
        case .minimax: .minimax
        case .nonSaturating: .nonSaturating
        case .leastSquares: .leastSquares
        case .hinge: .hinge
        case .relativistic: .relativistic
        case .wasserstein: .wasserstein
        }
    }
}

/// What a table's rows are on their way from one perceptron to the other.
package struct PerceptronRows {
    /// What the generator's numbers are.
    package var heads: ChoiceHeads
    /// The slot that each condition wants, counted from a row's first number; both networks are given the condition as
    /// zeros and a 1, after the latent and after the row.
    package var conditionSlots: [Int64]
    /// Added to the logits, `[width]`.
    package var mask: Tensor?
    /// Temperature of the choices that the discriminator is shown.
    package var temperature: Double

    package init(
        heads: ChoiceHeads, conditionSlots: [Int64], mask: Tensor?, temperature: Double
    ) {
        self.heads = heads
        self.conditionSlots = conditionSlots
        self.mask = mask
        self.temperature = temperature
    }

    /// Lends itself to a call.
    fileprivate func withCode<Result>(_ body: (UnsafePointer<gt_rows>) -> Result) -> Result {
        heads.ends.withUnsafeBufferPointer { ends in
            conditionSlots.withUnsafeBufferPointer { slots in
                withUnsafeTemporaryAllocation(of: Int64.self, capacity: 1) { none in
                    guard let nothing = none.baseAddress.map({ UnsafePointer($0) }) else {
                        preconditionFailure("a buffer without an address")
                    }
                    var code = gt_rows(
                        scalars: heads.scalars, ends: ends.baseAddress ?? nothing, head_count: ends.count,
                        condition_slots: slots.baseAddress ?? nothing, condition_count: slots.count,
                        mask: mask.handleOrNone, temperature: temperature)
                    return withExtendedLifetime(mask) { body(&code) }
                }
            }
        }
    }
}

/// Two perceptrons that are trained against each other without a gradient graph: all memory is there before the first
/// update, and no update allocates any.
///
/// Numbers are the gradient graph's but for the order in which sums are added up; with the same number of threads they are
/// the same each time.
///
/// Not `Sendable`: one thread at a time, which may use as many threads as when it was made.
package final class Perceptrons {
    private let game: gt_game
    /// Keeps alive what training writes.
    private let layers: [DenseLayer]
    private let packs: Int

    /// One step of Adam.
    package struct Step: Sendable {
        /// 1 for the first.
        package var number: Int
        package var learningRate: Double
        package var beta1: Double
        package var beta2: Double
        package var epsilon: Double
        package var weightDecay: Double
        /// Gradients of a greater norm are scaled down to it.
        package var normLimit: Double?
        /// Decay of the moving averages.
        package var averageDecay: Double

        package init(
            number: Int, learningRate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double,
            normLimit: Double?, averageDecay: Double = 0
        ) {
            self.number = number
            self.learningRate = learningRate
            self.beta1 = beta1
            self.beta2 = beta2
            self.epsilon = epsilon
            self.weightDecay = weightDecay
            self.normLimit = normLimit
            self.averageDecay = averageDecay
        }

        fileprivate var code: gt_adam {
            gt_adam(
                step: Int64(number), learning_rate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
                weight_decay: weightDecay, norm_limit: normLimit ?? .infinity, average_decay: averageDecay)
        }
    }

    /// What an update measured.
    package struct Update: Sendable {
        /// Without penalties.
        package var loss: Double
        /// Euclidean norm of the gradients, before they are scaled down.
        package var gradientNorm: Double
    }

    /// - Parameters:
    ///   - generator: from latent to item.
    ///   - discriminator: from pack to logit; its last layer has one output.
    ///   - batch: items of an update.
    ///   - rows: what items are where they are rows of a table.
    ///   - packing: items that are judged together; divides the batch.
    /// - Throws: `EngineError` where the shapes don't fit one another.
    package init(
        generator: [DenseLayer], discriminator: [DenseLayer], batch: Int, packing: Int, objective: PerceptronObjective,
        rows: PerceptronRows? = nil
    ) throws(EngineError) {
        var game = gt_game()
        let status = Self.withCodes(of: generator) { first, firstCount in
            Self.withCodes(of: discriminator) { second, secondCount in
                func make(_ rows: UnsafePointer<gt_rows>?) -> gt_status {
                    gt_game_new(
                        first, firstCount, second, secondCount, Int64(batch), Int64(packing), objective.code, rows,
                        &game)
                }
                return rows?.withCode { make($0) } ?? make(nil)
            }
        }
        try check(status)
        self.game = game
        layers = generator + discriminator
        packs = batch / packing
    }

    deinit {
        gt_game_free(game)
    }

    /// Moves the discriminator.
    ///
    /// - Parameters:
    ///   - real: `[batch, …]`, row-major.
    ///   - latents: `[batch, latent]`.
    ///   - labels: rows' conditions, `int64` `[batch]`, where there are any.
    ///   - noise: uniform in 0..<1, `[batch, width]`, that rows are chosen with.
    ///   - target: what a cross-entropy wants of real items; 1 without label smoothing.
    ///   - realSlope: R1's γ.
    ///   - fakeSlope: R2's γ. Both are 0 where a hidden activation is neither ReLU nor leaky ReLU.
    package func moveDiscriminator(
        real: Tensor, latents: Tensor, labels: Tensor? = nil, noise: Tensor? = nil, target: Double, realSlope: Double,
        fakeSlope: Double, step: Step
    ) throws(EngineError) -> Update {
        var update = gt_update()
        let status = withExtendedLifetime((real, latents, labels, noise)) {
            gt_game_move_discriminator(
                game, real.handle, latents.handle, labels.handleOrNone, noise.handleOrNone, target, realSlope,
                fakeSlope, step.code, &update)
        }
        try check(status)
        return Update(loss: update.loss, gradientNorm: update.gradient_norm)
    }

    /// Moves the generator.
    ///
    /// - Parameters:
    ///   - latents: `[batch, latent]`; nil for the items of the discriminator's last update.
    ///   - labels: rows' conditions, where there are any.
    ///   - noise: that rows are chosen with.
    package func moveGenerator(
        latents: Tensor?, labels: Tensor? = nil, noise: Tensor? = nil, step: Step
    ) throws(EngineError) -> Update {
        var update = gt_update()
        let status = withExtendedLifetime((latents, labels, noise)) {
            gt_game_move_generator(
                game, latents.handleOrNone, labels.handleOrNone, noise.handleOrNone, step.code, &update)
        }
        try check(status)
        return Update(loss: update.loss, gradientNorm: update.gradient_norm)
    }

    /// The logits of the discriminator's last update, before it moved, one for each pack.
    package func logits() throws(EngineError) -> (real: [Float], fake: [Float]) {
        var status = gt_status.ok
        var fake: [Float] = []
        let real = [Float](unsafeUninitializedCapacity: packs) { realBuffer, realCount in
            fake = [Float](unsafeUninitializedCapacity: packs) { fakeBuffer, fakeCount in
                guard let real = realBuffer.baseAddress, let fake = fakeBuffer.baseAddress else { return }
                status = gt_game_logits(game, real, fake, Int64(packs))
                fakeCount = status == .ok ? packs : 0
            }
            realCount = fake.count
        }
        try check(status)
        return (real, fake)
    }

    private static func withCodes<Result>(
        of layers: [DenseLayer], _ body: (UnsafePointer<gt_dense>, Int32) -> Result
    ) -> Result {
        let codes = layers.map(\.code)
        return withExtendedLifetime(layers) {
            codes.withUnsafeBufferPointer { buffer in
                // No layer is an error that the shim tells of, without looking at the address.
                withUnsafeTemporaryAllocation(of: gt_dense.self, capacity: 1) { none in
                    guard let start = buffer.baseAddress ?? none.baseAddress.map({ UnsafePointer($0) }) else {
                        preconditionFailure("a buffer without an address")
                    }
                    return body(start, Int32(layers.count))
                }
            }
        }
    }
}

@available(*, unavailable)
extension Perceptrons: Sendable {}

extension DenseLayer {
    fileprivate var code: gt_dense {
        gt_dense(
            weight: weight.values.handle, bias: (bias?.values).handleOrNone, activation: activation.code,
            slope: activation.slope, weight_moments: (weight.firstMoment.handle, weight.secondMoment.handle),
            bias_moments: ((bias?.firstMoment).handleOrNone, (bias?.secondMoment).handleOrNone),
            weight_average: weight.average.handleOrNone, bias_average: (bias?.average).handleOrNone)
    }
}
