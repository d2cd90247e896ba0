import Adversarial
import Codecs
import Datasets
import TestSupport
import Testing
import Torch

/// Verdicts provoked by real trainings, small enough for a test.
@Suite struct HealthTrainingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let verdict: HealthVerdict
        let training: String
        var model = #""generator":{"hidden":[32,32]},"discriminator":{"hidden":[32,32]}"#
        var steps = 900
        /// Made of so many points; a ring's unless it is `blob`.
        var items = 2000
        var isBlob = false
        var columns = 2

        var testDescription: String { verdict.rawValue }

        var body: String {
            #"{"dataset_id":"ds_1","seed":1,"model":{\#(model)},"training":{"steps":\#(steps),\#(training)},"#
                + #""evaluation":{"every_steps":50}}"#
        }
    }

    static let cases = [
        Case(
            verdict: .diverged,
            training: #""objective":"wasserstein","regularisation":{"gradient_penalty":0},"#
                + #""optimizer":{"learning_rate":0.05}"#),
        Case(
            verdict: .notFinite,
            training: #""objective":"least_squares","optimizer":{"type":"sgd","learning_rate":10}"#),
        Case(
            verdict: .discriminatorWinning,
            training: #""objective":"minimax","generator_optimizer":{"type":"sgd","learning_rate":0.00001},"#
                + #""discriminator_optimizer":{"learning_rate":0.01,"beta1":0.5}"#),
        Case(
            verdict: .generatorWinning,
            training: #""objective":"non_saturating","generator_optimizer":{"learning_rate":0.001},"#
                + #""discriminator_optimizer":{"learning_rate":0.000001}"#),
        Case(
            verdict: .modeCollapse,
            training: #""objective":"non_saturating","optimizer":{"learning_rate":0.01,"beta1":0.9}"#),
        Case(
            verdict: .overfitting,
            training: #""objective":"non_saturating","batch_size":64,"regularisation":{"r1":0.02},"#
                + #""optimizer":{"learning_rate":0.001,"beta1":0.0,"beta2":0.99}"#,
            model: #""latent_dim":16,"generator":{"hidden":[64]},"discriminator":{"hidden":[256,256]}"#, steps: 2000,
            items: 400, isBlob: true, columns: 16),
        Case(
            verdict: .indistinguishable,
            training: #""batch_size":128,"regularisation":{"r1":0.1,"r2":0.1},"optimizer":{"learning_rate":0.003}"#,
            steps: 1200, isBlob: true),
    ]

    @Test("Each verdict, from a training that deserves it", arguments: cases)
    func provoked(_ each: Case) throws {
        try Engine.setThreads(1)
        let folder = try TemporaryFolder()
        let dataset =
            each.isBlob
            ? try Self.blob(in: folder, count: each.items, columns: each.columns)
            : try ring(in: folder, count: each.items)
        let verdicts = try Self.verdicts(dataset, each.body)
        #expect(verdicts.contains { $0.verdict == each.verdict }, "\(verdicts)")
    }

    /// A cloud around the origin, which leaves no modes to drop.
    private static func blob(in folder: TemporaryFolder, count: Int, columns: Int = 2) throws -> Dataset {
        let values = try Tensor.normal([count, columns], generator: RandomSource(seed: 3)).floats()
        let rows = stride(from: 0, to: values.count, by: columns).map { row in
            values[row..<row + columns].map(\.description).joined(separator: ",")
        }
        let upload = try folder.write(Array(rows.joined(separator: "\n").utf8), as: "blob.csv")
        let stored = try folder.makeFolder("blob")
        _ = try DatasetImporter.importDataset(
            upload: upload, into: stored, kind: .points, limits: DatasetLimits(), shouldStop: { false })
        return try Dataset(opening: stored)
    }

    @Test("A sound training is never called anything else", arguments: 1...3)
    func sound(seed: Int) throws {
        try Engine.setThreads(1)
        let folder = try TemporaryFolder()
        let body =
            #"{"dataset_id":"ds_1","seed":\#(seed),"training":{"steps":600,"batch_size":128},"#
            + #""evaluation":{"every_steps":50}}"#
        let verdicts = try Self.verdicts(Self.blob(in: folder, count: 2000), body).map(\.verdict)
        #expect(verdicts.allSatisfy { [.healthy, .indistinguishable].contains($0) }, "\(verdicts)")
    }

    /// Trains as a job's worker does, and gives the verdicts in turn.
    static func verdicts(_ dataset: Dataset, _ body: String) throws -> [Health] {
        let spec = try resolve(body, dataset.manifest).spec
        let trainer = try Trainer(spec: spec, dataset: dataset)
        let evaluator = try #require(try QualityEvaluator.make(for: dataset))
        var monitor = HealthMonitor(thresholds: spec.health, plannedSteps: spec.training.length.plannedSteps)
        var verdicts: [Health] = []
        while trainer.step < spec.training.length.steps ?? 0 {
            if monitor.observe(try trainer.advance()) { verdicts.append(monitor.health) }
            if [.diverged, .notFinite].contains(monitor.health.verdict) { break }
            guard trainer.step.isMultiple(of: spec.evaluation.everySteps) else { continue }
            let quality = try trainer.evaluate(with: evaluator)
            if monitor.observe(quality, gap: try trainer.overfittingGap(with: evaluator)) {
                verdicts.append(monitor.health)
            }
        }
        return verdicts
    }
}
