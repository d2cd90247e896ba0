/// How dates and times of day are written.
package struct TimeForm: Sendable, Equatable {
    /// Such as `YYYY-MM-DD`, `DD.MM.YYYY`, `YYYY-MM-DDTHH:MM:SSZ` or `HH:MM`.
    package let format: String

    /// A form by its format.
    ///
    /// - Returns: nil where the format isn't one that is read.
    package init?(format: String) {
        guard format == "YYYY-MM-DD" else { return nil }
        self.format = format
    }
}
