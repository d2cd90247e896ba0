import Adversarial
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
        ]
        let difference = firstDifference(
            figures, try file.tensor("figures").doubles(), relative: 1e-6, absolute: 1e-9)
        #expect(difference == nil)
    }

    @Test("Real items held against others of their kind are told apart by chance only")
    func realAgainstReal() throws {
        let generator = try Generator(seed: 4)
        let first = try Tensor.normal([400, 2], generator: generator)
        let second = try Tensor.normal([400, 2], generator: generator)
        let report = try Neighbourhood(first).report(of: second)
        #expect(abs(report.twoSampleAccuracy - 0.5) < 0.05)
        #expect(report.coverage > 0.9 && report.missing == 0 && abs(report.density - 1) < 0.1)
        #expect(abs(try KernelDistance.maximumMeanDiscrepancy(first, second)) < 0.005)
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
        let noise = try evaluator.report(of: Tensor.normal([60, 2], generator: Generator(seed: 1)), step: 0)
        #expect(try #require(noise["nearest_training"]) > 3)
        #expect(try #require(noise.score) < 0.3)
        #expect(try #require(noise["real/score"]) > 0.8)
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

    @Test("Measuring changes nothing of the training")
    func leavesTrainingAlone() throws {
        let folder = try TemporaryFolder()
        let dataset = try ring(in: folder, count: 600)
        let spec = try resolve(#"{"dataset_id":"ds_1","seed":1,"training":{"batch_size":50}}"#, dataset.manifest).spec
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
