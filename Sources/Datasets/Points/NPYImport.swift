import Codecs

/// Imports an NPY `[rows, columns]` of numbers as points.
struct NPYImport: ItemImport {
    let upload: Upload

    func run(into folder: String) throws -> DatasetManifest {
        var rows = try NPYRows(upload)
        let columns = rows.columnCount
        let maximum = upload.kind == PointSchema.name ? upload.limits.maximumColumns : 3
        guard (2...maximum).contains(columns) else {
            throw DatasetError(
                code: "columns_out_of_range",
                detail: "the upload is \(upload.format); points have 2 or 3 columns, or up to "
                    + "\(upload.limits.maximumColumns) with kind=points, and pictures are [items, height, width] "
                    + "(numpy.reshape)")
        }
        let names = columns <= 3 ? Array(["x", "y", "z"].prefix(columns)) : (1...columns).map { "column_\($0)" }
        let writer = try PointsWriter(upload, folder: folder, columns: names)
        var problems = ProblemList()
        while let row = try rows.next() {
            // Once there is a problem nothing will be kept: what follows is read for its problems alone.
            if rows.check(row, noting: &problems), problems.count == 0 { try writer.append(row) }
        }
        guard problems.count == 0 else {
            throw DatasetError(
                code: "npy_not_finite", detail: "the array has \(problems.count) numbers that are not finite",
                problems: problems.problems, problemCount: problems.count)
        }
        try rows.checkEnd()
        return try writer.finish()
    }
}
