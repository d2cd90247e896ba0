import Adversarial
import Codecs
import Jobs
import Synchronization
import Torch

/// Trainings by the engine that wait before each step.
struct GatedTrainings: TrainingStarter {
    private let trainings = EngineTrainings()
    let gate: StepGate

    func begin(spec: ResolvedSpec, dataset: String, checkpoint: String?) throws -> any TrainingRun {
        GatedTraining(try trainings.begin(spec: spec, dataset: dataset, checkpoint: checkpoint), gate: gate)
    }

    /// Whose trials would wait at the gate, too.
    func matrixProducts(for spec: ResolvedSpec) -> [MatrixProduct] { [] }

    func didEnd() { trainings.didEnd() }
}

private final class GatedTraining: TrainingRun {
    private let training: any TrainingRun
    private let gate: StepGate

    init(_ training: any TrainingRun, gate: StepGate) {
        self.training = training
        self.gate = gate
    }

    var step: Int { training.step }
    var samplesSeen: Int { training.samplesSeen }
    var metrics: [Metric] { training.metrics }
    func plan(steps: Int) { training.plan(steps: steps) }
    func writeCheckpoint(to folder: String) throws -> JSON { try training.writeCheckpoint(to: folder) }
    var isMeasured: Bool { training.isMeasured }
    func snapshot() throws -> ModelSnapshot? { try training.snapshot() }
    func evaluate(shouldStop: () -> Bool) throws -> Evaluation? { try training.evaluate(shouldStop: shouldStop) }

    func advance() throws -> StepReport {
        gate.pass()
        return try training.advance()
    }
}
