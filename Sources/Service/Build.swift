/// What this program is.
package enum Build {
    package static let name = "gand"

    /// Semantic version of the program; the contract's version is in the paths.
    package static let version = "0.2.0"
}
