/// The losses of both networks, as functions of logits alone.
package enum Objective: String, Sendable, CaseIterable {
    /// Binary cross-entropy as a minimax game, the generator's loss saturating: Goodfellow et al. 2014, equation 1.
    case minimax
    /// Binary cross-entropy; the generator maximises the log-probability of "real" (the same paper, §3).
    case nonSaturating = "non_saturating"
    /// Mao et al. 2017, equation 9: targets 0 for generated items, 1 for real ones, 1 for the generator.
    case leastSquares = "least_squares"
    /// Lim & Ye 2017; Miyato et al. 2018, equations 16 and 17.
    case hinge
    /// Pairs of a real and a generated item are compared: the softplus of the generated one's lead (Jolicoeur-Martineau
    /// 2019, RpGAN; Huang et al. 2024, equation 2, R3GAN).
    case relativistic
    /// The difference of the means, for a discriminator that a penalty keeps near 1-Lipschitz (Arjovsky et al. 2017).
    case wasserstein

    /// Whether a number added to all logits changes no loss: a bias after the logits would only follow the noise of
    /// rounding, which Adam makes as large as any gradient.
    var cancelsOffset: Bool { self == .relativistic || self == .wasserstein }
}
