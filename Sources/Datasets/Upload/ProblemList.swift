import Codecs

/// Items that couldn't be used: the first 100 with their reasons, and the count of all.
package struct ProblemList: Sendable {
    static let maximumKept = 100

    package private(set) var problems: [ItemProblem] = []
    package private(set) var count = 0

    mutating func add(_ item: String, _ detail: String) {
        count += 1
        guard problems.count < Self.maximumKept else { return }
        problems.append(ItemProblem(item: item, detail: detail))
    }
}

extension ProblemList {
    /// A row that has more or fewer fields than the table has columns.
    mutating func addRagged(_ row: CSVRow, expected: Int) {
        add(
            "line \(row.line)",
            "it has \(row.count) \(row.count == 1 ? "field" : "fields") where \(expected) were expected")
    }

    /// What is wrong with a table of which rows have more or fewer fields than the first.
    ///
    /// - Parameters:
    ///   - rows: all that there are.
    ///   - line: that of the first.
    func sentence(ragged rows: Int, below line: Int) -> String {
        guard count * 2 > rows else { return sentence }
        return sentence
            + "; most rows differ from line \(line): if it stands above the names of the columns, take it away, as by "
            + "tail -n +\(line + 1)"
    }

    /// What is wrong with a table, by the first of its problems.
    var sentence: String {
        let first = problems.first.map { "\($0.item): \($0.detail)" } ?? ""
        return count == 1
            ? "the table cannot be read: \(first)"
            : "the table cannot be read, for \(count) reasons; the first: \(first)"
    }
}
