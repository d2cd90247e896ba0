/// The rows of a column by their codes, those with the same side by side: combinations with another column's codes are counted
/// code by code, in as much memory as the other has codes.
struct RowsByCode: Sendable {
    private let rows: [Int32]
    /// Where each code's rows start, and where the last's end.
    private let starts: [Int]

    /// - Parameters:
    ///   - codes: of each row, from 0 to below `count`.
    ///   - count: of codes.
    init(_ codes: [Int32], count: Int) {
        var starts = [Int](repeating: 0, count: count + 1)
        for code in codes { starts[Int(code) + 1] += 1 }
        for code in 0..<count { starts[code + 1] += starts[code] }
        var next = starts
        var rows = [Int32](repeating: 0, count: codes.count)
        for (row, code) in codes.enumerated() {
            rows[next[Int(code)]] = Int32(row)
            next[Int(code)] += 1
        }
        self.starts = starts
        self.rows = rows
    }

    /// The rows of a code; none of one that the column doesn't have.
    subscript(code: Int) -> ArraySlice<Int32> {
        code + 1 < starts.count ? rows[starts[code]..<starts[code + 1]] : []
    }

    /// What codes there may be.
    var codes: Range<Int> { 0..<starts.count - 1 }

    /// Cramér's V of this column and another of the same rows (Cramér 1946, chapter 21), without correction; NaN where one of
    /// them has the same code in each row.
    func association(with other: [Int32], count: Int) -> Double {
        var totals = [Double](repeating: 0, count: count)
        for code in other { totals[Int(code)] += 1 }
        let freedom = min(codes.count { !self[$0].isEmpty }, totals.count { $0 > 0 }) - 1
        guard freedom > 0 else { return .nan }
        var tally = [Double](repeating: 0, count: count)
        var sum = 0.0
        tally.withUnsafeMutableBufferPointer { tally in
            other.withUnsafeBufferPointer { other in
                for code in codes {
                    let members = self[code]
                    for row in members { tally[Int(other[Int(row)])] += 1 }
                    // Each combination is taken at the first row that has it.
                    for row in members {
                        let place = Int(other[Int(row)])
                        guard tally[place] > 0 else { continue }
                        sum += tally[place] * tally[place] / (Double(members.count) * totals[place])
                        tally[place] = 0
                    }
                }
            }
        }
        // Chi² over the rows, less what is expected: only combinations that occur add to it.
        return (max(0, sum - 1) / Double(freedom)).squareRoot()
    }

    /// The total variation distance between the combinations of this column with another, and those of two other columns.
    ///
    /// - Parameters:
    ///   - other: codes in the rows of this column.
    ///   - counterpart: this column in another table, with codes that mean the same.
    ///   - counterpartOther: the other column there.
    ///   - count: of codes of the other column, in both tables.
    func distance(
        with other: [Int32], from counterpart: RowsByCode, with counterpartOther: [Int32], count: Int
    ) -> Double {
        guard !other.isEmpty, !counterpartOther.isEmpty else { return .nan }
        var tally = [Double](repeating: 0, count: count)
        var sum = 0.0
        // Shares with one divisor cancel out exactly where they are equal.
        let (weight, counterWeight) = (Double(counterpartOther.count), Double(other.count))
        tally.withUnsafeMutableBufferPointer { tally in
            for code in 0..<max(codes.count, counterpart.codes.count) {
                let (members, counterMembers) = (self[code], counterpart[code])
                for row in members { tally[Int(other[Int(row)])] += weight }
                for row in counterMembers { tally[Int(counterpartOther[Int(row)])] -= counterWeight }
                for row in members {
                    sum += abs(tally[Int(other[Int(row)])])
                    tally[Int(other[Int(row)])] = 0
                }
                for row in counterMembers {
                    sum += abs(tally[Int(counterpartOther[Int(row)])])
                    tally[Int(counterpartOther[Int(row)])] = 0
                }
            }
        }
        return sum / (weight * counterWeight) / 2
    }
}
