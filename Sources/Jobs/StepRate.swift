import Glibc

/// How fast steps come, averaged over the last seconds.
package struct StepRate: Sendable, Equatable {
    /// Seconds after which a step's share in the average has fallen to 1/e.
    private static let memory = 3.0
    private var secondsPerStep: Double?

    package init() {}

    /// Steps a second; `nil` before the first step.
    package var stepsPerSecond: Double? {
        secondsPerStep.flatMap { $0 > 0 ? 1 / $0 : nil }
    }

    /// Takes in a step.
    ///
    /// - Parameter duration: its seconds, with all that had to be done between it and the one before.
    package mutating func add(duration: Double) {
        guard let average = secondsPerStep else {
            secondsPerStep = duration
            return
        }
        secondsPerStep = average + (1 - exp(-duration / Self.memory)) * (duration - average)
    }
}
