internal import Codecs
package import Datasets

/// What the caller says of the dataset's columns.
package struct DataSpec: Sendable, Equatable {
    /// Types by the names of columns, in place of those that were found.
    package var types: [String: ColumnType]

    package init(types: [String: ColumnType] = [:]) {
        self.types = types
    }

    /// What is learned of a column.
    enum Treatment {
        /// Which of its values stands in a row.
        case values
        /// The same of a few numbers, whose order is known too.
        case levels
        /// Where on the line of numbers or times its value lies.
        case numbers
        /// Nothing: it is made anew, or always the same, or left out.
        case left
    }

    var json: JSON {
        [
            "columns": .object(
                types.sorted { $0.key < $1.key }.map {
                    JSON.Member(name: $0.key, value: ["type": .string($0.value.rawValue)])
                })
        ]
    }

    /// A schema with these types, and the forms that samples then have.
    package func applied(to schema: TableSchema) -> TableSchema {
        var applied = schema
        for (index, column) in schema.columns.enumerated() {
            guard let type = types[column.name], type != column.type else { continue }
            applied.columns[index].type = type
            if treatment(of: column) == .numbers, column.form == .text {
                applied.columns[index].form = .number(Self.form(of: column, as: type))
            }
        }
        return applied
    }

    /// How the numbers of a column of words are written: as they are there, but that reals aren't held to be whole.
    private static func form(of column: TableColumn, as type: ColumnType) -> NumberForm {
        let usual = NumberForm(
            decimals: type == .integer ? 0 : ValueForm.mostDecimals, isWhole: type == .integer)
        guard let found = column.numbers?.form else { return usual }
        return type == .real && found == NumberForm(decimals: found.decimals, isWhole: true) ? usual : found
    }

    /// The first of a column's values that is no number, or no whole one where these are wanted; nil where all are.
    ///
    /// Values of free text aren't kept; those of other words and of numbers are known by the commonest.
    static func misfit(of column: TableColumn, isWhole: Bool, _ dialect: TableDialect) -> String? {
        if let misfit = column.numbers?.misfit { return misfit }
        let form: ValueForm
        switch column.form {
        case .number(let numbers): form = .number(numbers)
        // Where neither a number nor a value is known, none of them is one.
        case .text where column.type == .identifier && column.numbers == nil && column.commonest.isEmpty: return ""
        case .text: form = .number(column.numbers?.form ?? NumberForm(decimals: ValueForm.mostDecimals, isWhole: false))
        case .time: return nil
        }
        return column.commonest.first { known in
            guard let value = form.value(of: known.value, dialect: dialect) else { return column.form == .text }
            return isWhole && value != value.rounded()
        }?.value
    }

    /// The type of a column, as wished for or found.
    package func type(of column: TableColumn) -> ColumnType { types[column.name] ?? column.type }

    func treatment(of column: TableColumn) -> Treatment {
        guard column.distinct > 0 else { return .left }
        return switch type(of: column) {
        case .ordinal where column.form != .text: column.isOfLevels ? .levels : .numbers
        case .categorical, .ordinal, .boolean: .values
        case .integer, .real, .date, .datetime, .time: .numbers
        case .constant: column.missing > 0 && column.type == .constant ? .values : .left
        case .identifier, .text: .left
        }
    }
}
