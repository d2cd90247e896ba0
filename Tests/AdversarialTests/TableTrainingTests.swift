import Codecs
import Datasets
import Networks
import TestSupport
import Testing
import Torch

@testable import Adversarial

/// Generators of tables are trained, stopped, gone on with and sampled from.
@Suite struct TableTrainingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var preset = "auto"
        var model = ""
        var training = ""

        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "auto"), Case(name: "ctgan", preset: "ctgan"), Case(name: "classic", preset: "classic"),
        Case(name: "perceptrons", model: #","skip":"none","hard":false,"bins":0,"modes":3"#),
    ]

    private func weights(_ trainer: Trainer) throws -> [[Float]] {
        try trainer.namedTensors.map { try $0.tensor.floats() }
    }

    @Test(arguments: cases)
    func goingOnFromACheckpointIsAsIfNothingHadBeen(_ each: Case) throws {
        try TableFixture.withDataset { dataset, _ in
            let spec = try TableFixture.spec(dataset, preset: each.preset, model: each.model)
            let whole = try Trainer(spec: spec, dataset: dataset)
            for _ in 0..<6 { _ = try whole.advance() }
            let first = try Trainer(spec: spec, dataset: dataset)
            for _ in 0..<3 { _ = try first.advance() }
            let folder = try TemporaryFolder()
            let manifest = try first.writeCheckpoint(to: folder.path)
            try DurableFile.write(manifest.json.bytes, to: folder.file("manifest.json"))
            let second = try Trainer(spec: spec, dataset: dataset, resumingFrom: folder.path)
            for _ in 0..<3 { _ = try second.advance() }
            #expect(try weights(second) == weights(whole))
            // What is sampled from a stored generator is what is sampled from it in memory.
            let request = SampleRequest(count: 20, seed: 5)
            let stored = try Sampler(ModelSnapshot.load(checkpoint: folder.path)).samples(request, range: 0..<20)
            #expect(stored.count == 20 && stored.itemShape == [8])
            #expect(try Sampler(second.snapshot()).samples(request, range: 0..<20) != stored)
        }
    }

    @Test("What rows are to the networks is the checkpoint's, whatever this version would make of them")
    func theCodeOfACheckpointIsKept() throws {
        try TableFixture.withDataset { dataset, _ in
            let spec = try TableFixture.spec(dataset)
            let trainer = try Trainer(spec: spec, dataset: dataset)
            _ = try trainer.advance()
            let folder = try TemporaryFolder()
            var manifest = try trainer.writeCheckpoint(to: folder.path)
            let code = try #require(trainer.table)
            let other = TableEncoding(
                found: code.found, schema: code.schema, categories: code.categories, identifiers: code.identifiers,
                layout: code.layout,
                columns: code.columns.map {
                    guard case .ranges(let ranges) = $0 else { return $0 }
                    return .ranges(RangeCode(spikes: ranges.spikes, bins: ranges.bins.map { $0.map { $0 / 2 } }))
                }, shares: code.shares, conditionCounts: code.conditionCounts, rowCount: code.rowCount)
            try DurableFile.write(other.json.bytes, to: folder.file(TableEncoding.fileName))
            let place = try #require(manifest.files.firstIndex { $0.name == TableEncoding.fileName })
            manifest.files[place].sha256 = try SHA256.hex(ofFile: folder.file(TableEncoding.fileName))
            try DurableFile.write(manifest.json.bytes, to: folder.file("manifest.json"))
            let second = try Trainer(spec: spec, dataset: dataset, resumingFrom: folder.path)
            #expect(second.table == other && other != code)
        }
    }

    struct FusedCase: Sendable, CustomTestStringConvertible {
        let name: String
        var model = ""
        let training: String
        var threads = 1

        var testDescription: String { name }
    }

    static let fused = [
        FusedCase(name: "relativistic", training: #","objective":"relativistic","fresh_fakes":true"#),
        FusedCase(name: "shared rows", training: #","objective":"non_saturating","fresh_fakes":false"#),
        FusedCase(
            name: "packs", training: #","objective":"non_saturating","packing":3,"regularisation":{"r1":0.1}"#,
            threads: 2),
        FusedCase(
            name: "no conditions", model: #","conditional":false"#, training: #","objective":"hinge""#, threads: 2),
    ]

    @Test(arguments: fused)
    func perceptronsOfRowsGetTheGraphsNumbers(_ each: FusedCase) throws {
        try TableFixture.withDataset { dataset, _ in
            var spec = try TableFixture.spec(
                dataset, model: #","skip":"none","hard":false,"bins":0,"modes":3"# + each.model,
                // So slow that rounding, which Adam makes as large as any gradient, moves nothing.
                training: each.training + #","optimizer":{"type":"adam","learning_rate":1e-9}"#)
            spec.threads = each.threads
            let (fused, graph) = (
                try Trainer(spec: spec, dataset: dataset), try Trainer(spec: spec, dataset: dataset, usesGraph: true)
            )
            #expect(!fused.usesGraph && graph.usesGraph)
            for _ in 0..<4 {
                let (first, second) = (try fused.advance(), try graph.advance())
                #expect(firstDifference(first.values, second.values, relative: 2e-4, absolute: 1e-5) == nil)
            }
            // The moments are the gradients, averaged.
            for (first, second) in [
                (fused.game.players[0].optimiser, graph.game.players[0].optimiser),
                (fused.game.players[1].optimiser, graph.game.players[1].optimiser),
            ] {
                for (first, second) in zip(try first.state, try second.state) {
                    let (found, wanted) = (try first.tensor.doubles(), try second.tensor.doubles())
                    let scale = max(1e-4, wanted.map(abs).max() ?? 0)
                    #expect(
                        firstDifference(found, wanted, relative: 1e-3, absolute: 1e-4 * scale) == nil, "\(first.name)")
                }
            }
        }
    }

    @Test(
        "Only the paper's rows are drawn by conditions",
        arguments: [("auto", false), ("ctgan", true), ("classic", false)])
    func presetsThatKnowConditions(preset: String, isConditional: Bool) throws {
        try TableFixture.withDataset { dataset, _ in
            let spec = try TableFixture.spec(dataset, preset: preset)
            #expect((spec.model.conditioning != nil) == isConditional)
        }
    }

    @Test func conditionsAreMetByTheRowsThatStandForThem() throws {
        try TableFixture.withDataset { dataset, schema in
            let spec = try TableFixture.spec(dataset, preset: "ctgan")
            let encoding = try TableEncoding.fit(dataset, schema, networks: TableFixture.networks(spec))
            let batches = try TableBatches(
                EncodedTable(dataset, encoding, seed: 1), encoding, seed: 2, isConditional: true)
            let (items, labels) = try batches.batch(count: 2_000, atSample: 40)
            let rows = try items.floats()
            let conditions = try #require(labels).integers()
            let slots = encoding.layout.conditioned.flatMap { Array(encoding.layout.slots(ofHead: $0.head)) }
            #expect(
                conditions.indices.allSatisfy { rows[$0 * encoding.layout.width + slots[Int(conditions[$0])]] == 1 })
            // By the logarithms of their counts, rare values are drawn more often than they are.
            let city = try #require(encoding.layout.conditioned.first { schema.columns[$0.index].name == "city" })
            let heads = encoding.layout.conditioned.prefix { $0 != city }
            let first = heads.reduce(0) { $0 + encoding.layout.slots(ofHead: $1.head).count }
            let counts = (0..<4).map { place in conditions.count { $0 == Int64(first + place) } }
            let share = Double(counts[3]) / Double(counts.reduce(0, +))
            #expect(share > encoding.shares[encoding.layout.slots(ofHead: city.head).lowerBound + 3] + 0.05)
            #expect(try batches.batch(count: 2_000, atSample: 40).items.floats() == rows)
        }
    }

    @Test("Where rows are drawn by conditions, the generator's are held against rows that are drawn so")
    func momentsAreThoseOfTheRowsThatAreShown() throws {
        let csv =
            "v,label\n" + (0..<2_000).map { "\($0 % 200 == 0 ? 900 : $0 % 700),\($0 % 200 == 0 ? 1 : -1)\n" }.joined()
        try TableFixture.withDataset(csv) { dataset, schema in
            let spec = try TableFixture.spec(dataset, model: #","conditional":true"#)
            let encoding = try TableEncoding.fit(dataset, schema, networks: TableFixture.networks(spec))
            let rows = try EncodedTable(dataset, encoding, seed: 1)
            let batches = TableBatches(rows, encoding, seed: 2, isConditional: true)
            let shown = try batches.batch(count: 4_000, atSample: 100_000).items
            let own = try #require(try TableMoments(rows, encoding, drawnBy: batches)).distance(of: shown).item()
            let even = try #require(try TableMoments(rows, encoding)).distance(of: shown).item()
            #expect(abs(own) < 0.02 * abs(even), "\(own) \(even)")
        }
    }

    @Test func trainingBringsRowsNearerToRealOnes() throws {
        // Of two columns the second follows from the first, and the third nearly.
        let csv =
            "a,b,c\n"
            + (0..<1_000).map { row in
                row % 3 == 0 ? "x,u,\(row % 40)" : "y,v,\(500 + row % 77)"
            }.joined(separator: "\n")
        try TableFixture.withDataset(csv) { dataset, _ in
            let spec = try TableFixture.spec(
                dataset, training: #","optimizer":{"learning_rate":5e-3},"ema_half_life":1000"#, steps: 500)
            let trainer = try Trainer(spec: spec, dataset: dataset)
            let table = try #require(trainer.table)
            let evaluation = try #require(try TableEvaluation(dataset, table))
            let before = try #require(trainer.evaluate(with: evaluation).score)
            for _ in 0..<(spec.training.length.steps ?? 0) { _ = try trainer.advance() }
            let report = try trainer.evaluate(with: evaluation)
            let after = try #require(report.score)
            #expect(after > before + 0.1, "\(before) \(after)")
            #expect(report["real/score"] != nil)
            #expect(try trainer.evaluate(with: evaluation) == report)
        }
    }

    @Test("What is raised to be measured isn't left in what checkpoints hold")
    func measuringLeavesNothingBehind() throws {
        try TableFixture.withDataset { dataset, _ in
            let trainer = try Trainer(spec: TableFixture.spec(dataset), dataset: dataset)
            let table = try #require(trainer.table)
            let evaluation = try #require(try TableEvaluation(dataset, table))
            // A value that the generator has given up.
            let bias = try #require(trainer.game.players[0].average?.namedParameters.last { $0.name.hasSuffix("bias") })
                .tensor
            var values = try bias.floats()
            values[values.count - 1] -= 15
            try bias.copy(from: Tensor(values, shape: [values.count]))
            let before = try weights(trainer)
            _ = try trainer.evaluate(with: evaluation)
            #expect(try weights(trainer) == before)
        }
    }

    @Test("A discriminator that was shown few rows again and again knows them", arguments: [false, true])
    func overfittingIsSeen(isConditional: Bool) throws {
        var rows = "a,b,c,d\n"
        var random = SplitMix64(seed: 7)
        for _ in 0..<600 {
            let words = ["u", "v", "w", "x", "y", "z"]
            let cells = (0..<4).map { column in
                column < 2 ? words[Int(random.next() % 6)] : String(Int(random.next() % 1_000))
            }
            rows += cells.joined(separator: ",") + "\n"
        }
        try TableFixture.withDataset(rows) { dataset, _ in
            let spec = try TableFixture.spec(
                dataset, model: #","conditional":\#(isConditional)"#,
                training: #","optimizer":{"learning_rate":5e-3},"regularisation":{"r1":0,"r2":0}"#, steps: 1_000)
            let trainer = try Trainer(spec: spec, dataset: dataset)
            let table = try #require(trainer.table)
            let evaluation = try #require(try TableEvaluation(dataset, table))
            #expect(try trainer.overfittingGap(with: evaluation) == nil)
            for _ in 0..<(spec.training.length.steps ?? 0) { _ = try trainer.advance() }
            let gap = try trainer.overfittingGap(with: evaluation)
            #expect(try #require(gap) > 0.3)
            #expect(try trainer.overfittingGap(with: evaluation) == gap)
        }
    }
}
