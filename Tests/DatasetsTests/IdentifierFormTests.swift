import Codecs
import TestSupport
import Testing

@testable import Datasets

/// Identifiers are made anew in the form of a column's own, and none of them tells of anybody.
@Suite struct IdentifierFormTests {
    struct Kind: Sendable, CustomTestStringConvertible {
        let what: String
        /// All made ones are like it, however many there are.
        let form: String
        var name = "tested"
        var rows = 800
        var type = ColumnType.identifier
        let value: @Sendable (Int, inout TestRandom) -> String
        var testDescription: String { what }

        func values() -> [String] {
            var random = TestRandom(seed: 7)
            return (0..<rows).map { value($0, &random) }
        }
    }

    private static func digits(_ count: Int, _ random: inout TestRandom, first: String = "0123456789") -> String {
        letters(1, of: first, &random) + letters(count - 1, of: "0123456789", &random)
    }

    private static func letters(_ count: Int, of alphabet: String, _ random: inout TestRandom) -> String {
        let characters = Array(alphabet)
        return String((0..<count).map { _ in characters[Int.random(in: 0..<characters.count, using: &random)] })
    }

    private static let small = "abcdefghijklmnopqrstuvwxyz"
    private static let large = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    private static let names = ["max", "udo", "sven", "yara", "lena", "ida", "omar", "kim", "noa", "eva"]

    static let kinds: [Kind] = [
        Kind(what: "e-mail", form: #"^[a-z]{3,4}\.[a-z]{5,7}@mail\d\.example$"#, name: "email") { _, random in
            "\(names.randomElement(using: &random) ?? "")."
                + letters(Int.random(in: 5...7, using: &random), of: small, &random)
                + "@mail\(Int.random(in: 1...9, using: &random)).example"
        },
        Kind(what: "e-mail of names alone", form: #"^[a-z]+\.[a-z]+@(one|two)\.example$"#, name: "email") {
            row, random in
            let last = names[row / 100] + names[row / 10 % 10]
            return "\(names[row % 10]).\(last)@\(row % 2 == 0 ? "one" : "two").example"
        },
        Kind(
            what: "telephone", form: #"^(\+49 170 \d{7}|0170/\d{7}|\(0170\) \d{3}-\d{4})$"#, name: "phone"
        ) { row, random in
            switch row % 3 {
            case 0: "+49 170 \(digits(7, &random, first: "123456789"))"
            case 1: "0170/\(digits(7, &random))"
            default: "(0170) \(digits(3, &random))-\(digits(4, &random))"
            }
        },
        Kind(what: "telephone as a number", form: #"^[1-9]\d{9}$"#, name: "mobile_number") { _, random in
            digits(10, &random, first: "6789")
        },
        Kind(what: "social security", form: #"^\d{3}-\d{2}-\d{4}$"#, name: "ssn", rows: 5_000) { _, random in
            "\(digits(3, &random, first: "12345678"))-\(digits(2, &random))-\(digits(4, &random))"
        },
        Kind(what: "invoice", form: #"^INV-202[1-4]-\d{5,7}$"#) { row, random in
            "INV-\(2021 + row / 200)-\(String(100_042 + row).dropFirst())"
        },
        Kind(what: "customer", form: #"^\d{4}-[A-Z]{5}$"#, name: "customerID") { _, random in
            "\(digits(4, &random))-\(letters(5, of: large, &random))"
        },
        Kind(what: "customer number", form: #"^[1-9]\d{6}$"#, name: "customer_id") { _, random in
            digits(7, &random, first: "123456789")
        },
        Kind(what: "UUID", form: #"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"#, rows: 60) {
            _, random in
            let hex = "0123456789abcdef"
            return [
                letters(8, of: hex, &random), letters(4, of: hex, &random), "4" + letters(3, of: hex, &random),
                letters(1, of: "89ab", &random) + letters(3, of: hex, &random), letters(12, of: hex, &random),
            ].joined(separator: "-")
        },
        Kind(what: "address of the net", form: #"^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$"#) {
            _, random in
            "192.168.\(Int.random(in: 0...255, using: &random)).\(Int.random(in: 0...255, using: &random))"
        },
        Kind(what: "hardware address", form: #"^[0-9a-f]{2}(:[0-9a-f]{2}){5}$"#) { _, random in
            (0..<6).map { _ in letters(2, of: "0123456789abcdef", &random) }.joined(separator: ":")
        },
        Kind(what: "hash", form: #"^[0-9a-f]{32}$"#) { _, random in letters(32, of: "0123456789abcdef", &random) },
        Kind(what: "plate", form: #"^(B|HH|MS)-[A-Z]{2} \d{3,4}$"#, name: "plate") { row, random in
            "\(["B", "HH", "MS"][row % 3])-\(letters(2, of: large, &random)) "
                + digits(row % 5 == 0 ? 3 : 4, &random, first: "123456789")
        },
        Kind(what: "account", form: #"^DE\d{20}$"#, name: "iban") { _, random in "DE\(digits(20, &random))" },
        Kind(what: "account in groups", form: #"^DE\d{2}( \d{4}){4} \d{2}$"#, name: "iban") { _, random in
            "DE\(digits(2, &random)) "
                + (0..<4).map { _ in digits(4, &random) }.joined(separator: " ") + " \(digits(2, &random))"
        },
        Kind(what: "page", form: #"^https://example\.org/u/\d{6}$"#, name: "url") { _, random in
            "https://example.org/u/\(digits(6, &random, first: "123456789"))"
        },
        Kind(what: "user name", form: #"^[a-z]{5,8}(\d{2})?$"#, name: "user_name") { row, random in
            letters(Int.random(in: 5...8, using: &random), of: small, &random)
                + (row % 3 == 0 ? digits(2, &random) : "")
        },
        Kind(what: "beyond 2⁵³", form: #"^9007\d{15}$"#, name: "order_id") { _, random in
            "9007\(digits(15, &random))"
        },
        Kind(what: "code of letters and digits", form: #"^[A-Z0-9]{10}$"#, name: "token") { _, random in
            letters(10, of: large + "0123456789", &random)
        },
        Kind(what: "letters beyond ASCII", form: #"^K[a-z]{4}-\d{5}$"#) { _, random in
            "K\(letters(4, of: "äöüéaeiou", &random))-\(digits(5, &random))"
        },
    ]

    @Test(arguments: kinds)
    func madeOnesHaveTheFormAndAreNobodys(kind: Kind) throws {
        let values = kind.values()
        let table = try TableCase(column: values, name: kind.name)
        #expect(table.column.type == kind.type)
        #expect(table.column.commonest.isEmpty && table.column.statistics == nil && table.column.note != nil)
        let form = try #require(table.dataset.identifiers.first ?? nil)
        let made = try Self.made(form, 5_000)
        let regex = try Regex(kind.form)
        let unlike = made.filter { $0.wholeMatch(of: regex) == nil }
        // Of a form of few texts some are longer.
        #expect(unlike.count <= made.count / 1_000, "\(unlike.count): \(unlike.prefix(3)), as \(form.pattern)")
        #expect(Set(made).count == made.count, "\(made.prefix(3))")
        #expect(Self.own(of: made, in: values).isEmpty)
        // Another form that was stored makes the same.
        #expect(try Self.made(IdentifierForm(json: JSON(parsing: form.json.bytes)), 100) == Array(made.prefix(100)))
    }

    private static func made(_ form: IdentifierForm, _ count: Int) throws -> [String] {
        let text = IdentifierText(form)
        return try (0..<count).map { String(decoding: try #require(text.text(of: UInt64($0))), as: UTF8.self) }
    }

    /// Values, runs of letters and digits, and what stands before an `@`, that fewer than five rows have, and of which some made
    /// text has one.
    static func own(of made: [String], in values: [String]) -> Set<String> {
        func parts(_ text: String) -> Set<String> {
            let runs = text.split { !($0.isLetter || $0.isNumber) }.map(String.init).filter { $0.utf8.count >= 3 }
            let local = text.contains("@") ? [String(text.prefix { $0 != "@" })] : []
            return Set(runs + local)
        }
        var rows: [String: Int] = [:]
        for value in values { for part in parts(value) { rows[part, default: 0] += 1 } }
        let whole = Set(values)
        return made.reduce(into: []) { own, text in
            if whole.contains(text) { own.insert(text) }
            own.formUnion(parts(text).filter { (1..<5).contains(rows[$0] ?? 0) })
        }
    }

    @Test("A form that has no text left goes on with longer ones, and never gives out one twice")
    func whatIsExhaustedGrows() throws {
        let values = (0..<1_000).map { "K-\($0 < 10 ? "00" : $0 < 100 ? "0" : "")\($0)" }.filter { $0 != "K-017" }
        let form = try #require(IdentifierForm(of: values))
        let made = try Self.made(form, 12_000)
        // The one that nobody has is the only one of its length.
        #expect(made.count { $0 == "K-017" } == 1 && made.count { $0.count == 5 } == 1)
        #expect(made.allSatisfy { $0.hasPrefix("K-") } && Set(made).count == made.count)
        #expect(Self.own(of: made, in: values).isEmpty)
        #expect(made.map(\.count).max() ?? 0 <= IdentifierText(form).length(count: 12_000))
    }

    @Test func addressesOfANetGoOnBeyondIt() throws {
        var random = TestRandom(seed: 3)
        let values = (0..<2_000).map { _ in
            "10.0.\(Int.random(in: 0...255, using: &random)).\(Int.random(in: 0...255, using: &random))"
        }
        let made = try Self.made(try #require(IdentifierForm(of: values)), 120_000)
        #expect(Set(made).count == made.count && Self.own(of: made, in: values).isEmpty)
        #expect(made.prefix(10_000).count { $0.hasPrefix("10.0.") } > 5_000)
    }

    @Test func formsOfFewRowsAreNotUsed() throws {
        let values =
            (0..<60).map { "AB-\(1_000_000 + $0 * 7_919)" } + ["secret/7", "secret/8", "secret/9", "other 1 2 3"]
        let made = try Self.made(try #require(IdentifierForm(of: values)), 2_000)
        #expect(made.allSatisfy { $0.hasPrefix("AB-") })
    }

    @Test func fewTextsAreEnoughForAForm() throws {
        #expect(IdentifierForm(of: ["--", "?"]) == nil && IdentifierForm(of: []) == nil)
        let made = try Self.made(try #require(IdentifierForm(of: ["max.rorali@mail10.example"])), 500)
        #expect(made.allSatisfy { $0.count { $0 == "@" } == 1 && !$0.contains("rorali") && !$0.contains("mail") })
        #expect(Set(made).count == 500)
    }

    @Test(arguments: [1, 2, 3, 10, 255, 256, 1_000, 1 << 20 + 1, 1 << 62] as [UInt64])
    func aPermutationHasEachNumberOnce(bound: UInt64) {
        let permutation = NumberPermutation(bound: bound, key: 9)
        let numbers = Set((0..<min(bound, 1_000)).map { permutation[$0] })
        #expect(numbers.count == Int(min(bound, 1_000)) && numbers.allSatisfy { $0 < bound })
    }

    @Test func aFilterForgetsNothing() throws {
        var filter = PartFilter(count: 1_000, salt: 5, mostBytes: 1 << 20)
        let texts = (0..<1_000).map { Array("text \($0)".utf8) }
        for text in texts { text.withUnsafeBufferPointer { filter.insert($0) } }
        let stored = try PartFilter(json: JSON(parsing: filter.json.bytes))
        #expect(stored == filter)
        #expect(texts.allSatisfy { $0.withUnsafeBufferPointer { stored.contains($0) } })
        let wrong = (1_000..<11_000).count { Array("text \($0)".utf8).withUnsafeBufferPointer { stored.contains($0) } }
        #expect(wrong < 100, "\(wrong)")
    }

    @Test(arguments: [
        #"{}"#, #"{"structures":[]}"#, #"{"structures":[{"count":1,"separators":["",""],"places":[{}]}]}"#,
        #"{"structures":[{"count":1,"separators":[""],"places":[{"octet":true}]}]}"#,
        #"{"structures":[{"count":1,"separators":["",""],"places":[{"runs":[{"count":1,"alphabets":[""]}]}]}]}"#,
        #"{"structures":[{"count":1,"separators":["",""],"places":[{"octet":true}]}],"filter":{"salt":"x"}}"#,
    ])
    func aDamagedFormIsRefused(text: String) throws {
        #expect(throws: DatasetError.self) { try IdentifierForm(json: JSON(parsing: Array(text.utf8))) }
    }
}
