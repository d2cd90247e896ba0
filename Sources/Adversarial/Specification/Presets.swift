/// A set of choices for everything a caller leaves open, by its name.
///
/// These two are for every dataset; a kind may have others, which stand beside its defaults.
package struct Preset: Sendable, Hashable {
    package let name: String

    /// What works best for the dataset's kind, size and number of items.
    package static let automatic = Preset(name: "auto")
    /// The textbook algorithm: saturating binary cross-entropy, SGD with momentum, one discriminator step to one
    /// generator step, fresh fakes for each.
    ///
    /// Goodfellow et al. 2014, algorithm 1.
    package static let classic = Preset(name: "classic")
}
