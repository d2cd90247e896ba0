import Codecs

/// Turns a table's cells into the text of its upload, or into JSON.
///
/// Made for millions of rows: what a category looks like in either is worked out once. `Sendable`: nothing in it changes.
package final class TableText: Sendable {
    private let columns: [ColumnText]
    private let dialect: TableDialect
    private let header: [UInt8]

    /// - Parameters:
    ///   - categories: the categories of each column; empty where cells are values.
    ///   - identifiers: makes the texts of cells beyond the categories, where it isn't nil.
    package init(schema: TableSchema, categories: [[String]], identifiers: [IdentifierText?] = []) {
        precondition(categories.count == schema.columns.count)
        dialect = schema.dialect
        columns = zip(schema.columns, categories).enumerated().map { index, known in
            ColumnText(
                known.0, categories: known.1,
                identifiers: identifiers.indices.contains(index) ? identifiers[index] : nil,
                dialect: schema.dialect, isFirst: index == 0)
        }
        header = Self.header(schema)
    }

    package var columnCount: Int { columns.count }

    /// Adds the names of the columns as a line, where the upload had one.
    package func appendHeader(to bytes: inout [UInt8]) {
        if dialect.hasHeader { bytes.append(contentsOf: header) }
    }

    /// Adds rows as lines, in the upload's dialect.
    ///
    /// - Parameter cells: `[rows, columns]`: NaN where there is no value, indices of categories in coded columns. An index
    ///   out of range counts as no value.
    package func appendCSV(_ cells: UnsafeBufferPointer<Double>, to bytes: inout [UInt8]) {
        precondition(cells.count.isMultiple(of: columns.count))
        let last = columns.count - 1
        for start in stride(from: 0, to: cells.count, by: columns.count) {
            let first = bytes.count
            for index in 0...last {
                columns[index].appendCSV(cells[start + index], to: &bytes)
                bytes.append(index == last ? 0x0A : dialect.delimiter.byte)
            }
            // An empty line would be passed over.
            if bytes.count - first == 1 {
                bytes.removeLast()
                bytes.append(contentsOf: [0x22, 0x22, 0x0A])
            }
        }
    }

    package func appendCSV(_ cells: [Double], to bytes: inout [UInt8]) {
        cells.withUnsafeBufferPointer { appendCSV($0, to: &bytes) }
    }

    /// Adds rows as JSON arrays, each with a comma after it: numbers as numbers, words and times as strings, the words
    /// true and false of boolean columns as such, null where there is no value.
    package func appendJSON(_ cells: UnsafeBufferPointer<Double>, to bytes: inout [UInt8]) {
        precondition(cells.count.isMultiple(of: columns.count))
        let last = columns.count - 1
        for start in stride(from: 0, to: cells.count, by: columns.count) {
            bytes.append(UInt8(ascii: "["))
            for index in 0...last {
                columns[index].appendJSON(cells[start + index], to: &bytes)
                bytes.append(UInt8(ascii: index == last ? "]" : ","))
            }
            bytes.append(UInt8(ascii: ","))
        }
    }

    package func appendJSON(_ cells: [Double], to bytes: inout [UInt8]) {
        cells.withUnsafeBufferPointer { appendJSON($0, to: &bytes) }
    }

    private static func header(_ schema: TableSchema) -> [UInt8] {
        var bytes: [UInt8] = []
        for (index, column) in schema.columns.enumerated() {
            if index > 0 { bytes.append(schema.dialect.delimiter.byte) }
            bytes.append(contentsOf: CSVField.quoted(Array(column.name.utf8), delimiter: schema.dialect.delimiter.byte))
        }
        bytes.append(0x0A)
        return bytes
    }
}

/// The text of one column's cells.
private struct ColumnText: Sendable {
    private let form: ValueForm
    /// How numbers stand in JSON.
    private let plain: NumberForm
    private let mark: UInt8
    private let blank: [UInt8]
    private let delimiter: UInt8
    private let missing: [UInt8]
    private let csv: Words
    private let json: Words
    /// Makes the texts of identifiers that are none of the column's.
    private let identifiers: IdentifierText?
    /// Whether a value's text must stand in quotes, since it holds the delimiter: a number's decimal comma, or what stands
    /// within a time.
    private let needsQuotes: Bool
    /// Whether a number's or a time's text may have the delimiter in it.
    private let mayHoldDelimiter: Bool

    /// Texts one after another.
    private struct Words: Sendable {
        private var bytes: [UInt8] = []
        private var ends: [Int] = []

        var count: Int { ends.count }

        mutating func append(_ word: some Sequence<UInt8>) {
            bytes.append(contentsOf: word)
            ends.append(bytes.count)
        }

        @inline(__always)
        func copy(_ index: Int, to target: inout [UInt8]) {
            target.append(contentsOf: bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]])
        }
    }

    init(
        _ column: TableColumn, categories: [String], identifiers: IdentifierText?, dialect: TableDialect, isFirst: Bool
    ) {
        form = column.form
        if case .number(let form) = column.form {
            plain = form.plain
        } else {
            plain = NumberForm(decimals: 0, isWhole: true)
        }
        mark = UInt8(ascii: dialect.hasDecimalComma ? "," : ".")
        needsQuotes = dialect.hasDecimalComma && dialect.delimiter == .comma
        delimiter = dialect.delimiter.byte
        mayHoldDelimiter = !needsQuotes && column.form.mayHold(delimiter)
        blank = dialect.hasBlanks && column.hasBlank && !isFirst ? [0x20] : []
        missing = blank + CSVField.quoted(Array(column.missingText.utf8), delimiter: dialect.delimiter.byte)
        self.identifiers = identifiers
        var csv = Words()
        var json = Words()
        let style = JSONStyle(column, categories)
        for category in categories {
            // A blank before a quote would make the quote a part of the field.
            let field = blank + Array(category.utf8)
            csv.append(CSVField.quoted(field, delimiter: dialect.delimiter.byte))
            json.append(style.text(of: category, mark: mark))
        }
        self.csv = csv
        self.json = json
    }

    @inline(__always)
    func appendCSV(_ value: Double, to bytes: inout [UInt8]) {
        guard value.isFinite else {
            if !missing.isEmpty { bytes.append(contentsOf: missing) }
            return
        }
        if case .text = form {
            guard let index = category(value) else {
                bytes.append(
                    contentsOf: identifier(value).map { CSVField.quoted(blank + $0, delimiter: delimiter) } ?? missing)
                return
            }
            csv.copy(index, to: &bytes)
            return
        }
        if !blank.isEmpty { bytes.append(0x20) }
        if mayHoldDelimiter {
            var field: [UInt8] = []
            form.append(value, mark: mark, to: &field)
            return bytes.append(contentsOf: CSVField.quoted(field, delimiter: delimiter))
        }
        if needsQuotes { bytes.append(UInt8(ascii: "\"")) }
        form.append(value, mark: mark, to: &bytes)
        if needsQuotes { bytes.append(UInt8(ascii: "\"")) }
    }

    @inline(__always)
    func appendJSON(_ value: Double, to bytes: inout [UInt8]) {
        guard value.isFinite else { return bytes.append(contentsOf: Self.null) }
        switch form {
        case .text:
            guard let index = category(value) else {
                if let identifier = identifier(value) {
                    bytes.append(contentsOf: JSON.string(String(decoding: identifier, as: UTF8.self)).bytes)
                } else {
                    bytes.append(contentsOf: Self.null)
                }
                return
            }
            json.copy(index, to: &bytes)
        case .number: plain.append(value, mark: UInt8(ascii: "."), to: &bytes)
        case .time(let form):
            bytes.append(UInt8(ascii: "\""))
            form.append(value, to: &bytes)
            bytes.append(UInt8(ascii: "\""))
        }
    }

    /// The text of an identifier that comes after all those of the column.
    private func identifier(_ value: Double) -> [UInt8]? {
        guard let identifiers, value >= Double(csv.count), value < 0x1p53 else { return nil }
        return identifiers.text(of: UInt64(value) - UInt64(csv.count))
    }

    private func category(_ value: Double) -> Int? {
        guard let index = Int(exactly: value.rounded()), (0..<csv.count).contains(index) else { return nil }
        return index
    }

    private static let null = Array("null".utf8)
}

extension ValueForm {
    /// Whether a text of this form may have a byte in it, or a quote.
    fileprivate func mayHold(_ byte: UInt8) -> Bool {
        let marks: [UInt8]
        switch self {
        case .text: return false
        case .time(let form): marks = Array(form.format.utf8)
        case .number(let form):
            // A decimal mark of its own, what stands between thousands, or around the number.
            marks =
                Array((form.prefix + form.suffix + (form.grouping?.separator.rawValue ?? "")).utf8) + [
                    form.mark?.byte ?? 0
                ]
        }
        return marks.contains(byte) || marks.contains(UInt8(ascii: "\""))
    }
}

/// How a column's categories stand in JSON.
enum JSONStyle {
    case string
    case boolean
    /// As they are, where they are numbers in JSON's own writing.
    case number

    init(_ column: TableColumn, _ categories: [String]) {
        switch column.type {
        case .boolean:
            self = categories.allSatisfy { ["true", "false"].contains(Self.word($0)) } ? .boolean : .number
        case .constant: self = .number
        default: self = .string
        }
    }

    /// The number that stands in every row of a column, where one does.
    static func number(of column: TableColumn, _ categories: [String], _ dialect: TableDialect) -> JSON? {
        guard column.type == .constant, categories.count == 1 else { return nil }
        let mark = UInt8(ascii: dialect.hasDecimalComma ? "," : ".")
        let value = try? JSON(parsing: JSONStyle.number.text(of: categories[0], mark: mark))
        return value?.number == nil ? nil : value
    }

    func text(of category: String, mark: UInt8) -> [UInt8] {
        switch self {
        case .boolean: return Array(Self.word(category).utf8)
        case .number:
            var text = Array(category.utf8)
            text = text.withUnsafeBufferPointer { Array($0.trimmed) }
            if mark != UInt8(ascii: "."), let place = text.firstIndex(of: mark) { text[place] = UInt8(ascii: ".") }
            if case .integer = try? JSON(parsing: text) { return text }
            if case .number = try? JSON(parsing: text) { return text }
            return JSON.string(category).bytes
        case .string: return JSON.string(category).bytes
        }
    }

    private static func word(_ category: String) -> String {
        String(category.drop { $0 == " " }).lowercased()
    }
}

/// Fields of CSV (RFC 4180).
enum CSVField {
    /// A field, in quotes where it has a delimiter, a quote or a line break; or nothing, where blanks are the delimiter, of which
    /// several are one.
    static func quoted(_ field: [UInt8], delimiter: UInt8) -> [UInt8] {
        if field.isEmpty, delimiter == 0x20 { return Array("\"\"".utf8) }
        let needsQuotes = field.contains {
            $0 == delimiter || $0 == UInt8(ascii: "\"") || $0 == 0x0A || $0 == 0x0D
        }
        guard needsQuotes else { return field }
        var quoted: [UInt8] = [UInt8(ascii: "\"")]
        for byte in field {
            if byte == UInt8(ascii: "\"") { quoted.append(byte) }
            quoted.append(byte)
        }
        quoted.append(UInt8(ascii: "\""))
        return quoted
    }
}
