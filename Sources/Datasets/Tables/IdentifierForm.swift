package import Codecs

/// How a column's identifiers are built, and what of them mustn't come up again.
///
/// It holds no text that fewer than five rows share.
package struct IdentifierForm: Sendable, Equatable {
    /// The ways in which they are built, commonest first; one at least.
    var structures: [Structure]
    /// The values themselves and their parts that few rows have; nil where these aren't known.
    var filter: PartFilter?

    /// Places with what stands between them.
    struct Structure: Sendable, Equatable {
        /// Rows that are built so.
        var count: Int
        /// Before, between and after the places, one more than there are.
        var separators: [[UInt8]]
        var places: [Place]
    }

    /// What stands in a run of letters and digits.
    enum Place: Sendable, Equatable {
        /// One of few texts, each with its rows: a prefix, a year, a mail domain.
        case choices([Choice])
        /// Characters by chance.
        case runs([Run])
        /// A number from 0 to 255.
        case octet
    }

    struct Choice: Sendable, Equatable {
        var text: [UInt8]
        var count: Int
    }

    /// Characters that each come out of an alphabet of their own.
    struct Run: Sendable, Equatable {
        var alphabets: [[UInt8]]
        /// Rows that have such a run.
        var count: Int
    }

    /// A text that shows how most of them are built: `a` and `A` stand for letters, `0` for digits, `x` for either.
    package var pattern: String {
        guard let structure = structures.first else { return "" }
        var text = structure.separators[0]
        for (place, separator) in zip(structure.places, structure.separators.dropFirst()) {
            switch place {
            case .choices(let choices): text += choices.first?.text ?? []
            case .octet: text += Array("000".utf8)
            case .runs(let runs):
                text += (runs.max { $0.count < $1.count }?.alphabets ?? []).map(Self.sign)
            }
            text += separator
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// What stands for an alphabet.
    private static func sign(of alphabet: [UInt8]) -> UInt8 {
        let classes = Set(alphabet.map { CharacterClass(of: $0) })
        switch (classes.count, classes.first) {
        case (1, .digit?): return UInt8(ascii: "0")
        case (1, .lower?): return UInt8(ascii: "a")
        case (1, .upper?): return UInt8(ascii: "A")
        default: return UInt8(ascii: classes.contains(.upper) && !classes.contains(.lower) ? "X" : "x")
        }
    }
}

/// What a character of an identifier is.
enum CharacterClass: UInt8 {
    case digit = 0x30
    case lower = 0x61
    case upper = 0x41

    /// - Parameter byte: of a run; the first byte of any letter beyond ASCII counts as one in lower case.
    init(of byte: UInt8) {
        self = IdentifierParts.isDigit(byte) ? .digit : byte &- 0x41 < 26 ? .upper : .lower
    }

    var characters: [UInt8] { (0..<(self == .digit ? 10 : 26)).map { rawValue + $0 } }
}

extension IdentifierForm {
    package var json: JSON {
        var members: [JSON.Member] = [
            JSON.Member(name: "structures", value: .array(structures.map(\.json)))
        ]
        if let filter { members.append(JSON.Member(name: "filter", value: filter.json)) }
        return .object(members)
    }

    /// Reads what `json` wrote.
    ///
    /// - Throws: `DatasetError` with code `manifest_unreadable`.
    package init(json: JSON) throws {
        guard let structures = json["structures"]?.array, !structures.isEmpty else { throw Self.incomplete }
        self.structures = try structures.map(Structure.init(json:))
        filter = try json["filter"].map(PartFilter.init(json:))
    }

    fileprivate static let incomplete = DatasetError.unreadableManifest("the form of its identifiers is incomplete")
}

extension IdentifierForm.Structure {
    fileprivate var json: JSON {
        [
            "count": .integer(Int64(count)), "separators": .array(separators.map(Self.string)),
            "places": .array(places.map(Self.json)),
        ]
    }

    private static func string(_ text: [UInt8]) -> JSON { .string(String(decoding: text, as: UTF8.self)) }

    private static func json(_ place: IdentifierForm.Place) -> JSON {
        switch place {
        case .octet: ["octet": true]
        case .choices(let choices):
            ["choices": .array(choices.map { ["text": string($0.text), "count": .integer(Int64($0.count))] })]
        case .runs(let runs):
            [
                "runs": .array(
                    runs.map { ["alphabets": .array($0.alphabets.map(string)), "count": .integer(Int64($0.count))] })
            ]
        }
    }

    fileprivate init(json: JSON) throws {
        guard let count = json["count"]?.integer, count > 0, let separators = json["separators"]?.array,
            let places = json["places"]?.array, !places.isEmpty, separators.count == places.count + 1
        else { throw IdentifierForm.incomplete }
        self.count = Int(count)
        self.separators = separators.map { Array(($0.string ?? "").utf8) }
        self.places = try places.map(Self.place)
    }

    private static func place(_ json: JSON) throws -> IdentifierForm.Place {
        func counted<Value>(_ values: [JSON]?, _ read: (JSON) -> Value?) throws -> [(Value, Int)] {
            let read = (values ?? []).compactMap { json -> (Value, Int)? in
                guard let value = read(json), let count = json["count"]?.integer, count > 0 else { return nil }
                return (value, Int(count))
            }
            guard !read.isEmpty else { throw IdentifierForm.incomplete }
            return read
        }
        if json["octet"] != nil { return .octet }
        if let choices = json["choices"]?.array {
            return .choices(
                try counted(choices) { $0["text"]?.string }.map {
                    IdentifierForm.Choice(text: Array($0.utf8), count: $1)
                })
        }
        let runs = try counted(json["runs"]?.array) { json -> [[UInt8]]? in
            let alphabets = (json["alphabets"]?.array ?? []).map { Array(($0.string ?? "").utf8) }
            return alphabets.isEmpty || alphabets.contains { $0.isEmpty } ? nil : alphabets
        }
        return .runs(runs.map { IdentifierForm.Run(alphabets: $0, count: $1) })
    }
}
