internal import Datasets

/// How far rows of a table are from each other: the mean over the learned columns of a distance in 0…1.
///
/// Numbers are |a − b| over two standard deviations of the training rows, at most 1; other cells 0 where they are the same, else 1.
/// A missing cell equals a missing cell and nothing else. That is Gower's distance (1971) with a range that outliers don't stretch.
struct TableDistance {
    private let columns: [Column]

    private enum Column {
        /// Numbers are centred first, so that a `Float` tells late dates apart.
        case numbers(index: Int, mean: Double, factor: Double)
        case words(index: Int, codes: [UInt64: Float])
    }

    /// Missing cells as numbers: 0 from each other and far from all else.
    private static let missing: Float = 1e30
    private static let largest = 1e15

    /// - Parameter rows: all that is to be compared, the training rows first.
    init(training: TableRows, others: [TableRows]) {
        columns = training.learned.map { index in
            if training.isOfNumbers(index), let (mean, deviation) = training.moments(ofColumn: index),
                deviation > 0, deviation.isFinite
            {
                return .numbers(index: index, mean: mean, factor: 1 / (2 * deviation))
            }
            var codes: [UInt64: Float] = [:]
            for rows in [training] + others {
                for cell in rows.values[index] {
                    let bits = TableCell.bits(cell)
                    if codes[bits] == nil { codes[bits] = Float(codes.count) }
                }
            }
            return .words(index: index, codes: codes)
        }
    }

    /// Whether there is anything to compare.
    var isEmpty: Bool { columns.isEmpty }

    /// Rows, so that the distance is the mean of min(1, |a − b|) over their columns: words are whole numbers, one or more apart.
    struct Scaled {
        /// `[columns][rows]`.
        fileprivate let values: [[Float]]
        let count: Int
    }

    func scaled(_ rows: TableRows) -> Scaled {
        let values = columns.map { column in
            switch column {
            case .numbers(let index, let mean, let factor):
                rows.values[index].map { cell -> Float in
                    cell.isNaN ? Self.missing : Float(min(Self.largest, max(-Self.largest, (cell - mean) * factor)))
                }
            case .words(let index, let codes):
                rows.values[index].map { codes[TableCell.bits($0)] ?? Self.missing }
            }
        }
        return Scaled(values: values, count: rows.count)
    }

    /// The distances of a row to the closest and to the second closest of others; infinite where there are none.
    struct Nearest: Sendable, Equatable {
        var first: Float
        var second: Float
    }

    /// Rows that are looked for between two calls of `onPart`.
    static let rowsInPart = 250
    /// Rows that are compared with one row at a time: they and the sums stay in the first-level cache.
    private static let tile = 512

    static func partCount(_ queries: Int) -> Int { (queries + rowsInPart - 1) / rowsInPart }

    /// For each row its nearest ones.
    ///
    /// What is held beside the rows is one tile of distances.
    func nearest(_ queries: Scaled, among rows: Scaled, onPart: () throws -> Void) rethrows -> [Nearest] {
        var found = [Nearest](repeating: Nearest(first: .infinity, second: .infinity), count: queries.count)
        var sums = [Float](repeating: 0, count: Self.tile)
        for part in stride(from: 0, to: queries.count, by: Self.rowsInPart) {
            let range = part..<min(part + Self.rowsInPart, queries.count)
            for start in stride(from: 0, to: rows.count, by: Self.tile) {
                let tile = start..<min(start + Self.tile, rows.count)
                for query in range { compare(query, of: queries, with: tile, of: rows, &sums, &found[query]) }
            }
            try onPart()
        }
        let factor = 1 / Float(max(columns.count, 1))
        return found.map { Nearest(first: $0.first * factor, second: $0.second * factor) }
    }

    /// Sums up one row's distances to a tile, column by column, so that the loops are over numbers that lie side by side.
    private func compare(
        _ query: Int, of queries: Scaled, with tile: Range<Int>, of rows: Scaled, _ sums: inout [Float],
        _ nearest: inout Nearest
    ) {
        let count = tile.count
        sums.withUnsafeMutableBufferPointer { sums in
            guard let sums = sums.baseAddress else { return }
            sums.update(repeating: 0, count: count)
            for column in columns.indices {
                let value = queries.values[column][query]
                rows.values[column].withUnsafeBufferPointer { cells in
                    guard let cells = cells.baseAddress.map({ $0 + tile.lowerBound }) else { return }
                    for place in 0..<count {
                        let distance = (cells[place] - value).magnitude
                        sums[place] += distance < 1 ? distance : 1
                    }
                }
            }
            var (first, second) = (nearest.first, nearest.second)
            for place in 0..<count where sums[place] < second {
                second = max(first, sums[place])
                first = min(first, sums[place])
            }
            nearest = Nearest(first: first, second: second)
        }
    }
}

/// Finds rows among others that have the same cells in all learned columns.
struct TableCopies {
    private let rows: TableRows
    private let columns: [Int]
    /// The last row of each fingerprint, and before each row the one of the same fingerprint, or -1.
    private var last: [UInt64: Int32] = [:]
    private var previous: [Int32]

    init(of rows: TableRows) {
        self.rows = rows
        columns = rows.learned
        previous = [Int32](repeating: -1, count: rows.count)
        last.reserveCapacity(rows.count)
        for row in 0..<rows.count {
            let fingerprint = Self.fingerprint(rows, row, columns)
            if let other = last[fingerprint] { previous[row] = other }
            last[fingerprint] = Int32(row)
        }
    }

    /// How many of some rows are among these.
    func count(_ others: TableRows) -> Int {
        columns.isEmpty ? 0 : (0..<others.count).count { contains(others, row: $0) }
    }

    private func contains(_ others: TableRows, row: Int) -> Bool {
        var candidate = last[Self.fingerprint(others, row, columns)] ?? -1
        while candidate >= 0 {
            let isSame = columns.allSatisfy {
                TableCell.bits(rows.values[$0][Int(candidate)]) == TableCell.bits(others.values[$0][row])
            }
            if isSame { return true }
            candidate = previous[Int(candidate)]
        }
        return false
    }

    private static func fingerprint(_ rows: TableRows, _ row: Int, _ columns: [Int]) -> UInt64 {
        columns.reduce(0) { TableCell.fingerprint($0, adding: rows.values[$1][row]) }
    }
}
