import Adversarial
import Datasets
import TestSupport
import Testing
import Torch

@Suite struct SamplerTests {
    private static func snapshot(_ index: Int, steps: Int = 2) throws -> ModelSnapshot {
        let trainer = try SmallModel.all[index].trainer()
        for _ in 0..<steps { _ = try trainer.advance() }
        return try trainer.snapshot()
    }

    @Test(arguments: SmallModel.all.indices)
    func aPartIsTheSameAloneAndInTheWhole(index: Int) throws {
        let sampler = try Sampler(Self.snapshot(index))
        let count = 2 * sampler.tileSize + 5
        let request = SampleRequest(count: count, seed: 42)
        let whole = try sampler.samples(request, range: 0..<count)
        for range in [0..<1, 3..<9, sampler.tileSize - 1..<sampler.tileSize + 1, count - 2..<count] {
            let part = try sampler.samples(request, range: range)
            #expect(part == whole.slice(range))
            let shorter = SampleRequest(count: range.upperBound, seed: 42)
            #expect(try sampler.samples(shorter, range: range) == part)
        }
    }

    @Test(arguments: SmallModel.all.indices)
    func partsOfSeveralRequestsDrawnTogetherAreWhatTheyAreAlone(index: Int) throws {
        let snapshot = try Self.snapshot(index)
        let sampler = try Sampler(snapshot)
        let tile = sampler.tileSize
        let parts = [0..<1, 3..<9, tile - 1..<tile + 1, 0..<tile, 5..<2 * tile, 2..<3].enumerated().map {
            number, range in
            SamplePart(request: SampleRequest(count: 2 * tile, seed: UInt64(number)), range: range)
        }
        let together = try sampler.samples(parts)
        let alone = try parts.map { try Sampler(snapshot).samples($0.request, range: $0.range) }
        #expect(together == alone)
        // Four instead of the eight that they take alone; two more are the trial of whether a row's place matters, as it does
        // for some shapes.
        #expect([2 + 4, 2 + 8].contains(sampler.tilesDrawn))
    }

    @Test func anotherSamplerGivesTheSameBytes() throws {
        let snapshot = try Self.snapshot(3)
        let request = SampleRequest(count: 7, seed: 5, choice: .classes([2, 0]))
        let one = try Sampler(snapshot).samples(request, range: 0..<7)
        let sampler = try Sampler(snapshot)
        _ = try sampler.samples(SampleRequest(count: 50, seed: 6), range: 0..<50)
        #expect(try sampler.samples(request, range: 0..<7) == one)
        #expect(one.classes == [2, 0, 2, 0, 2, 0, 2])
        #expect(one.itemShape == [17, 16, 1])
        let evening = SampleRequest(count: 7, seed: 5, choice: .balance(ClassBalance(counts: [4, 2, 3])))
        #expect(try sampler.samples(evening, range: 0..<7).classes == [1, 1, 2, 1, 2, 0, 1])
    }

    @Test func snapshotsAndCheckpointsGiveTheSameSamples() throws {
        let folder = try TemporaryFolder()
        let trainer = try SmallModel.all[2].trainer()
        _ = try trainer.advance()
        _ = try writeCheckpoint(trainer, to: folder.path)
        let live = try trainer.snapshot()
        _ = try trainer.advance()
        let loaded = try ModelSnapshot.load(checkpoint: folder.path)
        let request = SampleRequest(count: 3, seed: 1)
        #expect(loaded.step == 1)
        #expect(
            try Sampler(live).samples(request, range: 0..<3) == Sampler(loaded).samples(request, range: 0..<3))
    }

    @Test func classesFollowTheirFrequencies() throws {
        var manifest = DatasetManifest.images(height: 8, width: 8, classes: 3)
        manifest.classCounts = [60, 0, 240]
        let model = SmallModel(
            name: "", dataset: manifest, body: #""model":{"conditional":true,"base_channels":2,"latent_dim":2}"#)
        let sampler = try Sampler(model.trainer().snapshot())
        let block = try sampler.samples(SampleRequest(count: 1000, seed: 9), range: 0..<1000)
        let classes = try #require(block.classes)
        let counts = (0..<3).map { number in classes.count { $0 == number } }
        #expect(counts[1] == 0)
        #expect((150...250).contains(counts[0]))
    }

    @Test func pointsHaveTheDatasetsUnits() throws {
        let manifest = DatasetManifest(
            schema: PointSchema(columns: ["a", "b"], mean: [1000, -1000], standardDeviation: [0.1, 0.1]),
            itemCount: 100, trainingCount: 100, holdoutCount: 0)
        let sampler = try Sampler(
            SmallModel(name: "", dataset: manifest, body: SmallModel.all[0].body).trainer().snapshot())
        let block = try sampler.samples(SampleRequest(count: 10, seed: 0), range: 0..<10)
        guard case .floats(let values) = block.values else {
            Issue.record("no points")
            return
        }
        #expect(block.itemShape == [2])
        for (index, value) in values.enumerated() {
            #expect(abs(value - (index % 2 == 0 ? 1000 : -1000)) < 10)
        }
    }

    @Test func interpolationsBeginAndEndAtTheirSeeds() throws {
        let sampler = try Sampler(Self.snapshot(0))
        let between = SampleRequest(count: 5, seed: 0, interpolate: SampleRequest.Interpolation(from: 42, to: 43))
        let path = try sampler.samples(between, range: 0..<5)
        let ends = try [42, 43].map { try sampler.samples(SampleRequest(count: 1, seed: $0), range: 0..<1) }
        guard case .floats(let points) = path.values, case .floats(let first) = ends[0].values,
            case .floats(let last) = ends[1].values
        else {
            Issue.record("no points")
            return
        }
        #expect(isApproximatelyEqual(Array(points[..<2]), first, absolute: 1e-5))
        #expect(isApproximatelyEqual(Array(points[8...]), last, absolute: 1e-5))
    }

    @Test(arguments: [
        (SampleRequest(count: 4, seed: 0, choice: .classes([0])), "class"),
        (SampleRequest(count: 4, seed: 0, truncation: 0), "truncation"),
        (SampleRequest(count: 4, seed: 0, truncation: .nan), "truncation"),
        (SampleRequest(count: 0, seed: 0), "n"), (SampleRequest(count: 1, seed: 0), "n"),
    ])
    func wishesThatCantBeServedAreRefused(request: SampleRequest, parameter: String) throws {
        let sampler = try Sampler(Self.snapshot(0, steps: 0))
        let error = try #require(throws: SampleRequestError.self) { try sampler.samples(request, range: 0..<2) }
        #expect(error.parameter == parameter)
    }

    @Test(arguments: [[3], [-1], []])
    func unknownClassesAreRefused(classes: [Int]) throws {
        let sampler = try Sampler(Self.snapshot(3, steps: 0))
        let request = SampleRequest(count: 2, seed: 0, choice: .classes(classes))
        #expect(throws: SampleRequestError.self) { try sampler.samples(request, range: 0..<2) }
    }

    @Test func classesAreFoundByName() throws {
        let snapshot = try Self.snapshot(3, steps: 0)
        #expect(try snapshot.classIndices(named: ["2", "0"]) == [2, 0])
        let error = try #require(throws: SampleRequestError.self) { try snapshot.classIndices(named: ["seven"]) }
        #expect(error.detail.contains("seven") && error.detail.contains("0, 1, 2"))
        #expect(throws: SampleRequestError.self) { try Self.snapshot(0).classIndices(named: ["0"]) }
    }
}

extension SampleBlock {
    /// The same samples cut out of this block.
    fileprivate func slice(_ range: Range<Int>) -> SampleBlock {
        let size = itemShape.reduce(1, *)
        let places = range.lowerBound * size..<range.upperBound * size
        let part: Values =
            switch values {
            case .bytes(let pixels): .bytes(Array(pixels[places]))
            case .floats(let points): .floats(Array(points[places]))
            case .doubles(let points): .doubles(Array(points[places]))
            case .cells(let cells): .cells(Array(cells[places]))
            }
        return SampleBlock(
            first: range.lowerBound, count: range.count, itemShape: itemShape, values: part,
            classes: classes.map { Array($0[range]) })
    }
}
