internal import Datasets
internal import Networks
package import Torch

extension Trainer {
    /// Measures the averaged generator; training goes on as if it hadn't been.
    ///
    /// The latents are the same at every step, so that what changes is the generator.
    package func evaluate(with evaluator: any Evaluator) throws -> QualityReport {
        var report = try evaluator.quality(of: self)
        report.figures += synthesis.adaptedFigures
        return report
    }

    /// How far the discriminator tells the items that it was trained on from those that it wasn't.
    ///
    /// 0 where it doesn't, 1 where it takes new real items for generated ones: r_v of Karras et al. 2020, equation 1.
    ///
    /// - Parameter evaluator: has the real items.
    /// - Returns: `nil` where chance alone could make the discriminator see the differences that it sees: between training
    ///   items and generated ones, or between training items and held-out ones.
    package func overfittingGap(with evaluator: any Evaluator) throws -> Double? {
        try overfittingGap(held: evaluator.held, trained: evaluator.trained, atMost: evaluator.mostJudged) {
            try evaluator.judgedSamples(of: self, count: $0, labels: $1)
        }
    }

    /// - Parameters:
    ///   - limit: items of each sort at most.
    ///   - generated: so many items `[count, …]` for labels `int64` `[count]`.
    private func overfittingGap(
        held: Batch, trained: Batch, atMost limit: Int, generated: (Int, Tensor?) throws -> Tensor
    ) throws -> Double? {
        let packing = spec.training.packing
        /// So many items as fill packs.
        func whole(_ count: Int) -> Int { count / packing * packing }
        /// The mean logit of `[items, …]`, given their labels `[items]`.
        func score(_ items: Tensor, _ labels: Tensor?) throws -> MeanLogit {
            try withoutGradients {
                MeanLogit(
                    try stride(from: 0, to: items.shape[0], by: whole(Self.judgedAtOnce)).flatMap { first in
                        let count = min(whole(Self.judgedAtOnce), items.shape[0] - first)
                        return try synthesis.discriminator.forward(
                            onDevice(items.narrowed(dimension: 0, start: first, length: count)),
                            labels: labels.map {
                                try onDevice($0.narrowed(dimension: 0, start: first, length: count))
                            }, mode: .inference
                        ).floats()
                    })
            }
        }
        let count = whole(min(limit, held.items.shape[0], trained.items.shape[0]))
        guard count > 0 else { return nil }
        func part(_ tensor: Tensor) throws -> Tensor { try tensor.narrowed(dimension: 0, start: 0, length: count) }
        let isConditional = spec.model.conditioning != nil
        let labels = isConditional ? try held.labels.map(part) : nil
        let training = try score(part(trained.items), isConditional ? trained.labels.map(part) : nil)
        let heldOut = try score(part(held.items), labels)
        let generated = try score(generated(count, labels), labels)
        guard training.isClearlyAbove(generated), training.isClearlyAbove(heldOut) else { return nil }
        return (training.mean - heldOut.mean) / (training.mean - generated.mean)
    }

    /// A mean over items, and how far chance may have moved it.
    private struct MeanLogit {
        let mean: Double
        /// The square of the mean's standard error.
        private let uncertainty: Double

        init(_ logits: [Float]) {
            let count = Double(max(1, logits.count))
            let mean = logits.reduce(0) { $0 + Double($1) } / count
            let squares = logits.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
            self.mean = mean
            uncertainty = squares / max(1, count - 1) / count
        }

        /// Above by more than three standard errors.
        func isClearlyAbove(_ other: MeanLogit) -> Bool {
            mean - other.mean > 3 * (uncertainty + other.uncertainty).squareRoot()
        }
    }

    /// Runs a body while the averaged generator is as it is for sampling.
    func asSampled<Result>(_ body: () throws -> Result) throws -> Result {
        try synthesis.stage?.asSampled(synthesis.average, body) ?? body()
    }

    /// Samples of the averaged generator as the networks see them, `[count, …]`.
    ///
    /// - Parameter given: `int64` `[count]`; `nil` for classes as frequent as in training.
    package func evaluationSamples(count: Int, labels given: Tensor? = nil) throws -> Tensor {
        try evaluationOutput(count: count, labels: given) {
            try synthesis.average.forward($0, labels: $1, mode: .inference)
        }
    }

    /// What is made of the averaged generator's latents, and classes, part by part.
    ///
    /// - Parameter make: from latents `[part, latent dimension]` and classes `int64` `[part]` to `[part, …]`.
    func evaluationOutput(
        count: Int, labels given: Tensor?, of make: (Tensor, Tensor?) throws -> Tensor
    ) throws -> Tensor {
        let seed = RunSeeds(seed: spec.seed).evaluation
        let dimension = spec.model.latentDimension
        let vectors = LatentVectors(seed: seed, dimension: dimension)
        let frequencies = ClassFrequencies(counts: attachment?.conditionCounts ?? dataset.classCounts)
        let random = Philox(seed: seed)
        var parts: [Tensor] = []
        for first in stride(from: 0, to: count, by: Self.evaluationTile) {
            let items = first..<min(count, first + Self.evaluationTile)
            let latents = [Float](unsafeUninitializedCapacity: items.count * dimension) { buffer, written in
                for (place, item) in items.enumerated() {
                    let row = buffer[place * dimension..<(place + 1) * dimension]
                    vectors.write(item: item, into: UnsafeMutableBufferPointer(rebasing: row))
                }
                written = items.count * dimension
            }
            let labels =
                spec.model.conditioning == nil
                ? nil
                : try given?.narrowed(dimension: 0, start: first, length: items.count)
                    ?? Tensor(
                        items.map { Int64(frequencies.class(at: random.uniform(.sampledClass, item: UInt64($0)))) })
            parts.append(
                try withoutGradients {
                    try make(onDevice(Tensor(latents, shape: [items.count, dimension])), labels.map(onDevice))
                        .moved(to: .cpu)
                })
        }
        return try Tensor.concatenated(parts)
    }

    /// Samples that are made at once, so that memory stays that of a batch or so.
    private static let evaluationTile = 100
    /// Items that the discriminator is shown at once, or a little fewer.
    private static let judgedAtOnce = 192

    /// What was read or drawn on the CPU, where the networks are.
    private func onDevice(_ tensor: Tensor) throws -> Tensor {
        spec.device == .cpu ? tensor : try tensor.moved(to: spec.device)
    }
}
