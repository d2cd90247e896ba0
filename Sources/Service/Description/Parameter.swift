import Codecs

/// A query parameter that a route takes: what it may be, for the reader and for the description alike.
struct Parameter: Sendable {
    /// What its text is read as.
    enum Kind: Sendable {
        /// Text that the handler reads; the schema says what it takes.
        case text(JSON)
        case integer(ClosedRange<Int>)
        case boolean
        /// One of these words.
        case word([String])
        /// Words between commas, each one of these.
        case words([String])
        /// Names with values between commas, `NAME:VALUE`; an example is given to who gets them wrong.
        case pairs(String)
        /// Names of curves between commas: `generator_loss`, `quality/score`.
        case curves
    }

    let name: String
    let kind: Kind

    /// A sentence's end, for people: "the dataset's name".
    let summary: String
    let isRequired: Bool

    init(_ name: String, _ kind: Kind, _ summary: String, isRequired: Bool = false) {
        self.name = name
        self.kind = kind
        self.summary = summary
        self.isRequired = isRequired
    }

    /// What is wrong with a value; nil where it is good.
    func fault(in text: String) -> String? {
        switch kind {
        case .text: return nil
        case .integer(let range):
            if let value = Int(text), range.contains(value) { return nil }
            let bounds = "\(range.lowerBound) " + (range.upperBound == .max ? "or more" : "to \(range.upperBound)")
            return "“\(text)” is not a whole number, \(bounds)"
        case .boolean: return ["true", "false"].contains(text) ? nil : "“\(text)” is neither true nor false"
        case .word(let words): return Self.fault(in: [text], words)
        case .words(let words):
            let parts = Self.parts(of: text)
            if parts.contains("") { return "“\(text)” has nothing before, after or between commas" }
            return Self.fault(in: parts, words)
        case .pairs(let example):
            let wrong = Self.parts(of: text).first { part in
                part.firstIndex(of: ":").map { $0 == part.startIndex } ?? true
            }
            return wrong.map { "“\($0)” must be column:value, such as \(example)" }
        case .curves:
            let wrong = Self.parts(of: text).first { !Self.isCurve($0) }
            return wrong.map {
                "“\($0)” is no curve's name, which is of small letters, digits, _ and /, a letter first"
            }
        }
    }

    private static let curvePattern = "^[a-z][a-z0-9_/]*$"

    private static func isCurve(_ name: String) -> Bool {
        guard let first = name.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
                UInt8(ascii: "/"):
                true
            default: false
            }
        }
    }

    private static func fault(in given: [String], _ words: [String]) -> String? {
        given.first { !words.contains($0) }.map { "“\($0)” is not one of \(words.joined(separator: ", "))" }
    }

    /// The parts between commas.
    static func parts(of text: String) -> [String] {
        // By bytes: what follows a comma may join with it to one character of Swift's.
        text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { String(Substring($0)) }
    }

    /// The parameter as OpenAPI describes it.
    ///
    /// - Parameter place: `query` or `header`.
    func description(in place: String) -> JSON {
        var members: [JSON.Member] = [
            .init(name: "name", value: .string(name)), .init(name: "in", value: .string(place)),
            .init(name: "description", value: .string(summary)), .init(name: "schema", value: schema),
        ]
        if isRequired { members.append(.init(name: "required", value: true)) }
        // Lists are parts between commas.
        if schema["type"] == "array" { members.append(.init(name: "explode", value: false)) }
        return .object(members)
    }

    /// What its value may be, as JSON Schema.
    var schema: JSON {
        switch kind {
        case .text(let schema): schema
        case .integer(let range): Schema.integer(range)
        case .boolean: Schema.boolean
        case .word(let words): Schema.word(words)
        case .words(let words): Schema.list(of: Schema.word(words))
        case .pairs:
            Schema.list(of: Schema.text(pattern: "^[^,:\\u0000-\\u001F\\u007F]+:[^,\\u0000-\\u001F\\u007F]*$"))
        case .curves: Schema.list(of: Schema.text(pattern: Self.curvePattern))
        }
    }
}

extension Parameter {
    static let limit = Parameter("limit", .integer(1...1000), "How many items a page has at most; 50 unless given.")
    static let pageToken = Parameter(
        "page_token", .text(Schema.text(pattern: "^[a-z]+_[0-9a-z]+[.][0-9a-f]{16}$")),
        "The `next_page_token` of the page before; the first page where absent.")
    static let label = Parameter(
        "label",
        .text(Schema.text(pattern: "^[^:\\u0000-\\u001F\\u007F]+:[^\\u0000-\\u001F\\u007F]*$")),
        "Only items with this label, as NAME:VALUE.")

    /// What every list of things with states takes.
    static func list<State: RawRepresentable & CaseIterable>(of states: State.Type) -> [Parameter]
    where State.RawValue == String {
        [state(states), label, limit, pageToken]
    }

    static func state<State: RawRepresentable & CaseIterable>(_ states: State.Type) -> Parameter
    where State.RawValue == String {
        Parameter("state", .words(states.allCases.map(\.rawValue)), "Only items in one of these states.")
    }

    /// What a representation comes as, where the `Accept` field doesn't say.
    static func format<Format: RawRepresentable & CaseIterable>(_ formats: Format.Type) -> Parameter
    where Format.RawValue == String {
        Parameter("format", .word(formats.allCases.map(\.rawValue)), "What it is sent as; goes before `Accept`.")
    }
}
