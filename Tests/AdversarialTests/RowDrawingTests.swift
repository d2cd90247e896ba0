import Codecs
import Datasets
import Glibc
import TestSupport
import Testing
import Torch

@testable import Adversarial

/// Rows are drawn that have what is wished for.
@Suite struct RowDrawingTests {
    /// A generator that has learned a little, and what it learned from.
    private static func withSampler<Result>(
        preset: String = "auto", steps: Int = 60, _ body: (Sampler, Dataset, TableSchema) throws -> Result
    ) throws -> Result {
        try TableFixture.withDataset { dataset, schema in
            let trainer = try Trainer(spec: TableFixture.spec(dataset, preset: preset), dataset: dataset)
            for _ in 0..<steps { _ = try trainer.advance() }
            return try body(Sampler(trainer.snapshot()), dataset, schema)
        }
    }

    private static func cells(_ block: SampleBlock) throws -> [[Double]] {
        guard case .cells(let cells) = block.values else { throw DatasetError(code: "no_cells", detail: "") }
        let width = block.itemShape[0]
        return stride(from: 0, to: cells.count, by: width).map { Array(cells[$0..<$0 + width]) }
    }

    private static func draw(_ sampler: Sampler, _ wish: RowWish?, count: Int = 300) throws -> [[Double]] {
        let choice = wish.map { SampleRequest.Choice.selection($0) } ?? .asTrained
        return try cells(
            sampler.samples(SampleRequest(count: count, seed: 9, choice: choice), range: 0..<count))
    }

    @Test(arguments: ["auto", "ctgan"])
    func whatIsGivenStandsInEachRow(preset: String) throws {
        try Self.withSampler(preset: preset) { sampler, _, schema in
            let given = try sampler.snapshot.given(
                [("city", "Ulm"), ("grade", "3"), ("age", nil)], parameter: "where")
            let rows = try Self.draw(sampler, RowWish(turns: [given]))
            let ulm = try #require(sampler.snapshot.table?.categories[1].firstIndex(of: "Ulm"))
            #expect(rows.allSatisfy { $0[1] == Double(ulm) && $0[3] == 3 && $0[2].isNaN })
            // The other columns vary.
            #expect(Set(rows.map { $0[4] }).count > 50)
            _ = schema
        }
    }

    @Test("A value that the generator has given up is drawn as often as it occurs, the others as before")
    func lostValuesAreRaised() throws {
        try Self.withSampler(steps: 0) { sampler, _, _ in
            let snapshot = sampler.snapshot
            let table = try #require(snapshot.table)
            let place = try #require(table.layout.columns.firstIndex { table.schema.columns[$0.index].name == "city" })
            let slots = table.layout.slots(ofHead: table.layout.columns[place].head)
            let lost = slots.upperBound - 1
            let last = try #require(snapshot.weights.lastIndex { $0.name.hasSuffix("bias") })
            var weights = snapshot.weights
            var bias = weights[last].bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
            #expect(bias.count == table.layout.width)
            bias[lost] -= 15
            weights[last] = .init(
                name: weights[last].name, shape: weights[last].shape, bytes: bias.withUnsafeBytes { Array($0) })
            let damaged = ModelSnapshot(
                spec: snapshot.spec, dataset: snapshot.dataset, step: snapshot.step, attachment: table, weights: weights
            )
            let rows = try Self.draw(Sampler(damaged), nil, count: 4_000)
            let before = try Self.draw(sampler, nil, count: 4_000)
            guard case .values(let code) = table.columns[place] else {
                throw DatasetError(code: "no_values", detail: "")
            }
            for slot in slots {
                let cell = code.cell(slot: slot - slots.lowerBound, share: 0)
                let share = Double(rows.count { $0[1] == cell }) / 4_000
                let wanted =
                    slot == lost ? table.shares[slot] : Double(before.count { $0[1] == cell }) / 4_000
                #expect(abs(share - wanted) < 0.04, "\(slot) \(share) \(wanted)")
            }
        }
    }

    @Test("Rows of a value that the model makes once in hundreds are like the rows that have it")
    func rareRowsAreLikeTheirClass() throws {
        let csv = "a,b\n" + (0..<2_000).map { $0 % 500 == 3 ? "y,v\n" : "x,u\n" }.joined()
        try TableFixture.withDataset(csv) { dataset, _ in
            let spec = try TableFixture.spec(dataset, model: #","conditional":false"#)
            let snapshot = try Trainer(spec: spec, dataset: dataset).snapshot()
            // The hidden number that both columns follow, and what three of 1,000 latents bring it beyond.
            let flat = try Self.sampler(of: snapshot, threshold: 6, steepness: 1)
            let hidden = try (0..<16).flatMap { tile in
                let rows = try flat.generated(
                    (0..<256).map { UInt64(tile * 256 + $0) }, seed: 3, conditions: [Int?](repeating: nil, count: 256)
                ).floats()
                return stride(from: 1, to: rows.count, by: 4).map { log(rows[$0] / (1 - rows[$0])) + 6 }
            }.sorted()
            let sampler = try Self.sampler(of: snapshot, threshold: hidden[4_096 - 12], steepness: 40)
            let wish = try sampler.snapshot.given([("a", "y")], parameter: "where")
            let rows = try Self.draw(sampler, RowWish(turns: [wish]), count: 120)
            let rare = try #require(sampler.snapshot.table?.categories[1].firstIndex(of: "v"))
            #expect(rows.allSatisfy { $0[0] == wish[0].cell })
            #expect(rows.count { $0[1] == Double(rare) } > 96, "\(rows.count { $0[1] == Double(rare) })")
            let request = SampleRequest(count: 120, seed: 9, choice: .selection(RowWish(turns: [wish])))
            let part = try Self.cells(sampler.samples(request, range: 70..<72))
            #expect(part == Array(rows[70..<72]))
        }
    }

    /// A snapshot whose second slots have the logits `steepness` × (a hidden number − `threshold`), the others 0.
    private static func sampler(of snapshot: ModelSnapshot, threshold: Float, steepness: Float) throws -> Sampler {
        var weights = snapshot.weights
        let last = try #require(weights.lastIndex { $0.name.hasSuffix("weight") })
        let bias = try #require(weights.lastIndex { $0.name.hasSuffix("bias") })
        let (width, inputs) = (weights[last].shape[0], weights[last].shape[1])
        var numbers = [Float](repeating: 0, count: width * inputs), offsets = [Float](repeating: 0, count: width)
        for slot in stride(from: 1, to: width, by: 2) {
            numbers[slot * inputs] = steepness
            offsets[slot] = -steepness * threshold
        }
        weights[last] = .init(
            name: weights[last].name, shape: weights[last].shape, bytes: numbers.withUnsafeBytes { Array($0) })
        weights[bias] = .init(
            name: weights[bias].name, shape: weights[bias].shape, bytes: offsets.withUnsafeBytes { Array($0) })
        return try Sampler(
            ModelSnapshot(
                spec: snapshot.spec, dataset: snapshot.dataset, step: 0, attachment: snapshot.table, weights: weights))
    }

    @Test func turnsAreTakenEvenly() throws {
        try Self.withSampler { sampler, _, _ in
            let turns = try sampler.snapshot.balanced(column: "city")
            let rows = try Self.draw(sampler, RowWish(turns: turns), count: 400)
            let counts = Dictionary(grouping: rows) { $0[1] }.mapValues(\.count)
            #expect(counts.count == 4 && counts.values.allSatisfy { $0 == 100 })
        }
    }

    @Test func aPartIsTheSameAloneAndInTheWhole() throws {
        try Self.withSampler { sampler, dataset, _ in
            let given = try sampler.snapshot.given([("member", "yes")], parameter: "where")
            let table = try #require(sampler.snapshot.table)
            let wish = RowWish(turns: [given], copies: try CopyIndex(dataset, table))
            let whole = try Self.draw(sampler, wish, count: 600)
            for range in [0..<1, 255..<300, 599..<600] {
                let request = SampleRequest(count: 600, seed: 9, choice: .selection(wish))
                let part = try Self.cells(sampler.samples(request, range: range))
                #expect(
                    zip(part, whole[range]).allSatisfy { zip($0, $1).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) } }
                )
            }
            #expect(try Self.draw(sampler, wish, count: 20).count == 20)
        }
    }

    @Test("What hardly ever goes together is refused, unless rows are to be completed")
    func rareWishes() throws {
        let csv =
            "a,b\n" + (0..<200).map { "\($0 % 2 == 0 ? "x" : "y"),\($0 % 3 == 0 ? "u" : "v")" }.joined(separator: "\n")
        try TableFixture.withDataset(csv) { dataset, _ in
            let snapshot = try Trainer(spec: TableFixture.spec(dataset), dataset: dataset).snapshot()
            // Both columns follow the sign of one number: x with v, y with u.
            let last = try #require(snapshot.weights.lastIndex { $0.name.hasSuffix("weight") })
            var weights = snapshot.weights
            let (width, inputs) = (weights[last].shape[0], weights[last].shape[1])
            var numbers = [Float](repeating: 0, count: width * inputs)
            let table = try #require(snapshot.table)
            for (column, signs) in zip(
                table.layout.columns, [["x": 1, "y": -1], ["v": 1, "u": -1]] as [[String: Float]])
            {
                let slots = table.layout.slots(ofHead: column.head)
                guard case .values(let code) = table.columns[column.head] else { continue }
                for (place, cell) in code.single.enumerated() {
                    let sign = signs[table.categories[column.index][Int(cell)]] ?? 0
                    numbers[(slots.lowerBound + place) * inputs] = 1e7 * sign
                }
            }
            weights[last] = .init(
                name: weights[last].name, shape: weights[last].shape, bytes: numbers.withUnsafeBytes { Array($0) })
            let sampler = try Sampler(
                ModelSnapshot(
                    spec: snapshot.spec, dataset: snapshot.dataset, step: 0, attachment: table, weights: weights))
            let often = try sampler.snapshot.given([("a", "x"), ("b", "v")], parameter: "where")
            #expect(try Self.draw(sampler, RowWish(turns: [often]), count: 20).count == 20)
            let rare = try sampler.snapshot.given([("a", "x"), ("b", "u")], parameter: "where")
            let error = #expect(throws: SampleRequestError.self) {
                try Self.draw(sampler, RowWish(turns: [rare]), count: 1)
            }
            #expect(error?.detail.contains("\"a\" \"x\" and \"b\" \"u\" hardly ever go together") == true)
            let rows = try Self.draw(sampler, RowWish(turns: [rare], refusesRare: false), count: 20)
            #expect(rows.allSatisfy { row in rare.allSatisfy { row[$0.column] == $0.cell } })
        }
    }

    @Test func rowsOfTheTrainingSetAreDrawnAgain() throws {
        // Two columns of two values: most rows are in any set.
        let csv =
            "a,b,c\n"
            + (0..<200).map { "\($0 % 2 == 0 ? "x" : "y"),\($0 % 3 == 0 ? "u" : "v"),\($0 % 2)" }
            .joined(separator: "\n")
        try TableFixture.withDataset(csv) { dataset, _ in
            let trainer = try Trainer(spec: TableFixture.spec(dataset), dataset: dataset)
            let sampler = try Sampler(trainer.snapshot())
            let table = try #require(trainer.table)
            let index = try CopyIndex(dataset, table)
            let rows = try Self.draw(sampler, RowWish(copies: index))
            let real = Set(try dataset.trainingIndices.map { try dataset.cells(of: [$0]) })
            #expect(rows.allSatisfy { !real.contains($0) })
            #expect(try Self.draw(sampler, nil).contains { real.contains($0) })
            // Where there are no others, it is said.
            let only = try sampler.snapshot.given([("a", "x"), ("b", "u"), ("c", "0")], parameter: "where")
            #expect(throws: SampleRequestError.self) {
                try Self.draw(sampler, RowWish(turns: [only], copies: index), count: 1)
            }
        }
    }

    struct BadWish: Sendable, CustomTestStringConvertible {
        let column: String
        let value: String?
        let words: [String]

        var testDescription: String { "\(column): \(value ?? "none")" }
    }

    @Test(arguments: [
        BadWish(column: "cty", value: "Ulm", words: ["cty", "city"]),
        BadWish(column: "city", value: "Rom", words: ["Rom", "Berlin"]),
        BadWish(column: "age", value: "old", words: ["old", "age"]),
        BadWish(column: "grade", value: "9", words: ["grade", "9"]),
        BadWish(column: "age", value: "37.5", words: ["37.5", "age", "whole", "37 or 38"]),
        BadWish(column: "city", value: nil, words: ["city", "missing"]),
        BadWish(column: "id", value: "C-1", words: ["identifier"]),
    ])
    func whatNoRowHasIsNamed(_ bad: BadWish) throws {
        try Self.withSampler(steps: 0) { sampler, _, _ in
            for parameter in ["where", "like"] {
                let error = #expect(throws: SampleRequestError.self) {
                    try sampler.snapshot.given([(bad.column, bad.value)], parameter: parameter)
                }
                #expect(error?.parameter == parameter)
                for word in bad.words { #expect(error?.detail.contains(word) == true, "\(error?.detail ?? "")") }
            }
        }
    }

    @Test("A condition that no training row has met tells the networks nothing")
    func conditionsThatWereNeverTrained() throws {
        try Self.withSampler(preset: "ctgan", steps: 0) { sampler, _, _ in
            let table = try #require(sampler.snapshot.table)
            let given = try sampler.snapshot.given([("city", "Ulm")], parameter: "where")
            for isTrained in [true, false] {
                let counts = table.conditionCounts.map { JSON.integer(isTrained ? Int64($0) : 0) }
                let members = (table.json.object ?? []).map { member in
                    member.name == "condition_counts" ? JSON.Member(name: member.name, value: .array(counts)) : member
                }
                let changed = try TableEncoding(json: .object(members), spec: sampler.snapshot.spec)
                let drawing = try RowDrawing(sampler, changed, RowWish(turns: [given]))
                #expect((drawing.condition(of: 0) != nil) == isTrained)
            }
        }
    }

    @Test func whatHardlyGoesTogetherIsRefused() throws {
        // b follows from a in every row.
        let csv = "a,b\n" + (0..<400).map { $0 % 2 == 0 ? "x,u" : "y,v" }.joined(separator: "\n")
        try TableFixture.withDataset(csv) { dataset, _ in
            let spec = try TableFixture.spec(
                dataset, training: #","optimizer":{"learning_rate":5e-3},"ema_half_life":1000"#)
            let trainer = try Trainer(spec: spec, dataset: dataset)
            for _ in 0..<200 { _ = try trainer.advance() }
            let sampler = try Sampler(trainer.snapshot())
            let rows = try Self.draw(sampler, nil, count: 1_000)
            let likely = Double(rows.count { $0[0] == $0[1] }) / 1_000
            #expect(likely > 0.7, "\(likely)")
            let given = try sampler.snapshot.given([("a", "x"), ("b", "u")], parameter: "where")
            #expect(try Self.draw(sampler, RowWish(turns: [given]), count: 10).count == 10)
        }
    }
}
