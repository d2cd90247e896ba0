internal import Codecs

/// Reads the members of one JSON object and notes what is wrong with them, without ever stopping.
///
/// A member that is absent, `null` or wrong reads as `nil`; whoever asks goes on with a default, so that one mistake
/// hides no other. `finish()` reports the members that nobody asked for.
package final class ObjectReader {
    /// JSON pointer to the object.
    let pointer: String
    private let members: [String: JSON]
    private let problems: SpecProblems
    private let schema: ObjectSchema?
    /// Whether there is an object at all.
    private let isObject: Bool
    private var known: [String] = []

    /// A reader of a document's root, which has to be an object.
    init(_ json: JSON, problems: SpecProblems) {
        if json.object == nil { problems.add("", "must be a JSON object") }
        members = Self.members(json.object ?? [])
        pointer = ""
        self.problems = problems
        schema = nil
        isObject = json.object != nil
    }

    /// A reader of nothing, which notes what it is asked for.
    init(describing schema: ObjectSchema) {
        members = [:]
        pointer = ""
        problems = SpecProblems()
        self.schema = schema
        isObject = true
    }

    private init(_ members: [JSON.Member], at pointer: String, problems: SpecProblems) {
        self.members = Self.members(members)
        self.pointer = pointer
        self.problems = problems
        schema = nil
        isObject = true
    }

    private static func members(_ members: [JSON.Member]) -> [String: JSON] {
        Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    /// JSON pointer to a member of this object.
    func pointer(to name: String) -> String { pointer + "/" + Self.escaped(name) }

    /// A member's name as a part of a JSON pointer.
    static func escaped(_ name: String) -> String {
        var escaped = ""
        for character in name {
            switch character {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.append(character)
            }
        }
        return escaped
    }

    /// Notes a problem with a member.
    func report(_ name: String, _ detail: String) {
        problems.add(pointer(to: name), detail)
    }

    /// Notes a problem where a member is absent or null.
    func require(_ name: String, _ detail: String) {
        schema?.require(name)
        if isObject, !has(name) { report(name, detail) }
    }

    /// Whether there is nothing to read, and what is asked for is noted.
    var describes: Bool { schema != nil }

    /// The names of all members that aren't `null`, sorted.
    var names: [String] {
        members.keys.filter(has).sorted()
    }

    /// Whether the member is there and not `null`.
    func has(_ name: String) -> Bool {
        members[name].map { $0 != .null } ?? false
    }

    /// The member as it stands, `nil` where it is absent or `null`.
    ///
    /// - Parameter schema: what it may be.
    func value(_ name: String, schema members: [JSON.Member]) -> JSON? {
        schema?.note(name, members)
        return member(name)
    }

    private func member(_ name: String) -> JSON? {
        known.append(name)
        guard let value = members[name], value != .null else { return nil }
        return value
    }

    func string(_ name: String, maximumLength: Int = 200) -> String? {
        let maximum = JSON.Member(name: "maxLength", value: .integer(Int64(maximumLength)))
        guard let value = value(name, schema: [.type("string"), maximum]) else { return nil }
        guard let string = value.string else {
            report(name, "must be a string; \(value.typeName) was given")
            return nil
        }
        guard string.unicodeScalars.count <= maximumLength else {
            report(name, "must have at most \(maximumLength) characters; it has \(string.unicodeScalars.count)")
            return nil
        }
        return string
    }

    /// A name for people: 1 to 200 characters in one line.
    func line(_ name: String) -> String? {
        let schema: [JSON.Member] = [
            .type("string"), JSON.Member(name: "minLength", value: 1), JSON.Member(name: "maxLength", value: 200),
            JSON.Member(name: "pattern", value: "^[^\\u0000-\\u001F\\u007F]*$"),
        ]
        guard let value = value(name, schema: schema) else { return nil }
        guard let text = value.string, (1...200).contains(text.unicodeScalars.count),
            Self.isLine(text)
        else {
            report(name, "must be a text of 1 to 200 characters in one line")
            return nil
        }
        return text
    }

    func boolean(_ name: String) -> Bool? {
        guard let value = value(name, schema: [.type("boolean")]) else { return nil }
        guard let boolean = value.boolean else {
            report(name, "must be true or false; \(value.typeName) was given")
            return nil
        }
        return boolean
    }

    func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = value(name, schema: .integer(range)) else { return nil }
        guard let integer = value.wholeNumber else {
            report(
                name,
                "must be a whole number from \(range.lowerBound) to \(range.upperBound); "
                    + "\(value.typeName) was given")
            return nil
        }
        guard range.contains(integer) else {
            report(name, "must be from \(range.lowerBound) to \(range.upperBound); \(integer) was given")
            return nil
        }
        return integer
    }

    func number(_ name: String, in range: some NumberRange) -> Double? {
        guard let value = value(name, schema: [.type("number")] + range.schema) else { return nil }
        guard let number = value.number else {
            report(name, "must be a number \(range.words); \(value.typeName) was given")
            return nil
        }
        guard number.isFinite, range.contains(number) else {
            report(name, "must be \(range.words); \(number) was given")
            return nil
        }
        return number
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String, of type: Choice.Type) -> Choice? {
        choice(name, among: Choice.allCases.map(\.rawValue)).flatMap(Choice.init(rawValue:))
    }

    func choice(_ name: String, among words: [String]) -> String? {
        let list = JSON.array(words.map { .string($0) })
        guard let value = value(name, schema: [.type("string"), JSON.Member(name: "enum", value: list)]) else {
            return nil
        }
        guard let word = value.string, words.contains(word) else {
            let given = value.string.map { "\"\($0)\"" } ?? value.typeName
            report(name, "must be one of \(words.joined(separator: ", ")); \(given) was given")
            return nil
        }
        return word
    }

    /// - Parameter words: strings that may stand in its place, read by `word`.
    func object(_ name: String, orOneOf words: [String] = []) -> ObjectReader? {
        if let schema {
            if !words.isEmpty { schema.note(name, orOneOf: words) }
            return ObjectReader(describing: schema.nested(name))
        }
        guard let value = member(name) else { return nil }
        guard let members = value.object else {
            report(name, "must be an object; \(value.typeName) was given")
            return nil
        }
        return ObjectReader(members, at: pointer(to: name), problems: problems)
    }

    /// An object that has members of its own, all of which are open where it isn't given.
    func part(_ name: String) -> ObjectReader {
        object(name) ?? ObjectReader([], at: pointer(to: name), problems: problems)
    }

    /// Leaves members to another reader of this object: they aren't unknown.
    func leave(_ names: [String]) {
        known += names
    }

    /// The member where it is a string, in the place of an object.
    func word(_ name: String) -> String? {
        known.append(name)
        return members[name]?.string
    }

    /// Whether a text has no control characters, which a database and other people's tools end texts at.
    private static func isLine(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
    }

    /// All members, which are strings of any name, in one line.
    func strings(maximumLength: Int = 200, limit: Int) -> [String: String] {
        schema?.allowStrings(maximumLength: maximumLength, limit: limit)
        guard schema == nil else { return [:] }
        var strings: [String: String] = [:]
        for name in names {
            guard (1...maximumLength).contains(name.unicodeScalars.count), Self.isLine(name) else {
                report(name, "the name must have 1 to \(maximumLength) characters in one line")
                continue
            }
            guard let text = string(name, maximumLength: maximumLength) else { continue }
            guard Self.isLine(text) else {
                report(name, "must be a text in one line")
                continue
            }
            strings[name] = text
        }
        return strings
    }

    /// All members, which are objects of any name, each as it is read.
    func objects<Value>(limit: Int, _ read: (ObjectReader) -> Value) -> [String: Value] {
        if let schema {
            let nested = ObjectSchema()
            _ = read(ObjectReader(describing: nested))
            schema.allowObjects(nested, limit: limit)
            return [:]
        }
        guard names.count <= limit else {
            problems.add(pointer, "must have at most \(limit) members; there are \(names.count)")
            return [:]
        }
        var values: [String: Value] = [:]
        for name in names {
            guard let object = object(name) else { continue }
            values[name] = read(object)
            object.finish()
        }
        return values
    }

    func integers(_ name: String, count: ClosedRange<Int>, in range: ClosedRange<Int>) -> [Int]? {
        let schema: [JSON.Member] = [
            .type("array"), JSON.Member(name: "items", value: .object(.integer(range))),
            JSON.Member(name: "minItems", value: .integer(Int64(count.lowerBound))),
            JSON.Member(name: "maxItems", value: .integer(Int64(count.upperBound))),
        ]
        guard let value = value(name, schema: schema) else { return nil }
        guard let elements = value.array, count.contains(elements.count) else {
            let given = value.array.map { "\($0.count) entries" } ?? value.typeName
            report(name, "must be a list of \(count.lowerBound) to \(count.upperBound) whole numbers; \(given) given")
            return nil
        }
        var integers: [Int] = []
        for (index, element) in elements.enumerated() {
            if let integer = element.wholeNumber, range.contains(integer) {
                integers.append(integer)
            } else {
                let detail = "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
                problems.add("\(pointer(to: name))/\(index)", detail)
            }
        }
        return integers.count == elements.count ? integers : nil
    }

    /// Reports every member that nobody asked for.
    func finish() {
        let allowed = Set(known)
        for name in members.keys.sorted() where !allowed.contains(name) {
            report(name, "unknown field; known here are \(allowed.sorted().joined(separator: ", "))")
        }
    }
}

/// A range of numbers that can say itself in words.
protocol NumberRange {
    var words: String { get }
    /// The bounds as members of a JSON Schema.
    var schema: [JSON.Member] { get }
    func contains(_ number: Double) -> Bool
}

extension ClosedRange<Double>: NumberRange {
    var words: String { "from \(lowerBound) to \(upperBound)" }

    var schema: [JSON.Member] { [.bound("minimum", lowerBound), .bound("maximum", upperBound)] }
}

extension Range<Double>: NumberRange {
    var words: String { "at least \(lowerBound) and below \(upperBound)" }

    var schema: [JSON.Member] { [.bound("minimum", lowerBound), .bound("exclusiveMaximum", upperBound)] }
}

/// The numbers above a bound, up to and including another.
struct AboveRange: NumberRange {
    let lowerBound: Double
    let upperBound: Double

    var words: String { "above \(lowerBound) and at most \(upperBound)" }

    var schema: [JSON.Member] { [.bound("exclusiveMinimum", lowerBound), .bound("maximum", upperBound)] }

    func contains(_ number: Double) -> Bool { number > lowerBound && number <= upperBound }
}

extension JSON.Member {
    fileprivate static func type(_ name: String) -> JSON.Member {
        JSON.Member(name: "type", value: .string(name))
    }

    fileprivate static func bound(_ name: String, _ value: Double) -> JSON.Member {
        JSON.Member(name: name, value: .number(value))
    }
}

extension [JSON.Member] {
    /// The schema of a whole number.
    fileprivate static func integer(_ range: ClosedRange<Int>) -> [JSON.Member] {
        [
            .type("integer"), JSON.Member(name: "minimum", value: .integer(Int64(range.lowerBound))),
            JSON.Member(name: "maximum", value: .integer(Int64(range.upperBound))),
        ]
    }
}

extension JSON {
    /// The value as a whole number; `2000.0` and `2e3` are whole, as JSON knows one kind of number.
    var wholeNumber: Int? {
        if let integer { return Int(exactly: integer) }
        guard let number, number.magnitude < 9_007_199_254_740_992 else { return nil }
        return Int(exactly: number)
    }

    /// What kind of value this is, with its article.
    var typeName: String {
        switch self {
        case .null: "null"
        case .boolean(let value): value ? "true" : "false"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
