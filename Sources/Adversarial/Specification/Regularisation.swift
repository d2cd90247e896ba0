/// Penalties on the discriminator's slope, which keep it smooth enough for the generator to follow.
package struct Regularisation: Sendable, Equatable {
    /// γ of R1, γ/2 times the mean squared norm of the logit's gradient at real items.
    ///
    /// Mescheder et al. 2018, equation 9.
    package var realSlope: Double
    /// γ of R2, the same at generated items.
    package var fakeSlope: Double
    /// λ of the gradient penalty.
    ///
    /// λ times the mean squared distance of the gradient's norm from 1, at points between real and generated items:
    /// Gulrajani et al. 2017, equation 3.
    package var gradientPenalty: Double
    /// Whether the gradient penalty punishes norms above 1 only.
    ///
    /// Petzka et al. 2018.
    package var isOneSided: Bool

    /// No penalty but those given.
    package init(
        realSlope: Double = 0, fakeSlope: Double = 0, gradientPenalty: Double = 0, isOneSided: Bool = false
    ) {
        self.realSlope = realSlope
        self.fakeSlope = fakeSlope
        self.gradientPenalty = gradientPenalty
        self.isOneSided = isOneSided
    }

    /// Whether an item's penalty is a function of that item's logit, which batch norm in the discriminator would spoil.
    var isPerItem: Bool { realSlope > 0 || fakeSlope > 0 || gradientPenalty > 0 }
}
