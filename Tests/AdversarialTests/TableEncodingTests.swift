import Codecs
import Datasets
import TestSupport
import Testing

@testable import Adversarial

/// Cells become rows of slots and scalars, and cells again.
@Suite struct TableEncodingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var preset = "auto"
        var model = ""
        var data = ""

        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "ranges"), Case(name: "few ranges", model: #","spikes":2,"bins":3"#),
        Case(name: "intervals", preset: "ctgan"),
        Case(name: "intervals and spikes", preset: "ctgan", model: #","spikes":5"#),
        Case(
            name: "other types",
            data: #","data":{"columns":{"visits":{"type":"categorical"},"city":{"type":"identifier"}}}"#),
    ]

    private func encoding(_ each: Case, _ dataset: Dataset, _ schema: TableSchema) throws -> TableEncoding {
        let spec = try TableFixture.spec(dataset, preset: each.preset, model: each.model, data: each.data)
        return try TableEncoding.fit(dataset, schema, networks: TableFixture.networks(spec))
    }

    @Test(arguments: cases)
    func cellsComeBackOutOfTheirSlots(_ each: Case) throws {
        try TableFixture.withDataset { dataset, schema in
            let encoding = try encoding(each, dataset, schema)
            let encoder = RowEncoder(encoding, dataset.categories, seed: 1)
            let decoder = TableDecoder(encoding, seed: 2)
            var row = [Float](repeating: 0, count: encoding.layout.width)
            var cells = [Double](repeating: 0, count: schema.columns.count)
            for index in dataset.trainingIndices.prefix(200) {
                let given = try dataset.cells(of: [index])
                for place in row.indices { row[place] = 0 }
                for (place, column) in encoding.layout.columns.enumerated() {
                    let found = given.withUnsafeBufferPointer { encoder.code($0, column: place, share: 0.5) }
                    let code = try #require(found)
                    row[encoding.layout.slots(ofHead: column.head).lowerBound + code.slot] = 1
                    if case .intervals(_, _, let scalar) = column.content { row[scalar] = code.scalar }
                }
                decoder.decode(row, sample: UInt64(index), into: &cells)
                for (place, column) in encoding.layout.columns.enumerated() {
                    let (before, after) = (given[column.index], cells[column.index])
                    switch encoding.columns[place] {
                    case _ where before.isNaN: #expect(after.isNaN)
                    case .values: #expect(after == before)
                    case .ranges(let code) where code.spikes.contains(before): #expect(after == before)
                    case .ranges(let code):
                        let bin = code.bins[code.bin(of: before)]
                        let place = code.bin(of: before)
                        // The outermost ranges end short of the least and the greatest number.
                        #expect(bin[0] <= before || place == 0)
                        #expect(before <= bin[bin.count - 1] || place == code.bins.count - 1)
                        // Half a unit of whole numbers and days.
                        let unit = encoding.schema.columns[column.index].type == .date ? 86_400.0 : 1
                        #expect((bin[0] - unit / 2...bin[bin.count - 1] + unit / 2).contains(after))
                    case .intervals(let code):
                        #expect(abs(after - before) <= 1 || !code.spikes.contains(before))
                        #expect(code.range.contains(after))
                    }
                }
            }
        }
    }

    @Test(arguments: cases)
    func aModelKeepsNoValueThatFewRowsHave(_ each: Case) throws {
        try TableFixture.withDataset { dataset, schema in
            let rare = schema.columns.flatMap { $0.commonest.filter { $0.count < 5 } }
            // 20 of some hundred incomes.
            try #require(rare.count >= 20)
            let kept = try encoding(each, dataset, schema).json["schema"]?["columns"]?.array ?? []
            let counts = kept.flatMap { ($0["commonest"]?.array ?? []).compactMap { $0["count"]?.integer } }
            #expect(!counts.isEmpty && counts.allSatisfy { $0 >= 5 })
        }
    }

    @Test func neitherDoesItsManifest() throws {
        try TableFixture.withDataset { dataset, _ in
            let folder = try TemporaryFolder()
            let trainer = try Trainer(spec: TableFixture.spec(dataset), dataset: dataset)
            var manifest = dataset.manifest
            manifest.problems = [ItemProblem(item: "line 17", detail: "is \"John Smith\"")]
            #expect(!String(decoding: manifest.handedOn.json.bytes, as: UTF8.self).contains("John"))
            let written = try trainer.writeCheckpoint(to: folder.makeFolder("checkpoint")).json
            let columns = written["dataset"]?["schema"]?["columns"]?.array ?? []
            let counts = columns.flatMap { ($0["commonest"]?.array ?? []).compactMap { $0["count"]?.integer } }
            #expect(!counts.isEmpty && counts.allSatisfy { $0 >= 5 })
        }
    }

    @Test(arguments: cases)
    func theCodeSurvivesItsFile(_ each: Case) throws {
        try TableFixture.withDataset { dataset, schema in
            let spec = try TableFixture.spec(dataset, preset: each.preset, model: each.model, data: each.data)
            let encoding = try TableEncoding.fit(dataset, schema, networks: TableFixture.networks(spec))
            let stored = try TableEncoding(
                json: JSON(parsing: encoding.json.bytes), spec: ResolvedSpec(json: spec.json))
            #expect(stored == encoding)
        }
    }

    @Test(arguments: cases)
    func sharesAreThoseOfTheRowsAndAddUpInEachHead(_ each: Case) throws {
        try TableFixture.withDataset { dataset, schema in
            let encoding = try encoding(each, dataset, schema)
            for (place, column) in encoding.layout.columns.enumerated() {
                let slots = encoding.layout.slots(ofHead: column.head)
                #expect(abs(encoding.shares[slots].reduce(0, +) - 1) < 1e-9, "\(schema.columns[column.index].name)")
                if case .intervals(let code) = encoding.columns[place], let spike = code.spikes.firstIndex(of: 0) {
                    // Six of ten have no visits.
                    #expect((0.5...0.7).contains(encoding.shares[slots.lowerBound + spike]))
                }
                guard case .values(let code) = encoding.columns[place], !column.hasMissing else { continue }
                for (slot, cell) in code.single.enumerated() {
                    let rows = try dataset.cells(of: dataset.trainingIndices)
                    let count = stride(from: column.index, to: rows.count, by: schema.columns.count).count {
                        rows[$0] == cell
                    }
                    #expect(
                        abs(encoding.shares[slots.lowerBound + slot] * Double(encoding.rowCount) - Double(count)) < 1e-6
                    )
                }
            }
        }
    }

    @Test func slotsThatStandForNothingAreNeverChosen() throws {
        try TableFixture.withDataset { dataset, schema in
            let encoding = try encoding(Case(name: ""), dataset, schema)
            let unused = encoding.mask.indices.filter { encoding.mask[$0] < 0 }
            #expect(!unused.isEmpty)
            #expect(unused.allSatisfy { encoding.shares[$0] == 0 })
            #expect(encoding.mask.count == encoding.layout.width)
        }
    }

    @Test("A slot that is left over where only held-out rows have a value is never chosen", arguments: cases.prefix(3))
    func valuesThatNoTrainingRowHas(_ each: Case) throws {
        let rows = (0..<600).map { row in
            "\(row * 37 % 601),\(row % 20 == 7 ? "w\(row)" : "v\(row % 3)"),\(row % 40 == 3 ? 4 + row / 40 : row % 3)"
        }
        try TableFixture.withDataset((["n,word,level"] + rows).joined(separator: "\n")) { dataset, schema in
            let encoding = try encoding(each, dataset, schema)
            for index in [1, 2] {
                let place = try #require(encoding.layout.columns.firstIndex { $0.index == index })
                let column = encoding.layout.columns[place]
                guard case .values(let code) = encoding.columns[place] else {
                    throw DatasetError(code: "no_values", detail: "")
                }
                try #require(code.single.count < column.content.slots)
                let slots = encoding.layout.slots(ofHead: column.head)
                let chosen = slots.filter { encoding.mask[$0] == 0 }
                #expect(chosen.count == code.single.count && chosen.allSatisfy { encoding.shares[$0] > 0 })
            }
        }
    }

    @Test func ofManyCategoriesTheRareOnesShareSlots() throws {
        let names = (0..<3_000).flatMap { [String](repeating: "item \($0)", count: $0 < 10 ? 50 : 5) }
        let csv = "what,side\n" + names.enumerated().map { "\($0.element),\($0.offset % 2)" }.joined(separator: "\n")
        try TableFixture.withDataset(csv) { dataset, schema in
            #expect(schema.columns[0].type == .categorical)
            let encoding = try encoding(Case(name: ""), dataset, schema)
            let column = try #require(encoding.layout.columns.first)
            #expect(encoding.layout.slots(ofHead: column.head).count == TableLayout.mostSingle + TableLayout.groups)
            guard case .values(let code) = encoding.columns[0] else {
                throw DatasetError(code: "no_values", detail: "")
            }
            #expect(Set(code.single.prefix(10)) == Set((0..<10).map { Double($0) }))
            let members = code.groups.flatMap(\.cells)
            #expect(Set(members).count == members.count)
            #expect(code.groups.allSatisfy { abs(($0.upTo.last ?? 0) - 1) < 1e-9 })
            // Each value of a group comes about as often as in the rows.
            let drawn = Set((0..<1_000).map { code.groups[0].cell(at: Double($0) / 1_000) })
            #expect(drawn == Set(code.groups[0].cells))
            // Conditions are slots, whether values share them or not.
            let counts = encoding.conditionCounts
            #expect(counts.allSatisfy { $0 > 0 } && counts.reduce(0, +) == 2 * encoding.rowCount)
        }
    }

    @Test func theModesOfAMixtureAreFound() {
        let random = Philox(seed: 3)
        let wanted: [(mean: Double, deviation: Double, share: Double)] = [(-4, 0.5, 0.3), (1, 1, 0.5), (9, 0.25, 0.2)]
        let values = (0..<6_000).map { index -> Double in
            let normal = Double(random.normals(item: UInt64(index), block: 0).x)
            let share = Double(index) / 6_000
            let mode = share < 0.3 ? wanted[0] : share < 0.8 ? wanted[1] : wanted[2]
            return mode.mean + mode.deviation * normal
        }
        let found = GaussianMixture.fit(values, most: 10).components
        // Some components may share a mode; each lies at one, and together they weigh as much.
        for mode in wanted {
            let near = found.filter { abs($0.mean - mode.mean) < 2 * mode.deviation }
            #expect(abs(near.reduce(0) { $0 + $1.weight } - mode.share) < 0.05)
            #expect(near.contains { abs($0.mean - mode.mean) < 0.4 * mode.deviation })
        }
        #expect(found.count <= 10 && abs(found.reduce(0) { $0 + $1.weight } - 1) < 0.05)
        for odd in [[], [1], [2, 2, 2], [1, 2]] as [[Double]] {
            #expect(!GaussianMixture.fit(odd, most: 10).components.isEmpty)
        }
    }
}
