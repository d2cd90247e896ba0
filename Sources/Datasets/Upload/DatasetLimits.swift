/// What an upload may cost: beyond any of these it is refused, with a sentence that names the limit.
package struct DatasetLimits: Sendable, Equatable {
    /// Entries of an archive, folders and passed-over ones included.
    package var maximumEntries = 1_000_000
    /// Rows of a table, or pictures of an array.
    package var maximumItems = 20_000_000
    /// Bytes of one picture's file.
    package var maximumItemBytes = 64 << 20
    /// Width × height of one picture: more than telephones and most cameras have, and 100 MB of colours.
    package var maximumItemPixels = 32_000_000
    /// Bytes that an archive may expand to, and pixels that its pictures may decode to.
    package var maximumExpandedBytes = 8 << 30
    /// Expanded bytes to one uploaded byte; counted beyond the first 64 MiB.
    package var maximumExpansionRatio = 200
    /// Columns of a table that is to be points.
    package var maximumColumns = 64
    /// Columns of a table.
    package var maximumTableColumns = 1_000
    /// Different values of a column that are kept.
    package var maximumCategories = 100_000
    /// Memory that the different values of all columns may take while a table is read; beyond it the largest column's aren't kept.
    package var maximumCategoryMemory = 256 << 20
    package var maximumClasses = 10_000
    /// Sides of a picture, in pixels.
    package var imageSides = 8...256

    package init() {}

    /// Bytes up to which the ratio isn't looked at.
    static let freeExpansion = 64 << 20
}

/// Counts what an archive expands to.
struct ExpansionBudget {
    private let limit: Int
    private let uploadSize: Int
    private(set) var spent = 0

    init(limits: DatasetLimits, uploadSize: Int) {
        let (product, overflows) = uploadSize.multipliedReportingOverflow(by: limits.maximumExpansionRatio)
        let byRatio = overflows ? Int.max : max(DatasetLimits.freeExpansion, product)
        limit = min(limits.maximumExpandedBytes, byRatio)
        self.uploadSize = uploadSize
    }

    /// Bytes that may still come.
    var remaining: Int { limit - spent }

    /// Counts bytes.
    ///
    /// - Throws: `DatasetError` with code `archive_too_large` beyond the limit.
    mutating func spend(_ count: Int) throws(DatasetError) {
        guard count <= remaining else { throw exceeded }
        spent += count
    }

    var exceeded: DatasetError {
        DatasetError(
            code: "archive_too_large",
            detail: "the upload of \(uploadSize) bytes expands to more than \(limit) bytes, which is the most allowed")
    }
}
