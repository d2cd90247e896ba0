import Adversarial
import Codecs
import Datasets
import Jobs

/// What a request says of a table's rows, as it came.
struct RowParameters: Sendable, Equatable {
    /// A column's name and the text of its value; nil for none.
    struct Given: Sendable, Equatable {
        var column: String
        var value: String?
    }

    /// What all rows are to have.
    var wanted: [Given] = []
    /// Rows that are to be completed.
    var like: [[Given]] = []
    /// The column whose values are to be equally frequent.
    var balance: String?
    var excludesCopies = false

    static let mostRows = 1_000
    static let mostGiven = 1_000

    /// Whether anything is said at all.
    private var isEmpty: Bool { self == RowParameters() }

    static let described = [
        SampleParameter(
            "where", .pairs("sex:Female"),
            "Of a table, only rows with these values, as `column:value`; an object of them in a body.", body: values),
        SampleParameter(
            "like", .text(values), "Of a table, rows that are to be completed.",
            // More rows than the server takes are told apart by their number, which a 422 tells.
            body: ["type": "array", "items": values, "minItems": 1], isInQuery: false),
        SampleParameter(
            "balance", .text(Schema.text(pattern: "^[^\\u0000-\\u001F\\u007F]+$")),
            "Of a table, a column whose values are to be equally frequent.", body: Schema.string),
        SampleParameter(
            "exclude_copies", .boolean, "Of a table, no rows that it was trained on.", usual: "false"),
    ]

    /// Values of columns by their names.
    private static let values: JSON = [
        "type": "object", "maxProperties": .integer(Int64(mostGiven)),
        "additionalProperties": ["type": ["string", "number", "boolean", "null"]],
    ]

    init() {}

    init(_ fields: inout SampleFields) {
        wanted = Self.wanted(&fields)
        like = Self.like(&fields)
        balance = fields.balance()
        excludesCopies = fields.boolean("exclude_copies") ?? false
        if balance != nil, !like.isEmpty {
            fields.impossible("balance", "can't be had with like: the rows that are given say what there is")
        }
    }

    private static func wanted(_ fields: inout SampleFields) -> [Given] {
        if fields.isBody {
            guard let member = fields.member("where") else { return [] }
            return given(member, of: "where", &fields)
        }
        // Each has a colon: what hasn't is no value of this parameter, and reads as absent.
        return (fields.list("where") ?? []).compactMap { part in
            guard let colon = part.firstIndex(of: ":") else { return nil }
            let value = String(part[part.index(after: colon)...])
            return Given(column: String(part[..<colon]), value: value.isEmpty ? nil : value)
        }
    }

    private static func like(_ fields: inout SampleFields) -> [[Given]] {
        // No parameter of a query, which couldn't hold rows.
        guard let member = fields.member("like") else { return [] }
        guard let rows = member.array, (1...mostRows).contains(rows.count) else {
            fields.malformed("like", "must be an array of 1 to \(mostRows) rows, each an object of columns and values")
            return []
        }
        return rows.map { given($0, of: "like", &fields) }
    }

    private static func given(_ json: JSON, of name: String, _ fields: inout SampleFields) -> [Given] {
        guard let members = json.object, members.count <= mostGiven else {
            fields.malformed(name, "must hold objects of columns and values, such as {\"sex\":\"Female\"}")
            return []
        }
        return members.compactMap { member in
            guard let value = text(member.value) else {
                fields.malformed(
                    name, "the value of \"\(member.name)\" must be a string, a number, true, false or null")
                return nil
            }
            return Given(column: member.name, value: value.text)
        }
    }

    private static func text(_ value: JSON) -> (text: String?, Void)? {
        switch value {
        case .null: (nil, ())
        case .string(let text): (text, ())
        case .integer(let number): (String(number), ())
        case .number(let number): ("\(number)", ())
        case .boolean(let value): (value ? "true" : "false", ())
        case .array, .object: nil
        }
    }

    /// What the model is asked for; nil where nothing was said.
    ///
    /// - Parameter copies: finds the rows that the model was trained on.
    /// - Throws: `SampleRequestError` that names what there is.
    func request(to snapshot: ModelSnapshot, copies: () throws -> CopyIndex) throws -> RowWish? {
        guard !isEmpty else { return nil }
        let common = try snapshot.given(wanted.map { ($0.column, $0.value) }, parameter: "where")
        var turns: [[RowWish.Given]] = try like.map {
            try snapshot.given($0.map { ($0.column, $0.value) }, parameter: "like")
        }
        if let balance { turns = try snapshot.balanced(column: balance) }
        if turns.isEmpty { turns = [[]] }
        for (index, turn) in turns.enumerated() {
            if let twice = common.first(where: { given in turn.contains { $0.column == given.column } }) {
                let name = snapshot.table?.schema.columns[twice.column].name ?? ""
                throw SampleRequestError(
                    parameter: "where",
                    detail: "the column \"\(name)\" is given by \(balance == nil ? "like" : "balance"), too")
            }
            turns[index] = turn + common
        }
        let parameter = !like.isEmpty ? "like" : balance != nil ? "balance" : "where"
        return RowWish(
            turns: turns, parameter: parameter, refusesRare: like.isEmpty, copies: excludesCopies ? try copies() : nil)
    }
}
