extension ValueForm {
    /// The number or time that a text stands for; nil where it is none, or where cells are indices.
    package func value(of text: String, dialect: TableDialect) -> Double? {
        var text = text
        return text.withUTF8 { field in
            switch self {
            case .text: nil
            case .number:
                // A client that sends JSON has points whatever the upload had.
                NumberText(field, mark: UInt8(ascii: dialect.hasDecimalComma ? "," : "."))?.value
                    ?? NumberText(field, mark: UInt8(ascii: "."))?.value
            case .time(let form): form.seconds(field.trimmed)
            }
        }
    }
}
