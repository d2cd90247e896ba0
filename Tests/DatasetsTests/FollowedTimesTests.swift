import Datasets
import TestSupport
import Testing

/// Times that stay near others are known by how far they lie from them.
@Suite struct FollowedTimesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Of a row, the first column's text and the second's, given the row's random numbers.
        let row: @Sendable (inout TestRandom) -> (String, String)
        /// Different distances, where the second follows the first.
        let distinct: Int?

        init(_ what: String, distinct: Int?, row: @escaping @Sendable (inout TestRandom) -> (String, String)) {
            testDescription = what
            self.distinct = distinct
            self.row = row
        }
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// A day of three years, by its number.
    private static func day(_ number: Int) -> String {
        "20\(two(20 + number / 336))-\(two(1 + number % 336 / 28))-\(two(1 + number % 28))"
    }

    private static func clock(_ minute: Int) -> String { "\(two(minute / 60 % 24)):\(two(minute % 60))" }

    static let cases = [
        Case("a date and a date up to seven days later, of the same month", distinct: 8) { random in
            let day = Int.random(in: 0..<36, using: &random) * 28 + Int.random(in: 0..<21, using: &random)
            return (Self.day(day), Self.day(day + Int.random(in: 0...7, using: &random)))
        },
        Case("a date and time and a date", distinct: 8) { random in
            let day = Int.random(in: 0..<36, using: &random) * 28 + Int.random(in: 0..<21, using: &random)
            let minute = Int.random(in: 0..<1_440, using: &random)
            return ("\(Self.day(day)) \(Self.clock(minute))", Self.day(day + Int.random(in: 0...7, using: &random)))
        },
        Case("a time of day and one that is up to an hour later, beyond midnight", distinct: 61) { random in
            let minute = Int.random(in: 0..<1_440, using: &random)
            return (Self.clock(minute), Self.clock(minute + Int.random(in: 0...60, using: &random)))
        },
        Case("two dates that have nothing to do with one another", distinct: nil) { random in
            (
                Self.day(Int.random(in: 0..<1_008, using: &random)),
                Self.day(Int.random(in: 0..<1_008, using: &random))
            )
        },
        Case("a date that is missing now and then, where the other isn't", distinct: nil) { random in
            let day = Self.day(Int.random(in: 0..<1_008, using: &random))
            return (Int.random(in: 0..<50, using: &random) == 0 ? "" : day, day)
        },
        Case("a date, and another that is missing now and then", distinct: 1) { random in
            let day = Self.day(Int.random(in: 0..<1_008, using: &random))
            return (day, Int.random(in: 0..<50, using: &random) == 0 ? "" : day)
        },
        Case("months, which have no one length", distinct: nil) { random in
            let month = Int.random(in: 0..<240, using: &random)
            let text = "\(2000 + month / 12)-\(Self.two(1 + month % 12))"
            return (text, text)
        },
        Case("a date and a time of day", distinct: nil) { random in
            (Self.day(Int.random(in: 0..<1_008, using: &random)), Self.clock(Int.random(in: 0..<3, using: &random)))
        },
    ]

    @Test(arguments: cases)
    func whatStaysNearIsSeen(_ each: Case) throws {
        var random = TestRandom(seed: 4)
        let rows = (0..<800).map { _ in each.row(&random) }
        let table = try TableCase((["began,ended"] + rows.map { "\($0.0),\($0.1)" }).joined(separator: "\n"))
        let follows = table.schema.columns[1].follows
        #expect(follows?.column == (each.distinct == nil ? nil : "began") && follows?.distinct == each.distinct)
        #expect(table.schema.columns[0].follows == nil)
        #expect(try TableSchema(json: table.schema.json) == table.schema)
        guard each.distinct != nil else { return }
        for (began, ended) in zip(try table.cells(0), try table.cells(1)) where !ended.isNaN {
            let distance = table.schema.columns[1].distance(of: ended, from: began)
            #expect(table.schema.columns[1].cell(at: distance, from: began) == ended)
        }
    }

    @Test func ofSeveralTheNearestIsFollowed() throws {
        var random = TestRandom(seed: 5)
        let rows = (0..<300).map { _ -> String in
            let day = Int.random(in: 0..<36, using: &random) * 28 + Int.random(in: 0..<8, using: &random)
            let sent = day + Int.random(in: 0...10, using: &random)
            return [day, sent, sent + Int.random(in: 0...2, using: &random)].map(Self.day).joined(separator: ",")
        }
        let columns = try TableCase((["ordered,sent,delivered"] + rows).joined(separator: "\n")).schema.columns
        #expect(columns.map(\.follows?.column) == [nil, "ordered", "sent"])
    }
}
