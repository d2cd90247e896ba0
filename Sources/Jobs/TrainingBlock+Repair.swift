import Adversarial
import Codecs
import Logging
import Store
import Torch

/// Training that can't go on as it is.
struct TrainingTrouble: Error {
    let health: Health
    let step: Int

    init?(_ health: Health, at step: Int) {
        guard health.verdict == .notFinite || health.verdict == .diverged else { return nil }
        self.health = health
        self.step = step
    }
}

extension TrainingBlock {
    /// Goes back to a checkpoint from before the trouble, with settings that are less likely to meet it again.
    ///
    /// Each repair goes one checkpoint further back than the one before it did, since trouble begins before it shows, and
    /// past those at which losses had begun to run off.
    ///
    /// - Returns: the checkpoint; `nil` begins anew, where there is none.
    /// - Throws: `JobFailure` where no repair is left.
    mutating func rollBack(_ trouble: TrainingTrouble) throws -> CheckpointRecord? {
        let done = try store.repairCount(of: job.id)
        guard done < spec.repair.attempts else { throw failure(trouble, repairs: done) }
        let checkpoints = try store.checkpoints(of: job.modelID).filter { try isSound($0) }
        // The oldest one is kept in any case: a job that can't be saved still leaves a good model.
        let target = checkpoints.dropFirst(done).first ?? checkpoints.last
        let (repaired, changes) = spec.repaired()
        spec = repaired
        let step = target?.step ?? 0
        try store.rollBack(
            to: step, resolved: spec.json,
            data: [
                "verdict": .string(trouble.health.verdict.rawValue), "detail": .string(trouble.health.detail),
                "step": .integer(Int64(trouble.step)), "rolled_back_to": .integer(Int64(step)), "changes": changes,
                "repair": .integer(Int64(done + 1)), "of": .integer(Int64(spec.repair.attempts)),
            ],
            claim: job.claim)
        logger.warning(
            "training is repaired",
            metadata: [
                "job": "\(job.id)", "verdict": "\(trouble.health.verdict.rawValue)", "step": "\(trouble.step)",
                "back_to": "\(step)",
            ])
        savedStep = step
        lastEvaluation = nil
        // Where the disk was full, points of the steps that are taken back still wait.
        points = MetricBlock(names: seriesNames)
        return target
    }

    private func isSound(_ checkpoint: CheckpointRecord) throws -> Bool {
        let curve = try store.curve(
            of: job.id,
            CurveRequest(
                names: metrics.filter(\.isLoss).map(\.name),
                fromStep: max(1, checkpoint.step - HealthMonitor.recent + 1), toStep: checkpoint.step,
                maximumPoints: 2 * HealthMonitor.recent))
        return monitor.isSound(curve.series.flatMap { $0.values.compactMap { $0 } })
    }

    private func failure(_ trouble: TrainingTrouble, repairs: Int) -> JobFailure {
        let model =
            savedStep > 0
            ? "the model of the last checkpoint, at step \(savedStep), is kept" : "there was no checkpoint before it"
        let tries =
            switch repairs {
            case 0: "no repair was allowed"
            case 1: "one repair didn't help"
            default: "\(repairs) repairs didn't help"
            }
        return JobFailure(
            code: trouble.health.verdict.rawValue,
            detail: "training can't go on at step \(trouble.step): \(trouble.health.detail); \(tries), and \(model). "
                + "A lower learning rate may help")
    }
}
