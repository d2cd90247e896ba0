/// An item of an upload that couldn't be used, and why.
package struct ItemProblem: Sendable, Equatable {
    /// The item as the upload names it: an archive entry, a line of a CSV.
    package var item: String
    /// A sentence: what was wrong with it.
    package var detail: String

    package init(item: String, detail: String) {
        self.item = item
        self.detail = detail
    }
}

/// Why an upload is no dataset, or a stored dataset can't be read.
package struct DatasetError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A word for programs in `snake_case`, such as `sizes_differ` or `disk_full`.
    package let code: String
    /// A sentence for the person who uploaded it.
    package let detail: String
    /// The items at fault, the first 100.
    package let problems: [ItemProblem]
    /// How many items were at fault in all.
    package let problemCount: Int

    package init(code: String, detail: String, problems: [ItemProblem] = [], problemCount: Int? = nil) {
        self.code = code
        self.detail = detail
        self.problems = problems
        self.problemCount = problemCount ?? problems.count
    }

    package var description: String { detail }

    static func unreadableManifest(_ detail: String) -> DatasetError {
        DatasetError(code: "manifest_unreadable", detail: "the dataset's manifest cannot be read: \(detail)")
    }
}

extension DatasetError {
    /// The import was told to stop.
    package static let stopped = DatasetError(code: "stopped", detail: "the import was stopped")

    static func tooManyItems(_ limits: DatasetLimits) -> DatasetError {
        DatasetError(code: "too_many_items", detail: "the upload has more than \(limits.maximumItems) items")
    }
}
