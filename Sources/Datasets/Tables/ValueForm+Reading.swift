extension ValueForm {
    /// The number or time that a text stands for; nil where it is none, or where cells are indices.
    package func value(of text: String, dialect: TableDialect) -> Double? {
        var text = text
        return text.withUTF8 { field in
            switch self {
            case .text: nil
            // A client that sends JSON has points whatever the upload had.
            case .number(let form):
                form.value(field.trimmed, mark: dialect.mark) ?? NumberText(field, mark: UInt8(ascii: "."))?.value
            case .time(let form): form.seconds(field.trimmed)
            }
        }
    }
}

extension NumberForm {
    /// The number that a text stands for.
    ///
    /// What isn't decorated is read, too: in a column of money, 5 is what $5 is.
    ///
    /// - Parameters:
    ///   - field: without blanks around it.
    ///   - mark: the dialect's decimal mark, for forms that have none of their own.
    /// - Returns: nil where it is none of this form.
    func value(_ field: UnsafeBufferPointer<UInt8>, mark: UInt8) -> Double? {
        let mark = self.mark?.byte ?? mark
        if let plain = NumberText(field, mark: mark) { return plain.value }
        guard !isReadAsDigits else { return nil }
        return decorated(field, mark == UInt8(ascii: ",") ? .comma : .point)
    }

    private func decorated(_ field: UnsafeBufferPointer<UInt8>, _ mark: Mark) -> Double? {
        guard let number = DecoratedNumber(field), let reading = number.reading(mark),
            number.prefix.isEmpty || number.prefixBytes.elementsEqual(prefix.utf8),
            number.suffix.isEmpty || number.suffixBytes.elementsEqual(suffix.utf8),
            reading.separator == nil || reading.separator == grouping?.separator
        else { return nil }
        return number.value(reading)?.value
    }
}
