import Adversarial
import Codecs
import Store

/// How far a job is.
package struct JobProgress: Sendable, Equatable {
    package var step: Int
    /// The step at which it will end, as planned; `nil` while that isn't known.
    package var steps: Int?
    /// 0…1; `nil` while nothing is known of the end.
    package var fraction: Double?
    package var samplesSeen: Int
    /// `nil` unless it runs.
    package var stepsPerSecond: Double?
    /// `nil` unless it runs.
    package var etaSeconds: Double?
    /// The newest values, by name; empty before the first step.
    package var metrics: [Metric]

    /// A named value.
    package struct Metric: Sendable, Equatable {
        package var name: String
        package var value: Float

        package init(name: String, value: Float) {
            self.name = name
            self.value = value
        }
    }

    /// Progress in a training of that length.
    ///
    /// - Parameters:
    ///   - trainingSeconds: spent so far, over all attempts.
    ///   - stepsPerSecond: `nil` unless it runs.
    init(
        step: Int, samplesSeen: Int, trainingSeconds: Double, length: TrainingLength, stepsPerSecond: Double?,
        metrics: [Metric]
    ) {
        self.step = step
        self.samplesSeen = samplesSeen
        self.stepsPerSecond = stepsPerSecond
        self.metrics = metrics
        steps = length.steps ?? length.plannedSteps
        let byTime = length.maximumSeconds.map { trainingSeconds / $0 }
        let bySteps = length.steps.map { Double(step) / Double($0) }
        fraction = [byTime, bySteps].compactMap { $0 }.max().map { min(1, max(0, $0)) }
        guard let stepsPerSecond, stepsPerSecond > 0 else { return }
        let restOfSteps = length.steps.map { Double(max(0, $0 - step)) / stepsPerSecond }
        let restOfTime = length.maximumSeconds.map { max(0, $0 - trainingSeconds) }
        etaSeconds = [restOfSteps, restOfTime].compactMap { $0 }.min()
    }
}

extension TrainingLength {
    /// The length in a job's resolved spec, the rest of which isn't read.
    init(ofResolved spec: JSON) {
        let training = spec["training"]
        self.init(
            steps: training?["steps"]?.integer.map(Int.init), maximumSeconds: training?["max_seconds"]?.number,
            plannedSteps: training?["planned_steps"]?.integer.map(Int.init))
    }
}
