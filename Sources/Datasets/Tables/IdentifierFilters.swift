import Codecs

/// What of a table's identifiers mustn't come up again, gathered while its rows are gone through.
struct IdentifierFilters {
    private let columnCount: Int
    private var columns: [Column]
    private var parts = IdentifierParts()

    private struct Column {
        let index: Int
        let learning: IdentifierLearning
        /// Whether cells are the identifiers themselves.
        let isNumber: Bool
        var filter: PartFilter
    }

    /// Memory of all filters together.
    ///
    /// Of ten million rows of e-mail addresses it takes half.
    private static let mostBytes = 64 << 20

    /// - Parameter rows: that will be gone through.
    init(_ plans: [ColumnPlan], rows: Int) {
        columnCount = plans.count
        let count = plans.count { $0.identifiers != nil }
        columns = plans.enumerated().compactMap { index, plan in
            guard let learning = plan.identifiers else { return nil }
            return Column(
                index: index, learning: learning, isNumber: plan.column.form != .text,
                filter: learning.filter(rows: rows, mostBytes: Self.mostBytes / max(1, count)))
        }
    }

    /// Takes a row in.
    mutating func add(_ fields: CSVRow.Fields, _ cells: [Double]) {
        for place in columns.indices {
            let column = columns[place]
            if column.isNumber {
                guard let text = IdentifierText.digits(of: cells[column.index]) else { continue }
                text.withUnsafeBufferPointer { add($0, to: place) }
            } else {
                let value = fields[column.index].trimmed
                if value.count > 0 { add(value, to: place) }
            }
        }
    }

    private mutating func add(_ value: UnsafeBufferPointer<UInt8>, to place: Int) {
        var filter = columns[place].filter
        // One owner, so that it isn't copied.
        columns[place].filter = PartFilter.none
        columns[place].learning.forEachOwn(in: value, &parts) { filter.insert($0, as: $1) }
        columns[place].filter = filter
    }

    /// Writes an array of the form of each column; null where there is none.
    ///
    /// No file where no column has one.
    func write(to path: String) throws {
        guard !columns.isEmpty else { return }
        let writer = try DurableFileWriter(path: path)
        for index in 0..<columnCount {
            let column = columns.first { $0.index == index }
            try writer.write([UInt8(ascii: index == 0 ? "[" : ",")])
            var form = column?.learning.form
            form?.filter = column?.filter
            try writer.write((form?.json ?? .null).bytes)
        }
        try writer.write([UInt8(ascii: "]")])
        try writer.commit()
    }
}
