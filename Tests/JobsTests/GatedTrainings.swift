import Adversarial
import Codecs
import Jobs
import Synchronization
import Torch

/// Trainings by the engine that wait before each step.
final class GatedTrainings: TrainingStarter {
    private let trainings = EngineTrainings()
    let gate: StepGate
    private let fault: Mutex<Int?>

    /// - Parameter fault: a step whose figures aren't finite, once.
    init(gate: StepGate, fault: Int? = nil) {
        self.gate = gate
        self.fault = Mutex(fault)
    }

    func begin(spec: ResolvedSpec, dataset: String, checkpoint: String?) throws -> any TrainingRun {
        GatedTraining(try trainings.begin(spec: spec, dataset: dataset, checkpoint: checkpoint), self)
    }

    /// Whose trials would wait at the gate, too.
    func matrixProducts(for spec: ResolvedSpec) -> [MatrixProduct] { [] }

    func didEnd() { trainings.didEnd() }

    fileprivate func isFaulty(_ step: Int) -> Bool {
        fault.withLock { fault in
            guard fault == step else { return false }
            fault = nil
            return true
        }
    }
}

private final class GatedTraining: TrainingRun {
    private let training: any TrainingRun
    private let trainings: GatedTrainings

    init(_ training: any TrainingRun, _ trainings: GatedTrainings) {
        self.training = training
        self.trainings = trainings
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
        trainings.gate.pass()
        let report = try training.advance()
        guard trainings.isFaulty(report.step) else { return report }
        return StepReport(
            step: report.step, samplesSeen: report.samplesSeen,
            figures: MetricValues(metrics, metrics.map { _ in .nan }))
    }
}
