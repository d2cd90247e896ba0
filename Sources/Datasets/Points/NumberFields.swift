import Codecs

/// Reads the fields of a table's rows as real numbers.
struct NumberFields {
    let columns: [String]
    /// Where in a row each column stands.
    let places: [Int]
    /// What stands between a number's whole and its fraction.
    let mark: UInt8

    /// Reads a row, and notes each field that is no number.
    ///
    /// - Parameter values: room for as many as there are columns.
    /// - Returns: whether all are numbers.
    func read(_ row: CSVRow, into values: inout [Double], noting problems: inout ProblemList) -> Bool {
        var isWhole = true
        for (column, place) in places.enumerated() {
            switch NumberField(row[place], mark: mark) {
            case .number(let value): values[column] = value
            case .missing(let detail), .text(let detail):
                isWhole = false
                problems.add("line \(row.line)", "column \(place + 1) (\"\(columns[column])\") \(detail)")
            }
        }
        return isWhole
    }

    /// Whether a row may name columns: some field is neither a number nor one that is merely missing.
    static func isHeader(_ row: CSVRow, mark: UInt8) -> Bool {
        (0..<row.count).contains { index in
            if case .text = NumberField(row[index], mark: mark) { return true }
            return false
        }
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
