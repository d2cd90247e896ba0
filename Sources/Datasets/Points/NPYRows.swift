import Codecs

/// The rows of an NPY `[rows, columns]`, as real numbers.
struct NPYRows {
    let count: Int
    let columnCount: Int
    private let header: NPYHeader
    private let source: FileSource
    private(set) var place = 0

    /// Reads the head.
    ///
    /// - Throws: `DatasetError` with code `npy_not_points`, `CodecError`, `FileError`.
    init(_ upload: Upload) throws {
        source = FileSource(upload.file)
        header = try NPYHeader(reading: source)
        guard header.shape.count == 2, !header.isColumnMajor || header.shape[1] == 1 || header.shape[0] == 1 else {
            throw DatasetError(
                code: "npy_not_points",
                detail: header.isColumnMajor
                    ? "the array is in column-major (Fortran) order; numpy.ascontiguousarray makes it row-major"
                    : "the array of \(header.element) has the shape \(header.shape); points are [rows, columns]; "
                        + DatasetKind.readable)
        }
        (count, columnCount) = (header.shape[0], header.shape[1])
    }

    /// The next row; nil after the last.
    ///
    /// - Throws: `DatasetError` with code `truncated`, `FileError`.
    mutating func next() throws -> [Double]? {
        guard place < count else { return nil }
        place += 1
        let size = columnCount * header.element.size
        let bytes = try source.read(upTo: size)
        guard bytes.count == size else {
            throw DatasetError(
                code: "truncated", detail: "the array announces \(count) rows and ends within row \(place)")
        }
        return bytes.withUnsafeBytes { header.values(of: $0) }
    }

    /// Notes the values of the last row that aren't finite, or too large.
    ///
    /// - Returns: whether there are none.
    func check(_ row: [Double], noting problems: inout ProblemList) -> Bool {
        var isWhole = true
        for (column, value) in row.enumerated() where !(abs(value) <= PointsWriter.largestMagnitude) {
            isWhole = false
            problems.add("row \(place)", "column \(column + 1) is \(value); a finite number up to 1e100 is needed")
        }
        return isWhole
    }

    /// Checks that nothing follows the last row.
    ///
    /// - Throws: `DatasetError` with code `malformed`, `FileError`.
    func checkEnd() throws {
        guard try source.read(upTo: 1).isEmpty else {
            throw DatasetError(
                code: "malformed", detail: "the array announces \(count) rows, and more bytes follow them")
        }
    }
}
