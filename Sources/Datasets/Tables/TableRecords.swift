package import Codecs

/// Turns a table's cells into records of a structured NumPy array, which have a field for each column.
///
/// | column | field |
/// |---|---|
/// | whole numbers, none missing | `<i8` |
/// | other numbers | `<f8`, NaN where there is none |
/// | words, times | `<U…`, the field's text in a CSV; empty where there is none |
///
/// `Sendable`: nothing in it changes.
package final class TableRecords: Sendable {
    /// One for each column, in their order.
    package let fields: [NPYRecordHeader.Field]
    private let columns: [RecordColumn]
    /// Bytes of one record.
    package let recordSize: Int

    /// - Parameters:
    ///   - categories: the categories of each column; empty where cells are values.
    ///   - identifiers: makes the texts of cells beyond the categories, where it isn't nil.
    ///   - count: how many rows there will be, on which the length of identifiers depends that are made anew.
    package init(
        schema: TableSchema, categories: [[String]], identifiers: [IdentifierText?] = [], count: Int
    ) {
        precondition(categories.count == schema.columns.count)
        var columns: [RecordColumn] = []
        var offset = 0
        for (index, (column, categories)) in zip(schema.columns, categories).enumerated() {
            columns.append(
                RecordColumn(
                    column, categories: categories,
                    identifiers: identifiers.indices.contains(index) ? identifiers[index] : nil,
                    dialect: schema.dialect, count: count, offset: offset))
            offset += columns[columns.count - 1].element.size
        }
        fields = zip(schema.columns, columns).map { NPYRecordHeader.Field(name: $0.name, element: $1.element) }
        self.columns = columns
        recordSize = offset
    }

    /// Adds rows as records.
    ///
    /// - Parameter cells: `[rows, columns]`: NaN where there is no value, indices of categories in coded columns. An index
    ///   out of range counts as no value.
    package func append(_ cells: [Double], to bytes: inout [UInt8]) {
        precondition(cells.count.isMultiple(of: columns.count))
        let start = bytes.count
        // A text's end is made of zeros, as are those that are missing.
        bytes.append(contentsOf: repeatElement(0, count: cells.count / columns.count * recordSize))
        bytes.withUnsafeMutableBytes { bytes in
            for (place, column) in columns.enumerated() {
                var target = UnsafeMutableRawBufferPointer(rebasing: bytes[start...])
                for cell in stride(from: place, to: cells.count, by: columns.count) {
                    column.store(cells[cell], in: target)
                    target = UnsafeMutableRawBufferPointer(rebasing: target[recordSize...])
                }
            }
        }
    }
}

/// A column's place in a record, and what its cells look like there.
private struct RecordColumn: Sendable {
    let element: NPYRecordHeader.Element
    private let offset: Int
    private let content: Content

    private enum Content: Sendable {
        case whole
        case number(ValueForm)
        case time(TimeForm)
        case words(Words)
        /// One number in every row.
        case constant(JSON)
        /// Nothing in any.
        case none
    }

    /// Categories' scalars one after another, and identifiers that are none of them.
    private struct Words: Sendable {
        private var scalars: [UInt32] = []
        private var ends: [Int] = []
        private let identifiers: IdentifierText?

        init(_ categories: [String], identifiers: IdentifierText?) {
            self.identifiers = identifiers
            for category in categories {
                scalars += category.unicodeScalars.map(\.value)
                ends.append(scalars.count)
            }
        }

        func scalars(of value: Double) -> ArraySlice<UInt32> {
            guard value >= 0, value < 0x1p53 else { return [] }
            let index = Int(value.rounded())
            if index < ends.count { return scalars[(index == 0 ? 0 : ends[index - 1])..<ends[index]] }
            let text = identifiers?.text(of: UInt64(index - ends.count)) ?? []
            return String(decoding: text, as: UTF8.self).unicodeScalars.map(\.value)[...]
        }

        /// The longest text, where so many identifiers are made: the more there are, the longer some may be.
        func length(count: Int) -> Int {
            var longest = identifiers?.length(count: count) ?? 0
            var start = 0
            for end in ends {
                longest = max(longest, end - start)
                start = end
            }
            return longest
        }
    }

    init(
        _ column: TableColumn, categories: [String], identifiers: IdentifierText?, dialect: TableDialect, count: Int,
        offset: Int
    ) {
        self.offset = offset
        switch column.form {
        case .number(let form)
        where form.isWhole && column.missing == 0 && Self.isExact(column, identifiers, count: count):
            (content, element) = (.whole, .int64)
        case .number: (content, element) = (.number(column.form), .float64)
        case .time(let form): (content, element) = (.time(form), .text(length: form.textLength))
        // Sentences aren't sampled, however long they are.
        case .text where column.type == .text: (content, element) = (.none, .text(length: 1))
        case .text:
            switch JSONStyle.number(of: column, categories, dialect) {
            case .integer(let number)?: (content, element) = (.constant(.integer(number)), .int64)
            case let number?: (content, element) = (.constant(number), .float64)
            case nil:
                let words = Words(categories, identifiers: identifiers)
                // NumPy has no texts without room for a character.
                (content, element) = (.words(words), .text(length: max(1, words.length(count: count))))
            }
        }
    }

    /// Whether the column's whole numbers are told apart by cells, as are those that identifiers go on with.
    private static func isExact(_ column: TableColumn, _ identifiers: IdentifierText?, count: Int) -> Bool {
        if let identifiers { return identifiers.form.digits != nil && identifiers.length(count: count) <= 15 }
        guard let statistics = column.statistics else { return false }
        return max(abs(statistics.minimum), abs(statistics.maximum)) + Double(count) < 0x1p53
    }

    func store(_ value: Double, in record: UnsafeMutableRawBufferPointer) {
        switch content {
        case .whole:
            // Where an integer has to be and none is, NumPy has the smallest.
            record.storeBytes(
                of: Int64(exactly: value.rounded()) ?? .min, toByteOffset: offset, as: Int64.self)
        case .number(let form):
            record.storeBytes(of: form.written(value), toByteOffset: offset, as: Double.self)
        case .constant(.integer(let number)): record.storeBytes(of: number, toByteOffset: offset, as: Int64.self)
        case .constant(let number):
            record.storeBytes(of: number.number ?? .nan, toByteOffset: offset, as: Double.self)
        case .words(let words): store(words.scalars(of: value), in: record)
        case .time(let form):
            var text: [UInt8] = []
            form.append(value, to: &text)
            store(String(decoding: text, as: UTF8.self).unicodeScalars.lazy.map(\.value), in: record)
        case .none: break
        }
    }

    private func store(_ scalars: some Sequence<UInt32>, in record: UnsafeMutableRawBufferPointer) {
        var place = offset
        for scalar in scalars.prefix(element.size / 4) {
            record.storeBytes(of: scalar, toByteOffset: place, as: UInt32.self)
            place += 4
        }
    }
}

extension ValueForm {
    /// A number with no more decimals than are written; NaN for none.
    fileprivate func written(_ value: Double) -> Double {
        guard case .number(let form) = self, value.isFinite else { return .nan }
        if form.isWhole { return value.rounded() }
        guard form.decimals < Self.mostDecimals else { return value }
        let scaled = value * NumberText.powers[form.decimals]
        return abs(scaled) < 0x1p51 ? scaled.rounded() / NumberText.powers[form.decimals] : value
    }
}
