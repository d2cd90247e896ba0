package import Adversarial
package import Codecs
import Datasets
package import Store

extension JobCenter {
    /// Resolves a job's body without queuing anything.
    ///
    /// - Throws: `SpecError` with all that is wrong, `JobsError` where the dataset isn't ready.
    package func dryRun(_ requested: JSON) throws -> Resolution {
        let heading = try SpecResolver.heading(of: requested)
        let dataset: DatasetRecord
        do {
            dataset = try store.dataset(heading.datasetID)
        } catch let error as StoreError where error.kind == .notFound {
            throw SpecError(problems: [SpecProblem(pointer: "/dataset_id", detail: error.detail)])
        }
        guard dataset.state == .ready else {
            throw JobsError(
                .conflict, code: "dataset_not_ready",
                "dataset \(dataset.id) is \(dataset.state.rawValue); a job needs one that is ready")
        }
        return try SpecResolver.resolve(
            requested, dataset: try manifest(of: dataset), machine: configuration.machine)
    }

    /// Queues a job.
    ///
    /// - Parameters:
    ///   - requested: the body of `POST /v1/jobs`.
    ///   - key: the idempotency key that this was asked for under.
    /// - Throws: `SpecError` with all that is wrong, `JobsError` where the dataset isn't ready, `StoreError`.
    package func submit(_ requested: JSON, key: String? = nil) throws -> JobRecord {
        let resolution = try dryRun(requested)
        let heading = resolution.heading
        let job = try store.createJob(
            NewJob(
                name: try heading.name ?? store.dataset(heading.datasetID).name, labels: heading.labels,
                datasetID: heading.datasetID, requested: requested, resolved: resolution.spec.json,
                priority: heading.priority, key: key))
        fillWorkers()
        return job
    }

    /// What a resume with these changes would do.
    func resumption(of job: JobRecord, changes: JSON?) throws -> JobStateMachine.Resumption {
        guard !job.state.isLive else { return JobStateMachine.Resumption(hasWorkLeft: false) }
        try requireParts(of: job)
        let spec = try ResolvedSpec(json: job.resolved)
        let raised = try changes.map { try SpecResolver.raise(spec, changes: $0) } ?? spec
        let length = raised.training.length
        let hasWorkLeft =
            length.steps.map { job.step < $0 } ?? true
            && length.maximumSeconds.map { job.trainingSeconds < $0 } ?? true
        guard raised != spec else { return JobStateMachine.Resumption(hasWorkLeft: hasWorkLeft) }
        let segment: JSON = [
            "from_step": .integer(Int64(length.earlierPlans.last ?? job.step)),
            "steps": length.plannedSteps.map { .integer(Int64($0)) } ?? .null,
            "max_seconds": length.maximumSeconds.map { .number($0) } ?? .null,
        ]
        return JobStateMachine.Resumption(
            raised: raised.json, hasWorkLeft: hasWorkLeft,
            remarks: [JSON.Member(name: "new_schedule_segment", value: segment)])
    }

    /// Refuses to go on with a job whose model or dataset was deleted.
    private func requireParts(of job: JobRecord) throws {
        guard let missing = try store.missingPart(of: job) else { return }
        throw JobsError(.conflict, code: "impossible_transition", "job \(job.id) can't be resumed: \(missing.detail)")
    }

    func manifest(of dataset: DatasetRecord) throws -> DatasetManifest {
        let path = store.folder.decoded(of: dataset.id) + "/manifest.json"
        return try DatasetManifest(json: JSON(parsing: ReadableFile.contents(of: path, limit: 64 << 20)))
    }
}

extension Store {
    /// Why a job can't be trained, its model or dataset having been deleted; `nil` where both are there.
    func missingPart(of job: JobRecord) throws -> JobFailure? {
        var code = "model_deleted"
        do {
            _ = try model(job.modelID)
            code = "dataset_deleted"
            _ = try dataset(job.datasetID)
            return nil
        } catch let error as StoreError where error.kind == .notFound {
            return JobFailure(code: code, detail: error.detail)
        }
    }
}
