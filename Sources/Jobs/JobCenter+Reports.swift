import Adversarial
import Datasets
package import Store

/// What a report shall be made of.
package struct ReportWish: Sendable, Equatable {
    /// Samples, within `ReportEvaluation.sampleCounts`; `nil` takes as many as there are held-out items.
    package var samples: Int?
    package var seed: UInt64
    /// A column of a table that models are to predict.
    package var target: String?
    /// Any but `live`.
    package var checkpoint: CheckpointSelector

    package init(samples: Int? = nil, seed: UInt64, target: String? = nil, checkpoint: CheckpointSelector = .best) {
        self.target = target
        self.samples = samples
        self.seed = seed
        self.checkpoint = checkpoint
    }
}

/// How far a report is.
package struct ReportProgress: Sendable, Equatable {
    /// Parts of the work, about alike in time.
    package var done: Int
    package var total: Int

    /// From 0 to 1.
    package var fraction: Double { total > 0 ? Double(done) / Double(total) : 0 }
}

extension JobCenter {
    /// Reports that may wait.
    package static let waitingReports = 32

    /// Queues a report on a model's checkpoint.
    ///
    /// - Throws: `StoreError` of kind `notFound` where there is no such model or checkpoint; `JobsError` with code
    ///   `model_not_ready` before the first checkpoint, `dataset_deleted`, `too_few_items` or `too_many_reports`.
    ///
    /// - Parameter key: the idempotency key that this was asked for under.
    package func submitReport(on model: String, _ wish: ReportWish, key: String? = nil) throws -> ReportRecord {
        let record = try store.model(model)
        let checkpoint = try checkpoint(of: model, wish.checkpoint)
        let dataset: DatasetManifest
        do {
            dataset = try manifest(of: store.dataset(record.datasetID))
        } catch let error as StoreError where error.kind == .notFound {
            throw JobsError(.conflict, code: "dataset_deleted", ReportLane.datasetDeleted(record.datasetID))
        }
        guard QualityEvaluator.canMeasure(dataset) else {
            throw JobsError(.impossible, code: "too_few_items", ReportEvaluation.tooFewItems(dataset))
        }
        let kind = dataset.kind.learned
        if let target = wish.target, let refusal = kind.refusal(ofTarget: target, dataset) {
            throw JobsError(.impossible, code: "invalid_target", refusal)
        }
        let samples = wish.samples ?? ReportEvaluation.usualCount(dataset)
        let report = try store.createReport(
            NewReport(
                modelID: model, datasetID: record.datasetID, checkpoint: wish.checkpoint.name, step: checkpoint.step,
                samples: samples, seed: wish.seed, target: wish.target,
                total: kind.reportParts(samples: samples, dataset, target: wish.target), key: key),
            limit: Self.waitingReports)
        guard let report else {
            throw JobsError(
                .busy, code: "too_many_reports",
                "\(Self.waitingReports) reports wait to be made; ask again once one is finished, or cancel one")
        }
        reports.add(report)
        return report
    }

    /// Ends a report that waits or is being made, or removes one that has ended.
    ///
    /// The work on it stops within a part of it, some tenths of a second.
    ///
    /// - Parameter revision: where given, `StoreError.stale` if it isn't the newest.
    /// - Returns: the cancelled report; `nil` where it was removed.
    package func cancelOrDeleteReport(_ id: String, revision: Int? = nil) throws -> ReportRecord? {
        let cancelled = try store.cancelOrDeleteReport(id, revision: revision, done: reports.done(of: id) ?? 0)
        reports.forget(id)
        return cancelled
    }

    /// How far a report is, as of its last part where it is being made.
    package func progress(of report: ReportRecord) -> ReportProgress {
        let live = report.state == .running ? reports.done(of: report.id) : nil
        return ReportProgress(done: min(live ?? report.done, report.total), total: report.total)
    }

    /// Waits until a report isn't waiting or being made any more; tells whether that came in time.
    package func waitForReport(_ id: String, timeout: Double) -> Bool {
        reports.wait(for: id, timeout: timeout)
    }

    private func checkpoint(of model: String, _ selector: CheckpointSelector) throws -> CheckpointRecord {
        let checkpoint: CheckpointRecord?
        switch selector {
        case .step(let step): checkpoint = try store.checkpoint(of: model, step: step)
        case .latest: checkpoint = try store.latestCheckpoint(of: model)
        case .best, .live: checkpoint = try store.bestCheckpoint(of: model)
        }
        guard let checkpoint else {
            throw JobsError(
                .conflict, code: "model_not_ready",
                "model \(model) has no checkpoint yet; a report can be made once its job has written one")
        }
        return checkpoint
    }
}
