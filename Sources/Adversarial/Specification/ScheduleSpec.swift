internal import Glibc

/// How rates change over a job, from what the spec says to what stands here.
///
/// A pure function of the samples seen, as a resumed run needs it (Huang et al. 2024, appendix D, has the same shape).
package struct ScheduleSpec: Sendable, Equatable {
    /// What both learning rates are multiplied by at the end; 1 leaves them.
    package var learningRate: Double
    /// What γ of R1 and R2 is multiplied by at the end; 1 leaves it.
    package var regularisation: Double
    /// Adam's β2 at the end; `nil` leaves it.
    package var beta2: Double?
    /// The share of the planned samples at which the end is reached; from there on nothing changes.
    package var until: Double
    /// The way from beginning to end.
    package var shape: Shape

    /// What goes along half a cosine.
    package enum Shape: String, Sendable, CaseIterable {
        /// The value itself.
        case cosine
        /// Its logarithm, so that a small end is neared early and kept to for longer; both ends are above 0.
        case geometric
    }

    /// Rates that stay as they are, but for those given.
    package init(
        learningRate: Double = 1, regularisation: Double = 1, beta2: Double? = nil, until: Double = 1,
        shape: Shape = .cosine
    ) {
        self.learningRate = learningRate
        self.regularisation = regularisation
        self.beta2 = beta2
        self.until = until
        self.shape = shape
    }

    /// How far a value has come from where it began.
    ///
    /// - Parameters:
    ///   - start: the value when nothing has been seen.
    ///   - end: the value from `until` on.
    ///   - progress: samples seen over samples planned, 0 or more.
    package func value(from start: Double, to end: Double, at progress: Double) -> Double {
        let left = (1 + cos(.pi * min(1, progress / until))) / 2
        return switch shape {
        case .cosine: end + (start - end) * left
        case .geometric: end * pow(start / end, left)
        }
    }
}
