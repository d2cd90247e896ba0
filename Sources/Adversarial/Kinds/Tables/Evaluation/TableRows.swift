package import Datasets

/// Rows of a table, real or synthetic, column by column.
package struct TableRows: Sendable, Equatable {
    package let columns: [TableColumn]
    /// The cells of each column, `[columns][rows]`: NaN where there is no value, indices of categories in coded columns,
    /// numbers and times in the others, in the column's unit.
    package let values: [[Double]]
    package let count: Int

    /// Takes rows apart.
    ///
    /// - Parameter cells: `[rows, columns]`, as `Dataset.cells(of:)` gives them.
    package init(columns: [TableColumn], cells: [Double]) {
        precondition(!columns.isEmpty && cells.count.isMultiple(of: columns.count))
        let width = columns.count, rows = cells.count / width
        self.columns = columns
        count = rows
        values = (0..<width).map { column in
            let unit = columns[column].unit
            return (0..<rows).map { cells[$0 * width + column] / unit }
        }
    }

    /// Takes columns as they are.
    ///
    /// - Parameter values: a list for each column, all equally long.
    package init(columns: [TableColumn], values: [[Double]]) {
        precondition(columns.count == values.count && values.allSatisfy { $0.count == values[0].count })
        self.columns = columns
        self.values = values
        count = values.first?.count ?? 0
    }

    /// The columns that a model learns: not identifiers, text and what is the same in each row.
    package var learned: [Int] {
        columns.indices.filter { DataSpec().treatment(of: columns[$0]) != .left }
    }

    /// Whether a column's cells lie on a line, rather than being the same or not.
    package func isOfNumbers(_ column: Int) -> Bool {
        let column = columns[column]
        return DataSpec().treatment(of: column) == .numbers && !column.isCoded
            || column.type == .ordinal && !column.isCoded
    }

    /// Some of the rows, in the order asked for.
    package func rows(_ indices: [Int]) -> TableRows {
        TableRows(columns: columns, values: values.map { column in indices.map { column[$0] } })
    }

    /// So many rows, evenly over all of them, since tables are often sorted.
    package func spread(atMost most: Int) -> TableRows {
        count <= most ? self : rows(QualityEvaluator.spread(Array(0..<count), atMost: most))
    }

    /// So many rows, drawn without repetition, in random order.
    ///
    /// - Parameter purpose: tells apart draws with one seed.
    func drawn(_ wanted: Int, seed: UInt64, purpose: Int) -> TableRows {
        guard count > 0 else { return self }
        let order = ItemOrder(count: count, seed: seed, epoch: purpose)
        return rows((0..<min(wanted, count)).map { order[$0] })
    }

    /// Mean and standard deviation of a column's values; `nil` where there are none.
    func moments(ofColumn column: Int) -> (mean: Double, deviation: Double)? {
        let present = values[column].filter(\.isFinite)
        guard !present.isEmpty else { return nil }
        let mean = present.reduce(0, +) / Double(present.count)
        let squares = present.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, (squares / Double(present.count)).squareRoot())
    }
}

/// Cells that are the same for whoever compares rows.
enum TableCell {
    /// Equal for equal cells: all that is no value is alike, and so are both zeros.
    static func bits(_ cell: Double) -> UInt64 {
        cell.isNaN ? 0x7FF8_0000_0000_0000 : (cell == 0 ? 0 : cell.bitPattern)
    }

    /// The fingerprint of a row's cells so far, and of one more.
    static func fingerprint(_ before: UInt64, adding cell: Double) -> UInt64 {
        SplitMix64.mix((before ^ bits(cell)) &+ 0x9E37_79B9_7F4A_7C15)
    }
}
