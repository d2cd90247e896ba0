import Codecs
import TestSupport
import Testing

@testable import Datasets

/// Columns whose values are somebody's own are neither learned nor shown.
@Suite struct PersonalColumnTests {
    private static let first = ["Max", "Udo", "Sven", "Yara", "Lena", "Ida", "Omar", "Kim", "Noa", "Eva"]

    private static func name(_ row: Int) -> String {
        "\(first[row % 10]) \(first[row / 10 % 10])ski\(row % 7 == 0 ? "nen" : "")"
    }

    private static let texts: [(what: String, values: [String], name: String)] = [
        ("names", (0..<90).map(name), "full_name"),
        ("streets", (0..<80).map { "\(first[$0 % 10])weg \($0 * 3 + 1)" }, "street"),
        ("addresses", (0..<80).map { "\(first[$0 % 10])weg \($0 * 3 + 1), \(10_000 + $0 * 37) Ulm" }, "address"),
        ("words of many", (0..<60).map { "ann\(String(repeating: "x", count: $0))" }, "tested"),
        ("tickets of some", (0..<120).map { "PC \(17_000 + $0 / 2 * 37)" }, "Ticket"),
        (
            "tickets, most of them numbers",
            (0..<120).map { $0 % 4 == 0 ? "A/5 \($0 + 100)" : "\(110_000 + $0 / 2 * 37)" }, "t"
        ),
        ("numbers of the net in a log", (0..<200).map { "10.0.\($0 / 3).7" }, "ip"),
        ("times of a form that isn't known", (0..<90).map { "\($0 % 12 + 1):\($0 % 50 + 10):\($0 + 100) PM" }, "t"),
    ]

    @Test(arguments: texts.indices)
    func whatIsSomebodysOwnIsText(index: Int) throws {
        let (what, values, name) = Self.texts[index]
        let rows = values.map { "\"\($0)\"" }
        let table = try TableCase(column: rows, name: name)
        #expect(table.column.type == .text && table.column.isKept && table.column.canBeAskedFor, "\(what)")
        #expect(table.column.commonest.isEmpty && table.column.note?.contains("data.columns") == true)
        // Kept for those who ask for them.
        #expect(Set(table.dataset.categories[0]) == Set(values) && table.column.distinct == Set(values).count)
        #expect(table.dataset.identifiers[0] == nil)
        // What is shown of the numbers among them is nobody's.
        let shown = String(decoding: table.column.json["numbers"]?.bytes ?? [], as: UTF8.self)
        #expect(!values.contains { shown.contains($0) } && !shown.contains("weg") && !shown.contains("PC"))
    }

    @Test func aNumberAmongNamesIsntShown() throws {
        let table = try TableCase(column: (0..<90).map { $0 == 7 ? "987654" : Self.name($0) }, name: "name")
        #expect(table.column.type == .text)
        let shown = String(decoding: table.schema.json.bytes, as: UTF8.self)
        #expect(!shown.contains("987654") && !(0..<90).contains { shown.contains(Self.name($0)) })
    }

    /// Structures of identifiers are told apart whatever stands between their places.
    @Test func separatorsMayBeAnyBytes() throws {
        let lines = (0..<60).map { row in
            let value =
                row % 2 == 0
                ? "a\(row + 10)\\u0001\\u0001\\u0001b\(row + 10)" : "a\(row + 10)\\u0001b\(row + 10)\\u0001c\(row + 10)"
            return "{\"c\":\"\(value)\",\"s\":\"\(row % 2 == 0 ? "u" : "d")\"}"
        }
        let table = try TableCase(lines.joined(separator: "\n"))
        #expect([.identifier, .text].contains(table.column.type))
    }

    private static let plain: [(what: String, values: [String], type: ColumnType)] = [
        ("few rows", (0..<49).map { "name \($0)" }, .categorical),
        ("few different ones", (0..<80).map { "city \($0 % 20)" }, .categorical),
        ("common ones", (0..<150).map { "city \($0 % 30)" }, .categorical),
        ("half of them common", (0..<100).map { $0 < 50 ? "city" : "city \($0)" }, .categorical),
        ("more than half of them rare", (0..<100).map { $0 < 49 ? "city" : "city \($0)" }, .text),
    ]

    @Test(arguments: plain.indices)
    func theRuleCountsRows(index: Int) throws {
        let (what, values, type) = Self.plain[index]
        #expect(try TableCase(column: values, name: "town").column.type == type, "\(what)")
    }

    @Test func aNameOfNumbersDecides() throws {
        let values = (0..<100).map { "\(5_000_000 + $0 * 7_919)" }
        #expect(try TableCase(column: values, name: "mobile").column.type == .identifier)
        // One that came twice makes no measure of them.
        let twice = (0..<200).map { "\(5_000_000 + $0 % 199 * 7_919)" }
        #expect(try TableCase(column: twice, name: "customer_id").column.type == .identifier)
        #expect(try TableCase(column: (0..<180).map { twice[$0 % 90] }, name: "customer_id").column.type == .integer)
        #expect(try TableCase(column: values, name: "account_balance").column.type == .integer)
        #expect(try TableCase(column: values.map { $0.prefix(2) + "5" }, name: "mobile").column.type == .integer)
    }

    @Test func serialNumbersCountOn() throws {
        let table = try TableCase(column: (0..<60).map(String.init), name: "")
        #expect(table.column.type == .identifier && table.column.statistics?.maximum == 59)
        #expect(table.dataset.identifiers[0] == nil && table.column.note == nil)
    }

    @Test("More different ones than are kept are made from what was seen of them")
    func manyAreMadeToo() throws {
        var limits = DatasetLimits()
        limits.maximumCategories = 100
        var random = TestRandom(seed: 5)
        let values = (0..<3_000).map { _ in
            "+49 \(170 + Int.random(in: 0...3, using: &random)) \(Int.random(in: 1_000_000...9_999_999, using: &random))"
        }
        let twice = values + [values[2_000]]
        for values in [values, twice] {
            let lines = values.enumerated().map { "\($0.element),\($0.offset % 2)" }
            let table = try TableCase((["phone,side"] + lines).joined(separator: "\n"), limits: limits)
            #expect(table.column.type == .identifier && table.dataset.categories[0] == [])
            let text = IdentifierText(try #require(table.dataset.identifiers[0]))
            let made = try (0..<5_000).map { String(decoding: try #require(text.text(of: $0)), as: UTF8.self) }
            #expect(made.allSatisfy { $0.wholeMatch(of: /\+49 17[0-3] \d{7}/) != nil } && Set(made).count == made.count)
            #expect(IdentifierFormTests.own(of: made, in: values).isEmpty)
        }
    }

    @Test func aTableOfNothingElseIsTakenForThoseWhoAsk() throws {
        let lines = (0..<80).map { "\(Self.name($0)),p\($0 * 37)@mail.example,\($0)" }
        let table = try TableCase((["name,email,row"] + lines).joined(separator: "\n"))
        #expect(table.schema.columns.map(\.type) == [.text, .identifier, .identifier])
        #expect(table.schema.columns.map(\.canBeAskedFor) == [true, true, false])
    }
}
