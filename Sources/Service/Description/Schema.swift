import Codecs

/// Pieces of JSON Schema (draft 2020-12).
enum Schema {
    static let string: JSON = ["type": "string"]
    static let boolean: JSON = ["type": "boolean"]
    static let number: JSON = ["type": "number"]
    static let count: JSON = ["type": "integer", "minimum": 0]

    /// An object of any members.
    static let anyObject: JSON = ["type": "object"]

    /// A time by RFC 3339, in UTC.
    static let time: JSON = ["type": "string", "format": "date-time"]

    static let optionalNumber = nullable(number)

    static func integer(_ range: ClosedRange<Int>) -> JSON {
        ["type": "integer", "minimum": .integer(Int64(range.lowerBound)), "maximum": .integer(Int64(range.upperBound))]
    }

    /// Text that matches an expression.
    static func text(pattern: String) -> JSON { ["type": "string", "pattern": .string(pattern)] }

    static func word(_ words: [String]) -> JSON {
        ["type": "string", "enum": .array(words.map { .string($0) })]
    }

    /// The raw values of an enum.
    static func word<Word: RawRepresentable & CaseIterable>(_ words: Word.Type) -> JSON where Word.RawValue == String {
        word(words.allCases.map(\.rawValue))
    }

    static func nullable(_ schema: JSON) -> JSON { ["anyOf": [schema, ["type": "null"]]] }

    static func array(of items: JSON) -> JSON { ["type": "array", "items": items] }

    /// A part of a list between commas in a query.
    static let listItem = text(pattern: "^[^,\\u0000-\\u001F\\u007F]+$")

    /// An array that isn't empty.
    static func list(of items: JSON) -> JSON { ["type": "array", "items": items, "minItems": 1] }

    /// An object of values of one kind under any names.
    static func map(of values: JSON) -> JSON { ["type": "object", "additionalProperties": values] }

    /// One of the description's components.
    static func reference(_ name: String) -> JSON { ["$ref": .string("#/components/schemas/\(name)")] }

    /// An object of these members and no others.
    ///
    /// - Parameter optional: those that may be absent.
    static func object(_ properties: KeyValuePairs<String, JSON>, optional: Set<String> = []) -> JSON {
        let required = properties.map(\.key).filter { !optional.contains($0) }
        var members: [JSON.Member] = [
            .init(name: "type", value: "object"),
            .init(
                name: "properties",
                value: .object(properties.map { JSON.Member(name: $0.key, value: $0.value) })),
        ]
        if !required.isEmpty {
            members.append(.init(name: "required", value: .array(required.map { .string($0) })))
        }
        return .object(members + [.init(name: "additionalProperties", value: false)])
    }

    /// A page of a list.
    static func page(of items: String) -> JSON {
        object(["items": array(of: reference(items)), "next_page_token": nullable(string)])
    }
}
