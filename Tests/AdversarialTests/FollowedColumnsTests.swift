import Codecs
import Datasets
import TestSupport
import Testing
import Torch

@testable import Adversarial

/// Times that follow others keep their distance, whatever is asked for.
@Suite struct FollowedColumnsTests {
    private static let day = 86_400.0

    /// Orders of three years, sent within ten days, delivered within two; not all are delivered.
    private static func csv() -> String {
        var random = SplitMix64(seed: 9)
        func date(_ number: Int) -> String {
            func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
            return "20\(20 + number / 336)-\(two(1 + number % 336 / 28))-\(two(1 + number % 28))"
        }
        let rows = (0..<600).map { row -> String in
            let ordered = Int.random(in: 0..<36, using: &random) * 28 + Int.random(in: 0..<15, using: &random)
            let sent = ordered + Int.random(in: 0...10, using: &random)
            let delivered = row % 10 == 0 ? "" : date(sent + Int.random(in: 0...2, using: &random))
            let minute = 10 + Int.random(in: 0..<50, using: &random)
            return "\(date(ordered)) 12:\(minute),\(date(sent)),\(delivered),\(row % 3 == 0 ? "a" : "b")"
        }
        return (["ordered,sent,delivered,arm"] + rows).joined(separator: "\n") + "\n"
    }

    private func withTable(_ body: (Dataset, TableSchema, TableEncoding) throws -> Void) throws {
        try TableFixture.withDataset(Self.csv()) { dataset, schema in
            let spec = try TableFixture.spec(dataset)
            try body(dataset, schema, try TableEncoding.fit(dataset, schema, networks: TableFixture.networks(spec)))
        }
    }

    /// What a generator that met each slot as often as the rows would give.
    private func drawn(_ encoding: TableEncoding, _ given: [RowWish.Given] = []) -> [[Double]] {
        let decoder = TableDecoder(encoding, seed: 3)
        let row = encoding.shares.map { Float($0) }
        return (0..<2_000).map { sample in
            var cells = [Double](repeating: .nan, count: encoding.schema.columns.count)
            decoder.decode(row, sample: UInt64(sample), given: given, into: &cells)
            return cells
        }
    }

    /// Days from the order to the sending, and from there to the delivery.
    private func days(_ cells: [Double]) -> (sent: Double, delivered: Double) {
        let ordered = (cells[0] / Self.day).rounded(.down)
        return (cells[1] / Self.day - ordered, (cells[2] - cells[1]) / Self.day)
    }

    @Test func distancesAreLearnedAndNotTimes() throws {
        try withTable { _, _, encoding in
            #expect(encoding.layout.columns.map(\.leader) == [nil, 0, 1, nil])
            // Of 600 rows five or more have each distance: none has to be drawn anew.
            #expect(encoding.layout.columns[1].content == .ranges(spikes: 11, bins: 0))
            #expect(encoding.layout.columns[2].content == .ranges(spikes: 3, bins: 0))
            let rows = drawn(encoding)
            #expect(Set(rows.map { days($0).sent }) == Set((0...10).map(Double.init)))
            let delivered = rows.map { days($0).delivered }.filter { !$0.isNaN }
            #expect(Set(delivered) == [0, 1, 2] && (1_700..<1_900).contains(delivered.count))
        }
    }

    @Test func aRowComesBackAsItWas() throws {
        try withTable { dataset, schema, encoding in
            let encoder = RowEncoder(encoding, dataset.categories, seed: 1)
            let decoder = TableDecoder(encoding, seed: 2)
            for index in dataset.trainingIndices.prefix(100) {
                let given = try dataset.cells(of: [index])
                var row = [Float](repeating: 0, count: encoding.layout.width)
                for (place, column) in encoding.layout.columns.enumerated() {
                    let found = given.withUnsafeBufferPointer { encoder.code($0, column: place, share: 0.5) }
                    row[encoding.layout.slots(ofHead: column.head).lowerBound + (try #require(found)).slot] = 1
                }
                var cells = [Double](repeating: .nan, count: schema.columns.count)
                decoder.decode(row, sample: UInt64(index), into: &cells)
                let (before, after) = (days(given), days(cells))
                #expect(before.sent == after.sent)
                #expect(before.delivered == after.delivered || before.delivered.isNaN && after.delivered.isNaN)
            }
        }
    }

    @Test func whatLeadsToAGivenTimeIsKnownWhateverElseIsGiven() throws {
        try withTable { _, _, encoding in
            func slots(_ given: [(Int, Double)], of column: Int) throws -> [Int] {
                let wish = given.map { RowWish.Given(column: $0.0, cell: $0.1) }
                let place = try #require(encoding.layout.columns.firstIndex { $0.index == column })
                let own = try #require(wish.first { $0.column == column })
                return encoding.slots(leadingTo: own, at: place, wish)
            }
            let sent = encoding.layout.slots(ofHead: encoding.layout.columns[1].head)
            let ordered = encoding.layout.slots(ofHead: encoding.layout.columns[0].head)
            // Three days.
            #expect(try slots([(0, Self.june(15) + 45_000), (1, Self.june(18))], of: 1).allSatisfy(sent.contains))
            #expect(try slots([(0, Self.june(15) + 45_000), (1, Self.june(18))], of: 1).count == 1)
            let first = try slots([(1, Self.june(18))], of: 1)
            #expect(!first.isEmpty && first.count < ordered.count && first.allSatisfy(ordered.contains))
            // A missing order has no distance.
            #expect(try slots([(0, .nan), (1, Self.june(18))], of: 1).isEmpty)
        }
    }

    struct Wish: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let given: [(Int, Double)]
    }

    /// 2021-06-15 and some days later, in seconds.
    private static func june(_ day: Int) -> Double { Double(18_793 - 15 + day) * 86_400 }

    static let wishes = [
        Wish(testDescription: "the first", given: [(0, june(15) + 45_000)]),
        Wish(testDescription: "the second", given: [(1, june(15))]),
        Wish(testDescription: "the third", given: [(2, june(15))]),
        Wish(testDescription: "the first and the second", given: [(0, june(15) + 45_000), (1, june(18))]),
        Wish(testDescription: "the first and the third", given: [(0, june(15) + 45_000), (2, june(20))]),
        Wish(testDescription: "no delivery", given: [(2, .nan)]),
        Wish(testDescription: "a sending that was never delivered", given: [(1, june(15)), (2, .nan)]),
    ]

    @Test(arguments: wishes)
    func whatIsGivenStandsAndTheOthersKeepTheirDistance(_ wish: Wish) throws {
        let given = wish.given.map { RowWish.Given(column: $0.0, cell: $0.1) }
        try withTable { _, _, encoding in
            for cells in drawn(encoding, given) {
                for wish in given {
                    #expect(cells[wish.column] == wish.cell || cells[wish.column].isNaN && wish.cell.isNaN)
                }
                let (sent, delivered) = days(cells)
                #expect((0...10).contains(sent), "\(cells)")
                // Both ends are given.
                if !given.contains(where: { $0.column == 0 }) || given.count == 1 || given[1].column == 1 {
                    #expect((0...2).contains(delivered) || delivered.isNaN, "\(cells)")
                }
                // The clock of an order is never made even.
                #expect(cells[0].truncatingRemainder(dividingBy: 60) == 0)
                #expect(cells[0].truncatingRemainder(dividingBy: Self.day) != 0)
            }
        }
    }
}
