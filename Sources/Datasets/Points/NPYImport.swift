import Codecs

/// Imports an NPY `[rows, columns]` of numbers as points.
struct NPYImport: ItemImport {
    let upload: Upload

    func run(into folder: String) throws -> DatasetManifest {
        let source = FileSource(upload.file)
        let header = try NPYHeader(reading: source)
        guard header.shape.count == 2, !header.isColumnMajor || header.shape[1] == 1 || header.shape[0] == 1 else {
            throw DatasetError(
                code: "npy_not_points",
                detail: header.isColumnMajor
                    ? "the array is in column-major (Fortran) order; numpy.ascontiguousarray makes it row-major"
                    : "the array has the shape \(header.shape); points are [rows, columns]; \(DatasetKind.readable)")
        }
        let (rows, columns) = (header.shape[0], header.shape[1])
        let maximum = upload.kind == PointSchema.name ? upload.limits.maximumColumns : 3
        guard (2...maximum).contains(columns) else {
            throw DatasetError(
                code: "columns_out_of_range",
                detail: "the array has \(columns) columns; points have 2 or 3, or up to "
                    + "\(upload.limits.maximumColumns) with kind=points")
        }
        let names = columns <= 3 ? Array(["x", "y", "z"].prefix(columns)) : (1...columns).map { "column_\($0)" }
        let writer = try PointsWriter(upload, folder: folder, columns: names)
        var problems = ProblemList()
        let rowSize = columns * header.element.size
        for row in 0..<rows {
            let bytes = try source.read(upTo: rowSize)
            guard bytes.count == rowSize else {
                throw DatasetError(
                    code: "truncated", detail: "the array announces \(rows) rows and ends within row \(row + 1)")
            }
            let values = bytes.withUnsafeBytes { header.values(of: $0) }
            for (column, value) in values.enumerated() where !(abs(value) <= PointsWriter.largestMagnitude) {
                problems.add(
                    "row \(row + 1)", "column \(column + 1) is \(value); a finite number up to 1e100 is needed")
            }
            if problems.count == 0 { try writer.append(values) }
        }
        guard problems.count == 0 else {
            throw DatasetError(
                code: "npy_not_finite", detail: "the array has \(problems.count) numbers that are not finite",
                problems: problems.problems, problemCount: problems.count)
        }
        guard try source.read(upTo: 1).isEmpty else {
            throw DatasetError(
                code: "malformed", detail: "the array announces \(rows) rows, and more bytes follow them")
        }
        return try writer.finish()
    }
}
