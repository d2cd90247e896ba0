/// What one step of training has to tell.
package struct StepReport: Sendable, Equatable {
    /// The step that has just ended, 1 for the first.
    package var step: Int
    /// Real samples seen in all.
    package var samplesSeen: Int
    /// NaN or infinite where training went astray.
    package var figures: MetricValues

    /// A value for each of the game's metrics, in their order.
    package var values: [Float] { figures.values }

    /// Whether all values are finite.
    ///
    /// A run can't recover from a loss that isn't, and a gradient that isn't has already spoilt the weights.
    package var isFinite: Bool {
        figures.values.allSatisfy(\.isFinite)
    }

    /// The largest magnitude of its losses.
    var largestLoss: Double {
        zip(figures.metrics, figures.values).reduce(0) { $1.0.isLoss ? max($0, Double(abs($1.1))) : $0 }
    }

    /// The value of a metric; NaN where the game has no such metric.
    package subscript(metric: Metric) -> Float { figures[metric] }

    /// A report with all its values.
    package init(step: Int, samplesSeen: Int, figures: MetricValues) {
        self.step = step
        self.samplesSeen = samplesSeen
        self.figures = figures
    }
}
