internal import Codecs

/// How many of a column's made numbers or times are, digit for digit, such as only one or two training rows have.
///
/// Some are by chance, the more the fewer digits there are: as many as of real rows that are new. Those are the held-out rows, and
/// beside them, since of small tables few are held out, each training row against the others (leave-one-out).
package struct CopiedValues: Sendable, Equatable {
    /// Made values, and those of real rows that are new.
    package var made: Tally
    package var real: Tally

    /// Values, and how many of them are copies.
    package struct Tally: Sendable, Equatable {
        package var copies: Int
        package var count: Int

        package var share: Double? { count > 0 ? Double(copies) / Double(count) : nil }

        static func + (left: Tally, right: Tally) -> Tally {
            Tally(copies: left.copies + right.copies, count: left.count + right.count)
        }
    }

    /// More rows than this have a value that gives nobody away.
    package static let mostRows = 2

    package init(made: Tally, real: Tally) {
        self.made = made
        self.real = real
    }

    /// Counts.
    ///
    /// - Parameters: a column's cells, NaN for none.
    package init(training: [Double], heldOut: [Double], made: [Double]) {
        var rows: [UInt64: Int] = [:]
        for cell in training where !cell.isNaN { rows[TableCell.bits(cell), default: 0] += 1 }
        let rare = 1...Self.mostRows
        func tally(_ cells: [Double]) -> Tally {
            let present = cells.lazy.filter { !$0.isNaN }
            return Tally(
                copies: present.count { rare.contains(rows[TableCell.bits($0)] ?? 0) }, count: present.count)
        }
        let alone = Tally(
            copies: rows.values.reduce(0) { $0 + (rare.contains($1 - 1) ? $1 : 0) }, count: rows.values.reduce(0, +))
        self.init(made: tally(made), real: tally(heldOut) + alone)
    }

    /// Of several columns together; `nil` where none of them holds numbers or times.
    init?(of columns: [ColumnComparison]) {
        let copied = columns.compactMap(\.copied)
        guard !copied.isEmpty else { return nil }
        let none = Tally(copies: 0, count: 0)
        self.init(
            made: copied.reduce(none) { $0 + $1.made }, real: copied.reduce(none) { $0 + $1.real })
    }

    /// Whether there are clearly more than by chance: half as many again, and by four standard errors of the difference between
    /// two shares, so that of hundreds of columns hardly one is suspected in vain.
    package var isBeyondChance: Bool {
        guard let share = made.share, let chance = real.share else { return false }
        let (madeCount, realCount) = (Double(made.count), Double(real.count))
        // With one copy more of one value more, as a share of 0 has an error too.
        let both = Double(made.copies + real.copies + 1) / (madeCount + realCount + 2)
        let error = (both * (1 - both) * (1 / madeCount + 1 / realCount)).squareRoot()
        return share > 1.5 * chance && share - chance > 4 * error
    }

    var json: JSON {
        [
            "samples": TableReport.number(made.share), "real": TableReport.number(real.share),
            "beyond_chance": .boolean(isBeyondChance),
        ]
    }
}
