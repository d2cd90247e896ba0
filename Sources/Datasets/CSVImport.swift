import Codecs

/// Imports a table of real numbers as points.
struct CSVImport {
    let upload: Upload

    func run() throws -> DatasetManifest {
        var reader = CSVReader(FileSource(upload.file))
        var row = CSVRow()
        guard try reader.next(&row) else {
            throw DatasetError(code: "no_usable_item", detail: "the table has no rows")
        }
        var header: [String]?
        if Self.isHeader(row) {
            header = (0..<row.count).map { row.text($0).trimmingBlanks }
            guard try reader.next(&row) else {
                throw DatasetError(code: "no_usable_item", detail: "the table has a header and no rows")
            }
        }
        try checkColumns(header, first: row)
        let columns = try Self.columnNames(header, count: row.count)
        let writer = try PointsWriter(upload, columns: columns)
        var problems = ProblemList()
        var isRagged = false
        var values = [Double](repeating: 0, count: columns.count)
        repeat {
            if upload.shouldStop() { throw DatasetError.stopped }
            guard row.count == columns.count else {
                isRagged = true
                problems.add(
                    "line \(row.line)",
                    "it has \(row.count) \(row.count == 1 ? "field" : "fields") where \(columns.count) were expected")
                continue
            }
            var isWhole = true
            for column in 0..<columns.count {
                switch NumberField(row[column]) {
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
                detail: Self.sentence(problems),
                problems: problems.problems, problemCount: problems.count)
        }
        return try writer.finish()
    }

    /// Whether the first row names the columns: some field is neither a number nor one that is merely missing.
    private static func isHeader(_ row: CSVRow) -> Bool {
        (0..<row.count).contains { index in
            if case .text = NumberField(row[index]) { return true }
            return false
        }
    }

    /// Decides by the number of columns and the first row of data whether this can be points.
    private func checkColumns(_ header: [String]?, first: CSVRow) throws(DatasetError) {
        let count = header?.count ?? first.count
        if upload.kind == .points {
            let maximum = upload.limits.maximumColumns
            guard (2...maximum).contains(count) else {
                throw DatasetError(
                    code: "columns_out_of_range",
                    detail: "the table has \(count) \(count == 1 ? "column" : "columns"); points have 2 to \(maximum)")
            }
            return
        }
        let isNumeric = (0..<first.count).allSatisfy { index in
            if case .text = NumberField(first[index]) { return false }
            return true
        }
        guard (2...3).contains(count), isNumeric else {
            throw DatasetError.unsupportedKind(
                "the upload is a table of \(count) columns, and tables are not supported yet; as points it would need "
                    + "2 or 3 columns of real numbers, or up to \(upload.limits.maximumColumns) with kind=points")
        }
    }

    private static func columnNames(_ header: [String]?, count: Int) throws(DatasetError) -> [String] {
        guard let header else {
            return count <= 3 ? Array(["x", "y", "z"].prefix(count)) : (1...count).map { "column_\($0)" }
        }
        let names = header.enumerated().map { $0.element.isEmpty ? "column_\($0.offset + 1)" : $0.element }
        var seen: Set<String> = []
        if let twice = names.first(where: { !seen.insert($0).inserted }) {
            throw DatasetError(code: "csv_column_twice", detail: "two columns are named \"\(twice.prefix(100))\"")
        }
        return names
    }

    private static func sentence(_ problems: ProblemList) -> String {
        let first = problems.problems.first.map { "\($0.item): \($0.detail)" } ?? ""
        return problems.count == 1
            ? "the table cannot be read: \(first)"
            : "the table cannot be read, for \(problems.count) reasons; the first: \(first)"
    }
}

/// What a field of a table holds where a real number should stand.
enum NumberField: Equatable {
    case number(Double)
    /// Nothing, or a word for nothing; with the end of a sentence that begins with the field.
    case missing(String)
    case text(String)

    init(_ field: ArraySlice<UInt8>) {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        var trimmed = field.drop(while: isBlank)
        while let last = trimmed.last, isBlank(last) { trimmed.removeLast() }
        guard !trimmed.isEmpty else {
            self = .missing("is empty")
            return
        }
        let text = String(decoding: trimmed.prefix(64), as: UTF8.self)
        // Swift reads more than a table means by a number: hexadecimal, "inf", "nan".
        let isDecimal =
            trimmed.count <= 64
            && trimmed.allSatisfy { byte in
                (0x30...0x39).contains(byte) || byte == 0x2B || byte == 0x2D || byte == 0x2E || byte | 0x20 == 0x65
            }
        if isDecimal, let value = Double(text) {
            self =
                abs(value) <= PointsWriter.largestMagnitude
                ? .number(value) : .missing("is \(text), beyond ±1e100")
        } else if Self.wordsForNothing.contains(text.lowercased()) {
            self = .missing("is \"\(text)\"; a finite number is needed")
        } else {
            self = .text("is \"\(text)\", which is not a number")
        }
    }

    private static let wordsForNothing: Set<String> = [
        "nan", "+nan", "-nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity", "na", "n/a", "null", "none",
        "?",
        "#n/a",
    ]
}

extension String {
    fileprivate var trimmingBlanks: String {
        var trimmed = drop { $0 == " " || $0 == "\t" }
        while let last = trimmed.last, last == " " || last == "\t" { trimmed.removeLast() }
        return String(trimmed)
    }
}
