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
                applied.columns[index].form = .number(
                    decimals: type == .integer ? 0 : ValueForm.mostDecimals, isWhole: type == .integer)
            }
        }
        return applied
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
