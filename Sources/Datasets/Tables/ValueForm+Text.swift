extension ValueForm {
    /// Adds a number or a time as it stands in the column; nothing for what isn't finite, or where cells are indices.
    package func append(_ value: Double, dialect: TableDialect, to bytes: inout [UInt8]) {
        append(value, mark: dialect.mark, to: &bytes)
    }

    /// The same with any decimal mark, for columns that have none of their own.
    func append(_ value: Double, mark: UInt8, to bytes: inout [UInt8]) {
        guard value.isFinite else { return }
        switch self {
        case .text: break
        case .time(let form): form.append(value, to: &bytes)
        case .number(let form): form.append(value, mark: mark, to: &bytes)
        }
    }
}

extension TableDialect {
    /// What stands between a number's whole and its fraction.
    var mark: UInt8 { UInt8(ascii: hasDecimalComma ? "," : ".") }
}
