/// A set of choices for everything a caller leaves open.
package enum Preset: String, Sendable, CaseIterable {
    /// What works best for the dataset's kind, size and number of items.
    case automatic = "auto"
    /// The textbook algorithm: saturating binary cross-entropy, SGD with momentum, one discriminator step to one
    /// generator step, fresh fakes for each (Goodfellow et al. 2014, algorithm 1).
    case classic
    /// Of tables, as in the paper: Wasserstein with gradient penalty, packs of ten, training by sampling (Xu et al. 2019).
    case ctgan
}
