/// The head of a NumPy file of records: an array of one dimension whose elements have named fields (numpy.lib.format,
/// versions 1.0 to 3.0).
package struct NPYRecordHeader: Sendable, Equatable {
    /// What a field holds, little-endian.
    package enum Element: Sendable, Equatable {
        case int64
        case float64
        /// At most `length` Unicode scalars of 4 bytes each; a shorter text is followed by zeros.
        case text(length: Int)

        package var size: Int {
            switch self {
            case .int64, .float64: 8
            case .text(let length): 4 * length
            }
        }

        fileprivate var description: String {
            switch self {
            case .int64: "<i8"
            case .float64: "<f8"
            case .text(let length): "<U\(length)"
            }
        }
    }

    /// A field of every record, at the offset where the previous one ends.
    package struct Field: Sendable, Equatable {
        package var name: String
        package var element: Element

        package init(name: String, element: Element) {
            self.name = name
            self.element = element
        }
    }

    package let fields: [Field]
    /// How many records follow.
    package let count: Int

    /// - Precondition: there is at least one field, and no two have the same name.
    package init(fields: [Field], count: Int) {
        precondition(!fields.isEmpty && Set(fields.map(\.name)).count == fields.count)
        self.fields = fields
        self.count = count
    }

    /// Bytes of one record.
    package var recordSize: Int { fields.reduce(0) { $0 + $1.element.size } }

    /// Bytes that follow the head.
    package var dataSize: Int { recordSize * count }

    /// The bytes of the head, to be followed by the records.
    package var bytes: [UInt8] {
        let fields = fields.map { "(\(PythonLiteral.string($0.name)), '\($0.element.description)')" }
        return NPYHeader.head("[\(fields.joined(separator: ", "))]", shape: [count])
    }
}

/// Values as Python source code.
enum PythonLiteral {
    /// A string that Python reads as this text, on one line.
    static func string(_ text: String) -> String {
        var literal = "'"
        for scalar in text.unicodeScalars {
            switch scalar {
            case "'", "\\": literal += "\\\(scalar)"
            case "\n": literal += "\\n"
            case "\r": literal += "\\r"
            case "\t": literal += "\\t"
            default:
                if isPrintable(scalar) {
                    literal.unicodeScalars.append(scalar)
                } else {
                    let digits = String(scalar.value, radix: 16)
                    literal += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
                }
            }
        }
        return literal + "'"
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
        default: true
        }
    }
}
