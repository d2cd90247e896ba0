import Codecs

/// Imports a table of real numbers as points.
struct PointsTableImport: ItemImport {
    let upload: Upload
    let text: UploadText
    let dialect: DialectSniffer

    func run(into folder: String) throws -> DatasetManifest {
        var reader = CSVReader(try text.source(), delimiter: dialect.delimiter.byte)
        var row = CSVRow()
        guard try reader.next(&row) else {
            throw DatasetError(code: "no_usable_item", detail: "the table has no rows")
        }
        var header: [String]?
        if isHeader(row) {
            header = ColumnNames.fields(of: row)
            guard try reader.next(&row) else {
                throw DatasetError(code: "no_usable_item", detail: "the table has a header and no rows")
            }
        }
        let columns = try columnNames(header, count: header?.count ?? row.count)
        let writer = try PointsWriter(upload, folder: folder, columns: columns)
        var problems = ProblemList()
        var isRagged = false
        var values = [Double](repeating: 0, count: columns.count)
        repeat {
            if upload.shouldStop() { throw DatasetError.stopped }
            guard row.count == columns.count else {
                isRagged = true
                problems.addRagged(row, expected: columns.count)
                continue
            }
            var isWhole = true
            for column in 0..<columns.count {
                switch NumberField(row[column], mark: dialect.mark) {
                case .number(let value): values[column] = value
                case .missing(let detail), .text(let detail):
                    isWhole = false
                    problems.add("line \(row.line)", "column \(column + 1) (\"\(columns[column])\") \(detail)")
                }
            }
            // Once there is a problem nothing will be kept: what follows is read for its problems alone.
            if isWhole, problems.count == 0 { try writer.append(values) }
        } while try reader.next(&row)
        guard problems.count == 0 else {
            throw DatasetError(
                code: isRagged ? "csv_ragged" : "csv_not_a_number",
                detail: problems.sentence,
                problems: problems.problems, problemCount: problems.count)
        }
        return try writer.finish()
    }

    /// Whether the first row names the columns: some field is neither a number nor one that is merely missing.
    private func isHeader(_ row: CSVRow) -> Bool {
        (0..<row.count).contains { index in
            if case .text = NumberField(row[index], mark: dialect.mark) { return true }
            return false
        }
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

/// What a field of a table holds where a real number should stand.
enum NumberField: Equatable {
    case number(Double)
    /// Nothing, or a word for nothing; with the end of a sentence that begins with the field.
    case missing(String)
    case text(String)

    init(_ field: ArraySlice<UInt8>, mark: UInt8) {
        self = field.withUnsafeBufferPointer { NumberField($0.trimmed, mark: mark) }
    }

    /// - Parameter field: text without blanks around it.
    private init(_ field: UnsafeBufferPointer<UInt8>, mark: UInt8) {
        guard field.count > 0 else {
            self = .missing("is empty")
            return
        }
        let number = NumberText(field, mark: mark)?.value
        if let number, abs(number) <= PointsWriter.largestMagnitude {
            self = .number(number)
            return
        }
        let text = String(decoding: field.prefix(64), as: UTF8.self)
        if number != nil {
            self = .missing("is \(text), beyond ±1e100")
        } else if NothingWords.contains(field) {
            self = .missing("is \"\(text)\"; a finite number is needed")
        } else {
            self = .text("is \"\(text)\", which is not a number")
        }
    }
}
