import Adversarial
import Codecs
import Datasets
import TestSupport
import Testing
import Torch

/// Samples held against real items.
@Suite struct EvaluationTests {
    @Test("Figures against those that PyTorch counted pair by pair")
    func golden() throws {
        let file = try GoldenFile("evaluation")
        let real = try file.tensor("real")
        let samples = try file.tensor("samples")
        let report = try Neighbourhood(real).report(of: samples)
        let figures = [
            report.precision, report.recall, report.density, report.coverage, report.missing, report.twoSampleAccuracy,
            try KernelDistance.maximumMeanDiscrepancy(real, samples), try KernelDistance.polynomial(real, samples),
            try FrechetDistance.squared(real, samples),
        ]
        let difference = firstDifference(
            figures, try file.tensor("figures").doubles(), relative: 1e-6, absolute: 1e-9)
        #expect(difference == nil)
    }

    @Test("Real items held against others of their kind are told apart by chance only")
    func realAgainstReal() throws {
        let generator = try RandomSource(seed: 4)
        let first = try Tensor.normal([400, 2], generator: generator)
        let second = try Tensor.normal([400, 2], generator: generator)
        let report = try Neighbourhood(first).report(of: second)
        #expect(abs(report.twoSampleAccuracy - 0.5) < 0.05)
        #expect(report.coverage > 0.9 && report.missing == 0 && abs(report.density - 1) < 0.1)
        #expect(abs(try KernelDistance.maximumMeanDiscrepancy(first, second)) < 0.005)
    }

    /// What sets of real items got, a score, and the least that can't be told from it.
    @Test(arguments: [
        (real: [0.9, 0.9, 0.9], score: 0.5, bar: 0.5), ([0.9, 0.9, 0.9], 0.95, 0.9),
        // The deviation is 0.1 of 1.
        ([0.9, 1.1, 0.9, 1.1, 1.0], 0.5, 0.4), ([0.9, 1.1, 0.9, 1.1, 1.0], 1.5, 0.8),
        ([0.1, 5, 0.1], 0.5, 0), ([0.9, 1.1, 0.9, 1.1, 1.0, 0, .nan], 0.5, 0.4),
    ])
    func noiseOfScores(real: [Double], score: Double, bar: Double) throws {
        #expect(abs(try #require(ScoreNoise(real)).bar(score) - bar) < 1e-9)
    }

    @Test func ofOneSetThereIsNoNoise() {
        #expect(ScoreNoise([]) == nil && ScoreNoise([0.9]) == nil && ScoreNoise([0.9, 0]) == nil)
    }

    @Test func setsHaveNothingInCommon() {
        let sets = ScoreNoise.sets(of: Array(100..<200), each: 15)
        #expect(sets.count == 5 && sets.allSatisfy { $0.count == 15 })
        #expect(Set(sets.joined()).count == 75)
        // Each goes over the whole file, which may be sorted.
        #expect(sets.allSatisfy { $0[0] < 110 && $0[14] >= 190 })
        #expect(ScoreNoise.sets(of: Array(0..<10), each: 4) == [[0, 2, 4, 6], [1, 3, 5, 7]])
    }

    @Test("Fewer held-out items leave more to chance")
    func noiseOfSize() throws {
        let noises = try [1_000, 5_000].map { count in
            let folder = try TemporaryFolder()
            return try #require(try QualityEvaluator.make(for: ring(in: folder, count: count))?.noise)
        }
        #expect(noises[0].deviation > noises[1].deviation && noises[1].deviation > 0)
        #expect(noises.allSatisfy { $0.real > 0.8 && $0.real <= 1 })
    }

    @Test("Copies of what was trained on are nearer to it than new real items are")
    func copies() throws {
        let folder = try TemporaryFolder()
        let dataset = try ring(in: folder, count: 600)
        let evaluator = try #require(try QualityEvaluator.make(for: dataset))
        let copies = try dataset.batch(of: Array(dataset.trainingIndices.prefix(60))).items
        let report = try evaluator.report(of: copies, step: 3)
        #expect(report.step == 3 && report["nearest_training"] == 0)
        #expect(report.figures.allSatisfy { $0.name.hasPrefix("quality/") })
        let noise = try evaluator.report(of: Tensor.normal([60, 2], generator: RandomSource(seed: 1)), step: 0)
        #expect(try #require(noise["nearest_training"]) > 3)
        #expect(try #require(noise.score) < 0.3)
        #expect(try #require(noise["real/score"]) > 0.8)
    }

    /// Stripes across in one class and down in the other, at random places, with noise.
    private static func stripes(in folder: TemporaryFolder, hasClasses: Bool) throws -> Dataset {
        var random = TestRandom(seed: 8)
        let archive = try ZIPWriter(path: folder.file("stripes.zip"))
        for index in 0..<1600 {
            let isAcross = index.isMultiple(of: 2)
            let place = Int.random(in: 1..<11, using: &random)
            let pixels = (0..<144).map { pixel in
                let isLit = (isAcross ? pixel / 12 : pixel % 12) == place
                return UInt8((isLit ? 200 : 20) + Int.random(in: 0..<40, using: &random))
            }
            let folder = hasClasses ? (isAcross ? "across/" : "down/") : ""
            let image = PixelImage(width: 12, height: 12, channels: 1, pixels: pixels)
            try archive.add(name: "\(folder)\(index).png", bytes: PNG.encode(image))
        }
        try archive.finish()
        let stored = try folder.makeFolder("stripes")
        _ = try DatasetImporter.importDataset(
            upload: folder.file("stripes.zip"), into: stored, kind: nil, limits: DatasetLimits(),
            shouldStop: { false })
        return try Dataset(opening: stored)
    }

    @Test("Features learned from images tell real ones from noise and from a part of them", arguments: [true, false])
    func images(hasClasses: Bool) throws {
        try Engine.setThreads(1)
        let folder = try TemporaryFolder()
        let dataset = try Self.stripes(in: folder, hasClasses: hasClasses)
        let evaluator = try #require(try QualityEvaluator.make(for: dataset))
        // The Fréchet distance depends on the number of items.
        let count = dataset.holdoutIndices.count
        let others = try dataset.batch(of: Array(dataset.trainingIndices.suffix(count))).items
        let real = try evaluator.report(of: others, step: 1)
        let noise = try evaluator.report(
            of: Tensor.uniform([count, 1, 12, 12], lower: -1, upper: 1, generator: RandomSource(seed: 2)), step: 1)
        func figure(_ report: QualityReport, _ name: String) throws -> Double { try #require(report[name], "\(name)") }
        #expect(try figure(real, "score") > 5 * figure(noise, "score"))
        #expect(
            try figure(real, "coverage") > 0.7 && figure(noise, "coverage") < 0.2 && figure(real, "real/score") == 1)
        #expect(try figure(noise, "fid_own_features") > 10 * figure(real, "fid_own_features"))
        #expect(try figure(noise, "kid_own_features") > 10 * abs(figure(real, "kid_own_features")))
        #expect(try figure(real, "two_sample_accuracy") < 0.65 && figure(noise, "two_sample_accuracy") > 0.95)
        #expect((real["class_balance"] != nil) == hasClasses && real["mmd"] == nil)
        let same = try evaluator.report(of: dataset.batch(of: dataset.holdoutIndices).items, step: 1)
        #expect(same.score == 1, "equal sets have no distance")
        guard hasClasses else { return }
        let one = dataset.trainingIndices.filter { dataset.label(of: $0) == 0 }
        let half = try evaluator.report(of: dataset.batch(of: Array(one.prefix(count))).items, step: 1)
        #expect(try figure(real, "class_balance") > 0.85 && abs(figure(half, "class_balance") - 0.5) < 0.1)
        #expect(try figure(half, "coverage") < 0.6 && figure(half, "precision") > 0.7)
    }

    @Test("Learning features stops when it is told to")
    func stops() throws {
        let folder = try TemporaryFolder()
        let dataset = try Self.stripes(in: folder, hasClasses: false)
        var asked = 0
        let evaluator = try QualityEvaluator.make(for: dataset) {
            asked += 1
            return asked == 3
        }
        #expect(evaluator == nil && asked == 3)
    }

    @Test("What isn't finite scores nothing rather than stopping the training")
    func notFinite() throws {
        let folder = try TemporaryFolder()
        let evaluator = try #require(try QualityEvaluator.make(for: ring(in: folder, count: 600)))
        let report = try evaluator.report(of: Tensor([Float](repeating: .nan, count: 60), shape: [30, 2]), step: 1)
        #expect(report.score == 0)
    }

    @Test("A dataset too small to hold anything out isn't measured")
    func tooSmall() throws {
        let folder = try TemporaryFolder()
        #expect(try QualityEvaluator.make(for: ring(in: folder, count: 40)) == nil)
    }

    @Test("Measuring changes nothing of the training", arguments: [1, 5])
    func leavesTrainingAlone(packing: Int) throws {
        let folder = try TemporaryFolder()
        let dataset = try ring(in: folder, count: 600)
        let body = #"{"dataset_id":"ds_1","seed":1,"training":{"batch_size":50,"packing":\#(packing)}}"#
        let spec = try resolve(body, dataset.manifest).spec
        let evaluator = try #require(try QualityEvaluator.make(for: dataset))
        let measured = try Trainer(spec: spec, dataset: dataset)
        let plain = try Trainer(spec: spec, dataset: dataset)
        for _ in 0..<4 {
            _ = try plain.advance()
            _ = try measured.advance()
            let report = try measured.evaluate(with: evaluator)
            _ = try measured.overfittingGap(with: evaluator)
            #expect(report.step == measured.step && report.score != nil)
        }
        let expected = try plain.writeCheckpoint(to: folder.makeFolder("plain")).files
        #expect(try measured.writeCheckpoint(to: folder.makeFolder("measured")).files == expected)
    }
}
