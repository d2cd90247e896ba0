/// What is measured at every step, by the name that the REST contract gives its curve.
///
/// A game says which it has. Where a step has several updates of a player, the last one's values count.
package struct Metric: Sendable, Hashable, CustomStringConvertible {
    package let name: String

    package init(_ name: String) { self.name = name }

    package var description: String { name }

    /// Whether it is a loss, which grows without bound where training runs off.
    package var isLoss: Bool { name.hasSuffix("_loss") }

    package static let generatorLoss = Metric("generator_loss")
    package static let discriminatorLoss = Metric("discriminator_loss")
    /// Mean sigmoid of the real items' logits for cross-entropy objectives, their mean for the others.
    package static let realScore = Metric("real_score")
    /// The same of the generated items' logits in the discriminator's update.
    package static let fakeScore = Metric("fake_score")
    /// Share of real and generated items that the discriminator tells rightly, weighted alike.
    package static let discriminatorAccuracy = Metric("discriminator_accuracy")
    /// Euclidean norm over all of the generator's parameters.
    package static let generatorGradientNorm = Metric("generator_gradient_norm")
    /// Euclidean norm over all of the discriminator's parameters.
    package static let discriminatorGradientNorm = Metric("discriminator_gradient_norm")
}

/// Values of a step by their metrics.
package struct MetricValues: Sendable, Equatable {
    package let metrics: [Metric]
    /// One for each metric, in their order.
    package var values: [Float]

    /// Values that nothing is known of yet: NaN.
    package init(_ metrics: [Metric]) {
        self.metrics = metrics
        values = [Float](repeating: .nan, count: metrics.count)
    }

    /// - Precondition: there is a value for each metric.
    package init(_ metrics: [Metric], _ values: [Float]) {
        precondition(values.count == metrics.count, "a report has a value for each metric")
        self.metrics = metrics
        self.values = values
    }

    /// The value of a metric; NaN of one that isn't among them, and writing it does nothing.
    package subscript(metric: Metric) -> Float {
        get { metrics.firstIndex(of: metric).map { values[$0] } ?? .nan }
        set { if let index = metrics.firstIndex(of: metric) { values[index] = newValue } }
    }
}
