import Codecs
import Datasets
import Testing
import Torch

@testable import Adversarial

/// Numbers and times as people write them, from the table to its samples.
@Suite struct TableFormTests {
    /// Prices that follow the size, of which one in eight rows has none, large measures, and days.
    private static func table(_ price: (Int) -> String) -> String {
        (["size,price,mass,day"]
            + (0..<240).map { row in
                let size = row * 7 % 60
                return "\(size),\(price(row)),\(row % 2 == 0 ? "" : "-")\(1 + row % 9).5E+\(200 + row % 100),"
                    + "\(row % 28 + 1)-Jan-20\(10 + row % 10)"
            }).joined(separator: "\n") + "\n"
    }

    private static func money(_ row: Int) -> String { "\"$\(1 + row * 7 % 60),\(100 + row % 900).50\"" }

    @Test(arguments: ["auto", "ctgan"])
    func samplesHaveTheFormsOfTheirTable(preset: String) throws {
        try TableFixture.withDataset(Self.table(Self.money)) { dataset, schema in
            #expect(schema.columns.map(\.type) == [.integer, .real, .real, .date])
            let trainer = try Trainer(spec: TableFixture.spec(dataset, preset: preset, steps: 20), dataset: dataset)
            for _ in 0..<20 { #expect(try trainer.advance().values.allSatisfy { $0.isFinite }) }
            let table = try #require(trainer.table)
            let block = try Sampler(trainer.snapshot()).samples(SampleRequest(count: 100, seed: 1), range: 0..<100)
            guard case .cells(let cells) = block.values else { throw DatasetError(code: "no_cells", detail: "") }
            var bytes: [UInt8] = []
            TableText(schema: table.schema, categories: table.categories).appendCSV(cells, to: &bytes)
            let row = /\d+,(\"\$\d{1,2},\d{3}\.\d{2}\"|\$\d{1,3}\.\d{2}),-?\d\.\dE\+\d+,\d{1,2}-[A-Z][a-z]{2}-20\d\d/
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            #expect(lines.count == 100)
            for line in lines { #expect(line.wholeMatch(of: row) != nil, "\(line)") }
        }
    }

    private static let refusals: [(column: String, type: String, words: String)] = [
        ("price", "real", "the values aren't numbers; of text and identifiers none of them is shown"),
        ("price", "integer", "the values aren't whole numbers; of text and identifiers none of them is shown"),
        ("price", "date", "aren't dates in a form that is read"),
        ("day", "time", "aren't times in a form that is read"),
        ("size", "datetime", "found to be integer, and has values such as"),
        ("mass", "integer", "aren't whole numbers"),
    ]

    @Test(arguments: refusals)
    func aTypeThatTheValuesCannotHaveIsRefused(column: String, type: String, words: String) throws {
        // Too many that are no prices for them to be faults.
        let text = Self.table { $0 % 8 == 7 ? "about \($0 + 5)" : Self.money($0) }
        try TableFixture.withDataset(text) { dataset, schema in
            #expect(schema.columns[1].form == .text)
            #expect(schema.columns[1].numbers?.misfit == "")
            let error = #expect(throws: SpecError.self) {
                try TableFixture.spec(dataset, data: #","data":{"columns":{"\#(column)":{"type":"\#(type)"}}}"#)
            }
            let problem = try #require(error?.problems.first)
            #expect(problem.pointer == "/data/columns/\(column)/type" && problem.detail.contains(words), "\(problem)")
        }
    }

    private static let identifiers: [(what: String, value: @Sendable (Int) -> String, isTaken: Bool)] = [
        ("letters and digits", { "K-\(1_000 + $0)" }, false),
        ("some that are numbers", { "\($0 % 9 == 0 ? "" : "K-")\(1_000 + $0)" }, false),
        ("digits with a zero in front", { "0\(1_000 + $0 * 7)" }, true),
    ]

    @Test("Identifiers are taken for numbers only where they are", arguments: identifiers.indices, ["integer", "real"])
    func identifiersAsNumbers(index: Int, type: String) throws {
        let (what, value, isTaken) = Self.identifiers[index]
        let rows = (0..<90).map { "\(value($0)),\($0 % 2)" }
        try TableFixture.withDataset((["key,side"] + rows).joined(separator: "\n")) { dataset, schema in
            try #require(schema.columns[0].type == .identifier && schema.columns[0].isCoded, "\(what)")
            let data = #","data":{"columns":{"key":{"type":"\#(type)"}}}"#
            guard !isTaken else {
                _ = try TableFixture.spec(dataset, data: data)
                return
            }
            let error = #expect(throws: SpecError.self) { try TableFixture.spec(dataset, data: data) }
            let problem = try #require(error?.problems.first)
            #expect(problem.pointer == "/data/columns/key/type")
            for words in ["the values aren't", "numbers", "none of them is shown", "categorical"] {
                #expect(problem.detail.contains(words), "\(problem)")
            }
        }
    }

    @Test("A model keeps no words that it takes for numbers", arguments: ["auto", "ctgan"])
    func wordsThatAreNumbersAreNotKept(preset: String) throws {
        // 07301 is one row's.
        let rows = (0..<200).map { "0\($0 == 4 ? 7_301 : 7_010 + $0 % 9),\($0 % 2 == 0 ? "up" : "down")" }
        try TableFixture.withDataset((["code,side"] + rows).joined(separator: "\n")) { dataset, schema in
            #expect(schema.columns[0].form == .text && dataset.categories[0].contains("07301"))
            let spec = try TableFixture.spec(
                dataset, preset: preset, data: #","data":{"columns":{"code":{"type":"integer"}}}"#, steps: 3)
            let trainer = try Trainer(spec: spec, dataset: dataset)
            let table = try #require(trainer.table)
            #expect(table.categories == [[], ["up", "down"]] || table.categories == [[], ["down", "up"]])
            #expect(!String(decoding: table.json.bytes, as: UTF8.self).contains("07301"))
            // Rows are found again and compared all the same, also by a model that has been stored.
            let stored = try TableEncoding(json: table.json, spec: spec)
            let code = try #require(Double(rows[dataset.trainingIndices[0]].prefix(5)))
            let side = try dataset.cells(of: [dataset.trainingIndices[0]])[1]
            for table in [table, stored] {
                let copies = try CopyIndex(dataset, table)
                let isFound = try [code, side].withUnsafeBufferPointer {
                    copies.contains(try #require($0.baseAddress))
                }
                #expect(isFound)
                #expect(
                    try TableEvaluation.columns(of: [dataset.trainingIndices[0]], dataset, table) == [[code], [side]])
                let items = try EncodedTable(dataset, table, seed: 1).items([0, 1, 2]).floats()
                #expect(try items == EncodedTable(dataset, stored, seed: 1).items([0, 1, 2]).floats())
                #expect(items.contains { $0 != 0 })
            }
        }
    }

    @Test func wordsThatAreAllNumbersMayBeTakenForSuch() throws {
        let text =
            "code,side,kind\n"
            + (0..<90).map { "0\($0 % 9 + 10),\($0 % 2),\($0 % 3 == 0 ? "a" : "b")" }.joined(separator: "\n")
        try TableFixture.withDataset(text) { dataset, schema in
            #expect(schema.columns[0].form == .text)
            let spec = try TableFixture.spec(
                dataset, data: #","data":{"columns":{"code":{"type":"integer"}}}"#, steps: 3)
            let trainer = try Trainer(spec: spec, dataset: dataset)
            let block = try Sampler(trainer.snapshot()).samples(SampleRequest(count: 50, seed: 1), range: 0..<50)
            guard case .cells(let cells) = block.values else { throw DatasetError(code: "no_cells", detail: "") }
            for cell in stride(from: 0, to: 150, by: 3) { #expect((10...18).contains(cells[cell])) }
        }
    }
}
