import Codecs
import Jobs

/// Reads the members of a JSON body, and collects every one that is unknown or of the wrong type.
struct BodyReader {
    private let members: [String: JSON]
    private(set) var faults: [Problem.Fault] = []

    /// - Parameters:
    ///   - body: The body; anything but an object is a fault.
    ///   - known: The members this route takes.
    init(_ body: JSON, known: [String]) {
        guard let object = body.object else {
            members = [:]
            faults.append(.init(.pointer(""), "the body must be a JSON object"))
            return
        }
        members = Dictionary(object.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        for member in object where !known.contains(member.name) {
            faults.append(
                .init(
                    .pointer(Self.pointer(member.name)), "unknown member; there are \(known.joined(separator: ", "))"))
        }
    }

    /// A name for people: 1 to 200 characters in one line; nil where absent or at fault.
    mutating func name(_ member: String) -> String? {
        guard let value = members[member] else { return nil }
        guard let text = value.string, ResourceName.isValid(text) else {
            fault(member, ResourceName.rule)
            return nil
        }
        return text
    }

    /// A text; nil where absent or at fault.
    mutating func text(_ member: String) -> String? {
        guard let value = members[member] else { return nil }
        guard let text = value.string else {
            fault(member, "must be a string")
            return nil
        }
        return text
    }

    mutating func integer(_ member: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = members[member] else { return nil }
        guard let number = value.integer, let integer = Int(exactly: number), range.contains(integer) else {
            fault(member, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return integer
    }

    /// A seed, 0 to 2⁶⁴ − 1, as a string beyond 2⁶³ − 1; nil where absent or at fault.
    mutating func seed(_ member: String) -> UInt64? {
        guard let value = members[member] else { return nil }
        if let seed = value.integer.flatMap(UInt64.init(exactly:)) ?? value.string.flatMap(UInt64.init) { return seed }
        fault(member, "must be a whole number from 0 to \(UInt64.max); as a string beyond \(Int64.max)")
        return nil
    }

    /// A checkpoint on disk: `best`, `latest` or a step; nil where absent or at fault.
    mutating func savedCheckpoint(_ member: String) -> CheckpointSelector? {
        guard let value = members[member] else { return nil }
        let text = value.string ?? value.integer.map(String.init)
        guard let checkpoint = text.flatMap(CheckpointSelector.init), checkpoint != .live else {
            fault(member, "must be best, latest or the step of a checkpoint")
            return nil
        }
        return checkpoint
    }

    /// Names and values, at most 64; nil where absent or at fault.
    mutating func labels(_ member: String) -> [String: String]? {
        guard let value = members[member] else { return nil }
        guard let object = value.object, object.count <= 64 else {
            fault(member, "must be an object of at most 64 labels")
            return nil
        }
        var labels: [String: String] = [:]
        for label in object {
            guard let text = label.value.string, text.isEmpty || ResourceName.isValid(text),
                ResourceName.isValid(label.name)
            else {
                faults.append(
                    .init(
                        .pointer(Self.pointer(member) + Self.pointer(label.name)),
                        "a label's name has 1 to 200 characters and its value is a string of at most 200, both in one line"
                    ))
                continue
            }
            labels[label.name] = text
        }
        return labels
    }

    /// Throws a 422 with every fault; to be called once all members were read.
    func check() throws(Problem) {
        guard !faults.isEmpty else { return }
        throw Problem(422, "invalid_body", "The body cannot be used as it is.", errors: faults)
    }

    private mutating func fault(_ member: String, _ detail: String) {
        faults.append(.init(.pointer(Self.pointer(member)), detail))
    }

    /// A JSON pointer's part for a member (RFC 6901, section 3).
    static func pointer(_ member: String) -> String {
        var escaped = "/"
        for character in member {
            switch character {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}

/// The rule for names that people give to datasets, jobs and models.
enum ResourceName {
    static let rule = "must be a text of 1 to 200 characters in one line"

    static func isValid(_ text: String) -> Bool {
        (1...200).contains(text.unicodeScalars.count)
            && text.unicodeScalars.allSatisfy { !($0.value < 0x20 || $0.value == 0x7f) }
    }

    /// The same rule as JSON Schema.
    static let schema: JSON = [
        "type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[^\\u0000-\\u001F\\u007F]*$",
    ]
}
