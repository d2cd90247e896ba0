import Codecs
import Jobs

/// The fields of a request for samples, from a query or from a JSON body, with what is wrong about them.
struct SampleFields {
    static let names = SampleParameter.all.map(\.name)

    private enum Source {
        case query(QueryReader)
        case body([String: JSON])
    }

    private let source: Source
    private var faults: [Problem.Fault] = []

    /// Whether all faults are numbers beyond their limits or names that don't exist, rather than malformed text.
    private var onlyLimits = true

    init(query: QueryReader) {
        source = .query(query)
        faults = query.faults
        onlyLimits = faults.isEmpty
    }

    init(body: JSON) {
        guard let members = body.object else {
            source = .body([:])
            faults.append(.init(.pointer(""), "the body must be a JSON object"))
            return
        }
        source = .body(Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }))
        for member in members where !Self.names.contains(member.name) {
            faults.append(
                .init(
                    .pointer(BodyReader.pointer(member.name)),
                    "unknown member; there are \(Self.names.joined(separator: ", "))"))
        }
    }

    /// Whether they came as a body.
    var isBody: Bool { if case .body = source { true } else { false } }

    /// A body's member as it stands; nil where it is absent or null.
    func member(_ name: String) -> JSON? {
        guard case .body(let members) = source, let value = members[name], !value.isNull else { return nil }
        return value
    }

    /// True or false.
    mutating func boolean(_ name: String) -> Bool? {
        guard has(name) else { return nil }
        switch source {
        case .query(let query):
            let text = query.text(name)
            if text == "true" || text == "false" { return text == "true" }
        case .body(let members):
            if let value = members[name]?.boolean { return value }
        }
        malformed(name, "must be true or false")
        return nil
    }

    /// Records text or a type that can't be read at all.
    mutating func malformed(_ name: String, _ detail: String) {
        onlyLimits = false
        faults.append(.init(place(name), detail))
    }

    /// Records a value that can be read but not be had.
    mutating func impossible(_ name: String, _ detail: String) {
        faults.append(.init(place(name), detail))
    }

    /// Throws what was recorded: 400 for a query that can't be read, 422 otherwise.
    func check() throws(Problem) {
        guard let first = faults.first else { return }
        switch source {
        case .query where !onlyLimits:
            throw Problem(400, "bad_parameter", "The query cannot be used as it is.", errors: faults)
        case .query, .body:
            let detail = faults.count == 1 ? first.detail : "\(faults.count) of the parameters are at fault"
            throw Problem(
                422, "invalid_samples", "These samples cannot be had: \(detail).", errors: faults)
        }
    }

    /// Whether the field was given.
    func has(_ name: String) -> Bool {
        switch source {
        case .query(let query): query.text(name) != nil
        case .body(let members): members[name].map { !$0.isNull } ?? false
        }
    }

    /// Whether a parameter was given.
    func has(_ parameter: SampleParameter) -> Bool { (isBody || parameter.isInQuery) && has(parameter.name) }

    /// Whether a parameter says more than leaving it out would.
    func says(_ parameter: SampleParameter) -> Bool {
        guard has(parameter) else { return false }
        switch source {
        case .query(let query): return query.text(parameter.name) != parameter.usual
        case .body(let members):
            switch members[parameter.name] {
            case .string(let text)?: return text != parameter.usual
            case .boolean(let value)?: return String(value) != parameter.usual
            case .object(let members)?: return !members.isEmpty
            default: return true
            }
        }
    }

    mutating func text(_ name: String) -> String? {
        switch source {
        case .query(let query): return query.text(name)
        case .body(let members):
            guard let value = members[name], !value.isNull else { return nil }
            if let text = value.string { return text }
            if let number = value.integer { return String(number) }
            malformed(name, "must be a string")
            return nil
        }
    }

    /// The parts of a list: between commas in a query; an array, or one value, in a body.
    mutating func list(_ name: String) -> [String]? {
        guard case .body(let members) = source, let values = members[name]?.array else {
            if case .query(let query) = source { return query.list(name) }
            return text(name).map { [$0] }
        }
        let texts = values.compactMap { $0.string ?? $0.integer.map { String($0) } }
        guard texts.count == values.count else {
            malformed(name, "must be an array of strings or whole numbers")
            return nil
        }
        return texts
    }

    /// A whole number, of any sign and size that `Int` holds.
    mutating func integer(_ name: String) -> Int? {
        switch source {
        case .query(let query):
            guard let text = query.text(name) else { return nil }
            if let value = Int(text) { return value }
            if Self.isWholeNumber(text) { return text.hasPrefix("-") ? .min : .max }
            malformed(name, "“\(text)” is not a whole number")
        case .body(let members):
            guard let value = members[name], !value.isNull else { return nil }
            if let number = value.integer { return Int(number) }
            if let number = value.number, number == number.rounded() { return number < 0 ? .min : .max }
            malformed(name, "must be a whole number")
        }
        return nil
    }

    mutating func number(_ name: String) -> Double? {
        switch source {
        case .query(let query):
            guard let text = query.text(name) else { return nil }
            if let value = Double(text), value.isFinite { return value }
            malformed(name, "“\(text)” is not a number")
        case .body(let members):
            guard let value = members[name], !value.isNull else { return nil }
            if let number = value.number { return number }
            malformed(name, "must be a number")
        }
        return nil
    }

    /// A seed, 0 to 2⁶⁴ − 1; in a body one beyond 2⁶³ − 1 is given as a string, since JSON readers round it.
    mutating func seed(_ name: String) -> UInt64? {
        guard has(name) else { return nil }
        if case .body(let members) = source, members[name]?.integer == nil, members[name]?.string == nil {
            malformed(name, "must be a whole number from 0 to 18446744073709551615; as a string beyond 2⁶³ − 1")
            return nil
        }
        guard let text = text(name) else { return nil }
        return seed(text, of: name)
    }

    mutating func seed(_ text: String, of name: String) -> UInt64? {
        if let seed = UInt64(text) { return seed }
        let sentence = "“\(text)” is not a whole number from 0 to 18446744073709551615"
        if Self.isWholeNumber(text) { impossible(name, sentence) } else { malformed(name, sentence) }
        return nil
    }

    /// Which of a model's weights; nil leaves it to the job's state: `live` while it runs, `best` or `latest` afterwards.
    ///
    /// It is read before all else, since the model says what else there may be.
    mutating func checkpoint() throws(Problem) -> CheckpointSelector? {
        guard let text = text("checkpoint") else {
            if has("checkpoint") { try check() }
            return nil
        }
        guard let checkpoint = CheckpointSelector(text) else {
            malformed("checkpoint", "“\(text)” is neither best, latest, live nor a step")
            try check()
            return nil
        }
        return checkpoint
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, of type: Choice.Type = Choice.self
    ) -> Choice? where Choice.RawValue == String {
        guard let text = text(name) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        malformed(name, "“\(text)” is not one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        return nil
    }

    private func place(_ name: String) -> Problem.Fault.Place {
        if case .query = source { .parameter(name) } else { .pointer(BodyReader.pointer(name)) }
    }

    private static func isWholeNumber(_ text: String) -> Bool {
        let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
        return !digits.isEmpty && digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
