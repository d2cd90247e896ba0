/// Ways to keep a discriminator from becoming too sure, and an update from becoming too large.
package struct Softening: Sendable, Equatable {
    /// How far below 1 the target of real items lies in the discriminator's cross-entropy.
    ///
    /// One-sided label smoothing: Salimans et al. 2016, section 3.4.
    package var labelSmoothing: Double
    /// Standard deviation of the normal noise on all that the discriminator sees, at the start; it sinks to 0 in a straight
    /// line over the planned steps.
    ///
    /// Sønderby et al. 2017, section 3.
    package var instanceNoise: Double
    /// The largest Euclidean norm of an update's gradients.
    ///
    /// Longer ones are scaled to it; `nil` leaves them.
    package var gradientClipping: Double?

    /// Nothing but what is given.
    package init(labelSmoothing: Double = 0, instanceNoise: Double = 0, gradientClipping: Double? = nil) {
        self.labelSmoothing = labelSmoothing
        self.instanceNoise = instanceNoise
        self.gradientClipping = gradientClipping
    }
}
