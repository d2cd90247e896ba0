/// What one step of training has to tell.
package struct StepReport: Sendable, Equatable {
    /// The step that has just ended, 1 for the first.
    package var step: Int
    /// Real samples seen in all.
    package var samplesSeen: Int
    /// A value for each of `Metric.allCases`, in their order; NaN or infinite where training went astray.
    package var values: [Float]

    /// Whether all values are finite.
    ///
    /// A run can't recover from a loss that isn't, and a gradient that isn't has already spoilt the weights.
    package var isFinite: Bool {
        values.allSatisfy(\.isFinite)
    }

    /// The value of a metric.
    package subscript(metric: Metric) -> Float {
        values[metric.index]
    }

    /// A report with all its values.
    package init(step: Int, samplesSeen: Int, values: [Float]) {
        precondition(values.count == Metric.allCases.count, "a report has a value for each metric")
        self.step = step
        self.samplesSeen = samplesSeen
        self.values = values
    }
}

/// What is measured at every step, by the name that the REST contract gives it.
///
/// Where a step has several discriminator updates, the last one's values count.
package enum Metric: String, Sendable, CaseIterable {
    case generatorLoss = "generator_loss"
    case discriminatorLoss = "discriminator_loss"
    /// Mean sigmoid of the real items' logits for cross-entropy objectives, their mean for the others.
    case realScore = "real_score"
    /// The same of the generated items' logits in the discriminator's update.
    case fakeScore = "fake_score"
    /// Share of real and generated items that the discriminator tells rightly, weighted alike.
    case discriminatorAccuracy = "discriminator_accuracy"
    /// Euclidean norm over all of the generator's parameters.
    case generatorGradientNorm = "generator_gradient_norm"
    /// Euclidean norm over all of the discriminator's parameters.
    case discriminatorGradientNorm = "discriminator_gradient_norm"

    /// Where the metric stands in a report.
    var index: Int {
        switch self {
        case .generatorLoss: 0
        case .discriminatorLoss: 1
        case .realScore: 2
        case .fakeScore: 3
        case .discriminatorAccuracy: 4
        case .generatorGradientNorm: 5
        case .discriminatorGradientNorm: 6
        }
    }
}
