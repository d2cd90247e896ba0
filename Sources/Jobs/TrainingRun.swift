package import Adversarial
package import Codecs
import Datasets
package import Store
package import Torch

/// A training that goes on step by step, on one thread.
package protocol TrainingRun: AnyObject {
    /// Steps done.
    var step: Int { get }
    /// Real samples seen in all.
    var samplesSeen: Int { get }
    /// The figures of each step, in the order of a report's values.
    var metrics: [Metric] { get }
    /// Says anew how many steps the whole training will take, over which its schedule runs.
    func plan(steps: Int)
    /// Does the next step.
    func advance() throws -> StepReport
    /// Writes all that going on from here needs into an empty folder.
    ///
    /// - Returns: what the checkpoint's manifest says.
    func writeCheckpoint(to folder: String) throws -> JSON
    /// Whether there is anything to measure the generator with.
    var isMeasured: Bool { get }
    /// Measures the generator as it is now.
    ///
    /// - Parameter shouldStop: asked now and then while preparations take seconds.
    /// - Returns: `nil` where the dataset is too small for that, or where it was to stop.
    func evaluate(shouldStop: () -> Bool) throws -> Evaluation?
    /// The generator as it is now; `nil` where there is none to sample from.
    func snapshot() throws -> ModelSnapshot?
}

/// What a generator is worth at a step.
package struct Evaluation: Sendable, Equatable {
    package var quality: QualityReport
    /// How far the discriminator tells training items from held-out ones; `nil` where that says nothing.
    package var overfittingGap: Double?
    /// By what checkpoints are chosen; `nil` where that doesn't tell one step's generator from another's, and the last one is
    /// taken for the best.
    package var score: CheckpointScore?

    package init(quality: QualityReport, overfittingGap: Double? = nil, score: CheckpointScore? = nil) {
        self.quality = quality
        self.overfittingGap = overfittingGap
        self.score = score
    }
}

/// Begins trainings; the seam at which tests put in their own.
package protocol TrainingStarter: Sendable {
    /// Begins or goes on with a training, on the thread that will run it to its end.
    ///
    /// - Parameters:
    ///   - dataset: the folder of the dataset's stored form.
    ///   - checkpoint: the folder to go on from; `nil` starts anew.
    func begin(spec: ResolvedSpec, dataset: String, checkpoint: String?) throws -> any TrainingRun

    /// What may be tried for the fastest way to multiply a training's matrices; empty where that makes no difference.
    func matrixProducts(for spec: ResolvedSpec) -> [MatrixProduct]

    /// Called when a training is over and nothing of it is referred to any more.
    func didEnd()
}

/// Trainings by the tensor engine.
package struct EngineTrainings: TrainingStarter {
    package init() {}

    package func begin(spec: ResolvedSpec, dataset: String, checkpoint: String?) throws -> any TrainingRun {
        // OpenMP's thread count belongs to the thread, and the spec's is part of what makes a resume exact.
        try Engine.setThreads(spec.threads)
        guard Device.all.contains(spec.device) else {
            throw JobFailure(
                code: "device_missing",
                detail: "the job is trained on \(spec.device), and this machine has "
                    + "\(Device.all.map(\.description).joined(separator: ", ")); on a machine that has it, the job can be resumed"
            )
        }
        let dataset = try Dataset(opening: dataset)
        if let checkpoint {
            return EngineTraining(try Trainer(spec: spec, dataset: dataset, resumingFrom: checkpoint), dataset)
        }
        return EngineTraining(try Trainer(spec: spec, dataset: dataset), dataset)
    }

    package func matrixProducts(for spec: ResolvedSpec) -> [MatrixProduct] {
        guard spec.device == .cpu, spec.precision == .fp32, type(of: spec.model.architecture).isWorthTrials else {
            return []
        }
        return Engine.matrixProducts
    }

    package func didEnd() {
        Engine.trimMemory()
    }
}

private final class EngineTraining: TrainingRun {
    private let trainer: Trainer
    private let dataset: Dataset
    private var measuring = Measuring.notYet

    private enum Measuring {
        case notYet
        case by(any Evaluator)
        /// The dataset is too small for it.
        case never
    }

    init(_ trainer: Trainer, _ dataset: Dataset) {
        self.trainer = trainer
        self.dataset = dataset
    }

    var step: Int { trainer.step }
    var samplesSeen: Int { trainer.samplesSeen }
    var metrics: [Metric] { trainer.game.metrics }
    func plan(steps: Int) { trainer.plan(steps: steps) }
    func advance() throws -> StepReport { try trainer.advance() }
    func writeCheckpoint(to folder: String) throws -> JSON { try trainer.writeCheckpoint(to: folder).json }
    func snapshot() throws -> ModelSnapshot? { try trainer.snapshot() }

    var isMeasured: Bool { QualityEvaluator.canMeasure(dataset.manifest) }

    func evaluate(shouldStop: () -> Bool) throws -> Evaluation? {
        if case .notYet = measuring {
            let made = try dataset.manifest.kind.learned.evaluator(
                dataset, trainer.attachment, shouldStop: shouldStop)
            if let made { measuring = .by(made) } else if !shouldStop() { measuring = .never }
        }
        guard case .by(let evaluator) = measuring else { return nil }
        let quality = try trainer.evaluate(with: evaluator)
        let score = QualityEvaluator.canChoose(dataset.manifest) ? quality.score : nil
        return Evaluation(
            quality: quality, overfittingGap: try trainer.overfittingGap(with: evaluator),
            score: score.map { CheckpointScore($0, bar: evaluator.noise?.bar($0)) })
    }
}
