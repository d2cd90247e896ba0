import FoundationEssentials

/// Text that is not JSON, or is deeper than what is read.
package struct JSONSyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The sentence: what was wrong and, where known, where.
    package let detail: String

    package var description: String { detail }
}

extension JSON {
    /// The most arrays and objects that may stand within one another.
    package static let maximumDepth = 64

    /// Reads one JSON value, in UTF-8, with nothing but white space around it.
    ///
    /// Members of objects come sorted by name. A number without a fraction that fits 64 bits is an `integer`, also
    /// where it is written `1.0`; one too large for a `Double` is an error.
    ///
    /// - Throws: `JSONSyntaxError`
    package init(parsing bytes: some Collection<UInt8>) throws {
        try Self.checkNesting(bytes)
        do {
            self = try JSONDecoder().decode(DecodedValue.self, from: Data(bytes)).value
        } catch let error as DecodingError {
            throw JSONSyntaxError(detail: Self.sentence(for: error))
        }
    }

    /// Refuses deep nesting before the decoder, which recurses, sees the text.
    private static func checkNesting(_ bytes: some Collection<UInt8>) throws {
        var depth = 0
        var isInString = false
        var isEscaped = false
        for byte in bytes {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
            guard depth <= maximumDepth else {
                throw JSONSyntaxError(
                    detail: "the JSON is nested more than \(maximumDepth) levels deep")
            }
        }
    }

    private static func sentence(for error: DecodingError) -> String {
        let context: DecodingError.Context
        switch error {
        case .dataCorrupted(let found): context = found
        case .keyNotFound(_, let found), .valueNotFound(_, let found), .typeMismatch(_, let found): context = found
        @unknown default: return "the text is not valid JSON"
        }
        let detail = context.underlyingError.map { "\($0)" } ?? context.debugDescription
        return "the text is not valid JSON: \(detail)"
    }
}

/// What Foundation's decoder fills: any JSON value.
private struct DecodedValue: Decodable {
    let value: JSON

    struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: Name.self) {
            value = .object(
                try container.allKeys.map { key in
                    JSON.Member(
                        name: key.stringValue, value: try container.decode(DecodedValue.self, forKey: key).value)
                }.sorted { $0.name < $1.name })
            return
        }
        if var container = try? decoder.unkeyedContainer() {
            var values: [JSON] = []
            while !container.isAtEnd { values.append(try container.decode(DecodedValue.self).value) }
            value = .array(values)
            return
        }
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            value = .null
        } else if let string = try? container.decode(String.self) {
            value = .string(string)
        } else if let boolean = try? container.decode(Bool.self) {
            value = .boolean(boolean)
        } else if let integer = try? container.decode(Int64.self) {
            value = .integer(integer)
        } else {
            let number = try container.decode(Double.self)
            guard number.isFinite else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "a number is out of range")
            }
            value = .number(number)
        }
    }
}
