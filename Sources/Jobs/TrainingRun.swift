package import Adversarial
package import Codecs
import Datasets
import Store
package import Torch

/// A training that goes on step by step, on one thread.
package protocol TrainingRun: AnyObject {
    /// Steps done.
    var step: Int { get }
    /// Real samples seen in all.
    var samplesSeen: Int { get }
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

    package init(quality: QualityReport, overfittingGap: Double? = nil) {
        self.quality = quality
        self.overfittingGap = overfittingGap
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
        guard spec.device == .cpu, spec.precision == .fp32, spec.model.architecture.name == .multilayerPerceptron else {
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
    private var evaluator: QualityEvaluator?
    /// Of a table, in its place.
    private var tableEvaluation: TableEvaluation?
    private var isMeasurable = true

    init(_ trainer: Trainer, _ dataset: Dataset) {
        self.trainer = trainer
        self.dataset = dataset
    }

    var step: Int { trainer.step }
    var samplesSeen: Int { trainer.samplesSeen }
    func advance() throws -> StepReport { try trainer.advance() }
    func writeCheckpoint(to folder: String) throws -> JSON { try trainer.writeCheckpoint(to: folder).json }
    func snapshot() throws -> ModelSnapshot? { try trainer.snapshot() }

    var isMeasured: Bool { QualityEvaluator.canMeasure(dataset.manifest) }

    func evaluate(shouldStop: () -> Bool) throws -> Evaluation? {
        if let table = trainer.table {
            if tableEvaluation == nil { tableEvaluation = try TableEvaluation(dataset, table) }
            guard let tableEvaluation else { return nil }
            return Evaluation(
                quality: try trainer.evaluate(with: tableEvaluation),
                overfittingGap: try trainer.overfittingGap(with: tableEvaluation))
        }
        if evaluator == nil, isMeasurable {
            evaluator = try QualityEvaluator.make(for: dataset, shouldStop: shouldStop)
            isMeasurable = evaluator != nil || shouldStop()
        }
        guard let evaluator else { return nil }
        return Evaluation(
            quality: try trainer.evaluate(with: evaluator), overfittingGap: try trainer.overfittingGap(with: evaluator))
    }
}
