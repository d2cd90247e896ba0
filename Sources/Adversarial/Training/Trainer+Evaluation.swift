internal import Datasets
internal import Networks
package import Torch

extension Trainer {
    /// Measures the averaged generator; training goes on as if it hadn't been.
    ///
    /// The latents are the same at every step, so that what changes is the generator.
    package func evaluate(with evaluator: QualityEvaluator) throws -> QualityReport {
        var report = try evaluator.report(of: evaluationSamples(count: evaluator.sampleCount), step: step)
        if spec.training.augmentation.kind == .adaptive {
            report.figures.append(.init(name: "augmentation_probability", value: augmentationProbability.value))
        }
        if spec.training.balance != nil {
            report.figures.append(.init(name: "update_balance", value: Double(balance.lead)))
        }
        return report
    }

    /// Measures the averaged generator of a table, likewise.
    package func evaluate(with evaluation: TableEvaluation) throws -> QualityReport {
        guard let table else { throw CheckpointError(detail: "the training is of no table") }
        let count = evaluation.sampleCount
        // As samples are drawn.
        let rows = try average.withLostSlotsRaised(of: table, latentDimension: spec.model.latentDimension) {
            try evaluationSamples(count: count)
        }
        let decoder = TableDecoder(table, seed: RunSeeds(seed: spec.seed).evaluation)
        let (width, columns) = (table.layout.width, table.schema.columns.count)
        var cells = [Double](repeating: .nan, count: count * columns)
        try rows.withBytes { bytes in
            guard let start = bytes.assumingMemoryBound(to: Float.self).baseAddress else { return }
            cells.withUnsafeMutableBufferPointer { cells in
                guard let target = cells.baseAddress else { return }
                for row in 0..<count {
                    decoder.decode(start + row * width, sample: UInt64(row), into: target + row * columns)
                }
            }
        }
        return evaluation.report(of: cells, step: step)
    }

    /// How far the discriminator tells the items that it was trained on from those that it wasn't.
    ///
    /// 0 where it doesn't, 1 where it takes new real items for generated ones: r_v of Karras et al. 2020, equation 1.
    ///
    /// - Parameter evaluator: has the real items.
    /// - Returns: `nil` where chance alone could make the discriminator see the differences that it sees: between training
    ///   items and generated ones, or between training items and held-out ones.
    package func overfittingGap(with evaluator: QualityEvaluator) throws -> Double? {
        // Four passes over large images would hold up a wish to stop.
        let limit = dataset.kind == .images ? Self.judgedImages : .max
        return try overfittingGap(held: evaluator.held, trained: evaluator.trained, atMost: limit) {
            try evaluationSamples(count: $0, labels: $1)
        }
    }

    /// How far the discriminator of a table tells training rows from held-out ones, likewise.
    ///
    /// Generated rows are shown to it as they are in training, where conditions are those of held-out rows.
    package func overfittingGap(with evaluation: TableEvaluation) throws -> Double? {
        let noise = try RandomLatents(
            seed: RunSeeds(seed: spec.seed).evaluation, classSeed: 0, classCounts: dataset.classCounts)
        return try overfittingGap(held: evaluation.held, trained: evaluation.trained, atMost: .max) { count, labels in
            try evaluationOutput(count: count, labels: labels) { latents, labels in
                let output = try average.output(latents, labels: labels, mode: .inference)
                let shares = try noise.shares(count: output.elementCount).reshaped(output.shape)
                return try average.chosen(output, noise: shares, isEarly: isEarly)
            }
        }
    }

    private func overfittingGap(
        held: Batch, trained: Batch, atMost limit: Int, generated: (Int, Tensor?) throws -> Tensor
    ) throws -> Double? {
        let packing = spec.training.packing
        /// So many items as fill packs.
        func whole(_ count: Int) -> Int { count / packing * packing }
        func score(_ items: Tensor, _ labels: Tensor?) throws -> MeanLogit {
            try withoutGradients {
                MeanLogit(
                    try stride(from: 0, to: items.shape[0], by: whole(Self.judgedAtOnce)).flatMap { first in
                        let count = min(whole(Self.judgedAtOnce), items.shape[0] - first)
                        return try discriminator.forward(
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

    /// Samples of the averaged generator as the networks see them, `[count, …]`.
    ///
    /// - Parameter given: `int64` `[count]`; `nil` for classes as frequent as in training.
    package func evaluationSamples(count: Int, labels given: Tensor? = nil) throws -> Tensor {
        try evaluationOutput(count: count, labels: given) { try average.forward($0, labels: $1, mode: .inference) }
    }

    private func evaluationOutput(
        count: Int, labels given: Tensor?, of make: (Tensor, Tensor?) throws -> Tensor
    ) throws -> Tensor {
        let seed = RunSeeds(seed: spec.seed).evaluation
        let dimension = spec.model.latentDimension
        let vectors = LatentVectors(seed: seed, dimension: dimension)
        let frequencies = ClassFrequencies(counts: table?.conditionCounts ?? dataset.classCounts)
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
    /// Images of each kind that the discriminator is shown.
    private static let judgedImages = 192
}
