internal import Datasets

/// What a table's samples are to be like.
package struct RowWish: Sendable, Equatable {
    /// What each sample has; they take turns in these, of which there is one at least.
    package var turns: [[Given]]
    /// The request's parameter that they came by, for what is said of them.
    package var parameter: String
    /// Whether what the model hardly ever makes is refused; else it is met by what comes nearest, as rows that are given are to be
    /// completed however rare they are.
    package var refusesRare: Bool
    /// The training rows that samples mustn't be equal to; nil where they may.
    package var copies: CopyIndex?

    /// A column with the value that it is to have.
    package struct Given: Sendable, Equatable {
        /// The column's place in the schema.
        package var column: Int
        /// As cells are stored; NaN for none.
        package var cell: Double

        package init(column: Int, cell: Double) {
            self.column = column
            self.cell = cell
        }

        /// A value that is missing equals another one.
        package static func == (left: Given, right: Given) -> Bool {
            left.column == right.column && (left.cell == right.cell || (left.cell.isNaN && right.cell.isNaN))
        }
    }

    package init(
        turns: [[Given]] = [[]], parameter: String = "where", refusesRare: Bool = true, copies: CopyIndex? = nil
    ) {
        precondition(!turns.isEmpty)
        self.turns = turns
        self.parameter = parameter
        self.refusesRare = refusesRare
        self.copies = copies
    }
}

extension ModelSnapshot {
    /// Values of columns by their names, for a `RowWish`.
    ///
    /// - Parameters:
    ///   - values: each column's value as it stands in a CSV, or nil for none.
    ///   - parameter: the request's parameter that they came by.
    /// - Throws: `SampleRequestError` that names what there is.
    package func given(
        _ values: [(column: String, value: String?)], parameter: String
    ) throws(SampleRequestError) -> [RowWish.Given] {
        guard let table else {
            throw SampleRequestError(parameter: parameter, detail: "belongs to tables, and the model makes none")
        }
        var given: [RowWish.Given] = []
        for (name, value) in values {
            let (place, index) = try table.learned(name, parameter: parameter)
            guard !given.contains(where: { $0.column == index }) else {
                throw SampleRequestError(parameter: parameter, detail: "the column \"\(name)\" is given twice")
            }
            let cell = try table.cell(of: value, column: index, parameter: parameter)
            guard table.knows(cell, column: place) else {
                throw SampleRequestError(
                    parameter: parameter,
                    detail: "the column \"\(name)\" has no row with \(value.map { "\"\($0)\"" } ?? "a missing value")"
                        + table.choices(of: index))
            }
            given.append(RowWish.Given(column: index, cell: cell))
        }
        return given
    }

    /// The values that a column's rows have, each as what a sample is to have, for equal parts of each.
    ///
    /// - Throws: `SampleRequestError` where it has no values to be balanced.
    package func balanced(column name: String) throws(SampleRequestError) -> [[RowWish.Given]] {
        guard let table else {
            throw SampleRequestError(parameter: "balance", detail: "needs the name of a table's column")
        }
        let (place, index) = try table.learned(name, parameter: "balance")
        let cells: [Double]? =
            switch table.columns[place] {
            case .values(let code): code.groups.isEmpty ? code.single : nil
            // Numbers that are all told apart one by one.
            case .ranges(let code): code.bins.isEmpty && table.layout.columns[place].leader == nil ? code.spikes : nil
            case .intervals: nil
            }
        guard let cells, (1...Self.mostBalanced).contains(cells.count) else {
            throw SampleRequestError(
                parameter: "balance",
                detail:
                    "the column \"\(name)\" has too many different values to balance; a column of at most 384 categories "
                    + "would do, or one of whole numbers of which there are at most 20")
        }
        return cells.map { [RowWish.Given(column: index, cell: $0)] }
    }

    private static let mostBalanced = 1_000
}

extension TableEncoding {
    /// A learned column by its name: its place among those, and in the schema.
    fileprivate func learned(_ name: String, parameter: String) throws(SampleRequestError) -> (place: Int, index: Int) {
        guard let index = schema.columns.firstIndex(where: { $0.name == name }) else {
            let names = schema.columns.prefix(20).map { "\"\($0.name)\"" }.joined(separator: ", ")
            throw SampleRequestError(
                parameter: parameter,
                detail: "there is no column \"\(name)\"; there are \(names)\(schema.columns.count > 20 ? ", …" : "")")
        }
        guard let place = layout.columns.firstIndex(where: { $0.index == index }) else {
            throw SampleRequestError(
                parameter: parameter,
                detail: "the column \"\(name)\" isn't learned, as it is of type \(schema.columns[index].type.rawValue)")
        }
        return (place, index)
    }

    /// The cell that a text stands for.
    fileprivate func cell(
        of text: String?, column index: Int, parameter: String
    ) throws(SampleRequestError) -> Double {
        let column = schema.columns[index]
        guard let text else { return .nan }
        if let code = categories[index].firstIndex(of: text), column.isCoded { return Double(code) }
        // JSON's true is Python's True.
        if column.type == .boolean, let code = categories[index].firstIndex(where: { $0.lowercased() == text }) {
            return Double(code)
        }
        if !column.isCoded, let value = column.form.value(of: text, dialect: schema.dialect) {
            guard case .number(let form) = column.form, form.isWhole, value != value.rounded() else { return value }
            let (below, above) = (value.rounded(.down), value.rounded(.up))
            throw SampleRequestError(
                parameter: parameter,
                detail: "the column \"\(column.name)\" holds whole numbers, and \"\(text)\" is none; "
                    + "\(self.text(of: below, column)) or \(self.text(of: above, column)) would do")
        }
        if text.isEmpty || text == column.missingText { return .nan }
        throw SampleRequestError(
            parameter: parameter,
            detail: column.isCoded
                ? "the column \"\(column.name)\" has no value \"\(text)\"\(choices(of: index))"
                : "\"\(text)\" is no value of the column \"\(column.name)\", which is of type \(column.type.rawValue)")
    }

    /// The commonest values of a column of categories or of few numbers, as the end of a sentence.
    fileprivate func choices(of index: Int) -> String {
        let known = words(of: index)
        guard !known.isEmpty else { return "" }
        let some = known.prefix(20).map { "\"\($0)\"" }.joined(separator: ", ")
        return "; there are \(some)\(known.count > 20 ? ", …" : "")"
    }

    /// What stands for a column's values in text; nothing where they are too many to be told apart.
    private func words(of index: Int) -> [String] {
        let column = schema.columns[index]
        guard !column.isCoded else { return categories[index] }
        guard let place = layout.columns.firstIndex(where: { $0.index == index }),
            case .values(let code) = columns[place]
        else { return [] }
        return code.single.map { text(of: $0, column) }
    }

    /// How a number or a time is written.
    private func text(of cell: Double, _ column: TableColumn) -> String {
        var bytes: [UInt8] = []
        column.form.append(cell, dialect: schema.dialect, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether a row can have a cell.
    fileprivate func knows(_ cell: Double, column place: Int) -> Bool {
        if cell.isNaN { return layout.columns[place].hasMissing }
        switch columns[place] {
        case .values(let code): return code.single.contains(cell) || code.groups.contains { $0.cells.contains(cell) }
        case .ranges(let code):
            if layout.columns[place].leader != nil {
                let known = schema.columns[layout.columns[place].index].statistics
                return known.map { $0.minimum <= cell && cell <= $0.maximum } ?? false
            }
            // The training rows may lack the least and the greatest number that there is.
            let known = schema.columns[layout.columns[place].index].statistics
            let isWithin = code.range.contains(cell) || known.map { $0.minimum <= cell && cell <= $0.maximum } ?? false
            return code.spikes.contains(cell) || (!code.bins.isEmpty && isWithin)
        case .intervals(let code): return code.range.contains(cell)
        }
    }
}
