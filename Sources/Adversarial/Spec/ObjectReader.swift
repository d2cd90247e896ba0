internal import Codecs

/// Reads the members of one JSON object and notes what is wrong with them, without ever stopping.
///
/// A member that is absent, `null` or wrong reads as `nil`; whoever asks goes on with a default, so that one mistake
/// hides no other. `finish()` reports the members that nobody asked for.
final class ObjectReader {
    /// JSON pointer to the object.
    let pointer: String
    private let members: [String: JSON]
    private let problems: SpecProblems
    private var known: [String] = []

    /// A reader of a document's root, which has to be an object.
    convenience init(_ json: JSON, problems: SpecProblems) {
        if json.object == nil { problems.add("", "must be a JSON object") }
        self.init(json.object ?? [], at: "", problems: problems)
    }

    private init(_ members: [JSON.Member], at pointer: String, problems: SpecProblems) {
        self.members = Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        self.pointer = pointer
        self.problems = problems
    }

    /// JSON pointer to a member of this object.
    func pointer(to name: String) -> String {
        var escaped = ""
        for character in name {
            switch character {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.append(character)
            }
        }
        return pointer + "/" + escaped
    }

    /// Notes a problem with a member.
    func report(_ name: String, _ detail: String) {
        problems.add(pointer(to: name), detail)
    }

    /// The names of all members that aren't `null`, sorted.
    var names: [String] {
        members.keys.filter(has).sorted()
    }

    /// Whether the member is there and not `null`.
    func has(_ name: String) -> Bool {
        members[name].map { $0 != .null } ?? false
    }

    /// The member as it stands, `nil` where it is absent or `null`.
    func value(_ name: String) -> JSON? {
        known.append(name)
        guard let value = members[name], value != .null else { return nil }
        return value
    }

    func string(_ name: String, maximumLength: Int = 200) -> String? {
        guard let value = value(name) else { return nil }
        guard let string = value.string else {
            report(name, "must be a string; \(value.typeName) was given")
            return nil
        }
        guard string.utf8.count <= maximumLength else {
            report(name, "must be at most \(maximumLength) bytes long; it has \(string.utf8.count)")
            return nil
        }
        return string
    }

    func boolean(_ name: String) -> Bool? {
        guard let value = value(name) else { return nil }
        guard let boolean = value.boolean else {
            report(name, "must be true or false; \(value.typeName) was given")
            return nil
        }
        return boolean
    }

    func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = value(name) else { return nil }
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
        guard let value = value(name) else { return nil }
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
        guard let value = value(name) else { return nil }
        guard let choice = value.string.flatMap(Choice.init(rawValue:)) else {
            let given = value.string.map { "\"\($0)\"" } ?? value.typeName
            let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            report(name, "must be one of \(choices); \(given) was given")
            return nil
        }
        return choice
    }

    func object(_ name: String) -> ObjectReader? {
        guard let value = value(name) else { return nil }
        guard let members = value.object else {
            report(name, "must be an object; \(value.typeName) was given")
            return nil
        }
        return ObjectReader(members, at: pointer(to: name), problems: problems)
    }

    func integers(_ name: String, count: ClosedRange<Int>, in range: ClosedRange<Int>) -> [Int]? {
        guard let value = value(name) else { return nil }
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
    func contains(_ number: Double) -> Bool
}

extension ClosedRange<Double>: NumberRange {
    var words: String { "from \(lowerBound) to \(upperBound)" }
}

extension Range<Double>: NumberRange {
    var words: String { "at least \(lowerBound) and below \(upperBound)" }
}

/// The numbers above a bound, up to and including another.
struct AboveRange: NumberRange {
    let lowerBound: Double
    let upperBound: Double

    var words: String { "above \(lowerBound) and at most \(upperBound)" }

    func contains(_ number: Double) -> Bool { number > lowerBound && number <= upperBound }
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
