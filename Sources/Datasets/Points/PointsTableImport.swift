import Codecs

/// Imports a table of real numbers as points.
struct PointsTableImport: ItemImport {
    let upload: Upload
    let table: TextTable

    func run(into folder: String) throws -> DatasetManifest {
        let reader = try table.rows()
        let mark = table.dialect.mark
        var row = CSVRow()
        guard try reader.next(&row) else {
            throw DatasetError(code: "no_usable_item", detail: "the table has no rows")
        }
        var header: [String]?
        let firstLine = row.line
        if reader.hasNames || NumberFields.isHeader(row, mark: mark) {
            header = ColumnNames.fields(of: row)
            guard try reader.next(&row) else {
                throw DatasetError(code: "no_usable_item", detail: "the table has a header and no rows")
            }
        }
        let columns = try columnNames(header, count: header?.count ?? row.count)
        let writer = try PointsWriter(upload, folder: folder, columns: columns)
        let fields = NumberFields(columns: columns, places: Array(columns.indices), mark: mark)
        var problems = ProblemList()
        var isRagged = false
        var rowCount = 0
        var values = [Double](repeating: 0, count: columns.count)
        repeat {
            if upload.shouldStop() { throw DatasetError.stopped }
            rowCount += 1
            guard row.count == columns.count else {
                isRagged = true
                problems.addRagged(row, expected: columns.count)
                continue
            }
            let isWhole = fields.read(row, into: &values, noting: &problems)
            // Once there is a problem nothing will be kept: what follows is read for its problems alone.
            if isWhole, problems.count == 0 { try writer.append(values) }
        } while try reader.next(&row)
        guard problems.count == 0 else {
            throw DatasetError(
                code: isRagged ? "csv_ragged" : "csv_not_a_number",
                detail: isRagged ? problems.sentence(ragged: rowCount, below: firstLine) : problems.sentence,
                problems: problems.problems, problemCount: problems.count)
        }
        return try writer.finish()
    }

    private func columnNames(_ header: [String]?, count: Int) throws(DatasetError) -> [String] {
        let maximum = upload.limits.maximumColumns
        guard (2...maximum).contains(count) else {
            throw DatasetError(
                code: "columns_out_of_range",
                detail: "the table has \(count) \(count == 1 ? "column" : "columns"); points have 2 to \(maximum)")
        }
        if header == nil, count <= 3 { return Array(["x", "y", "z"].prefix(count)) }
        return try ColumnNames.names(header, count: count)
    }
}
