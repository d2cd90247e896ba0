import Adversarial
package import Codecs
import Dispatch
package import Logging
package import Store
import Synchronization

/// Everything that goes on in the background: jobs on their workers, imports of datasets, samples, reports.
///
/// One serial queue makes all decisions about jobs, so that a stop, a resume and a claim never cross. Each job is one
/// long block on a worker, of which there are as many as configured.
package final class JobCenter: Sendable {
    package let store: Store
    package let configuration: JobsConfiguration
    let imports: DatasetImports
    let sampling: SamplingLanes
    let reports: ReportLane
    package let counters = WorkCounters()
    let snapshots: Mutex<RecentlyUsed<SnapshotKey, ModelSnapshot>>
    /// What was last made of a model's dataset.
    let derived = Mutex<(model: String, value: any Sendable)?>(nil)
    private let trainings: any TrainingStarter
    private let writes: PersistentWrites
    private let clock: MonotonicClock
    private let didChange: @Sendable (JobRecord) -> Void
    private let logger: Logger

    private struct State {
        var isAccepting = false
        var running = LiveJobs()
        /// Why the last try to give a worker a job failed; nil where it didn't.
        var startFault: String?
    }

    private let state = Mutex(State())
    private let control = DispatchQueue(label: "gand.jobs.control")
    private let workers = DispatchQueue(label: "gand.jobs.workers", attributes: .concurrent)
    private let workersAtWork = DispatchGroup()

    /// Makes a center that does nothing yet.
    ///
    /// - Parameter didChange: told of a job's record after each change of its state, on a queue that mustn't be held up.
    package init(
        store: Store, configuration: JobsConfiguration, trainings: any TrainingStarter = EngineTrainings(),
        reportMaker: any ReportMaker = EngineReports(), clock: MonotonicClock = .system, logger: Logger,
        didChange: @escaping @Sendable (JobRecord) -> Void = { _ in }
    ) {
        self.store = store
        self.configuration = configuration
        self.trainings = trainings
        self.clock = clock
        self.didChange = didChange
        self.logger = logger
        writes = PersistentWrites(interval: configuration.retryInterval, logger: logger)
        imports = DatasetImports(store: store, configuration: configuration, writes: writes, logger: logger)
        sampling = SamplingLanes(
            configuration.sampling, didDraw: { [counters] in counters.addBatch(of: $0, samples: $1) })
        reports = ReportLane(store: store, maker: reportMaker, writes: writes, logger: logger)
        snapshots = Mutex(RecentlyUsed(capacity: configuration.sampling.capacity))
    }

    // MARK: Start and end

    /// Sets right what a crash left, before anybody can ask for anything: what it looks at mustn't change meanwhile.
    package func recover() throws {
        let orphans = try store.removeOrphans()
        if !orphans.isEmpty {
            logger.notice("removed what no record names", metadata: ["paths": "\(orphans)"])
        }
        for job in try store.runningJobs() {
            let recovered = try control.sync { try decide(job, .crashFound) }
            logger.warning(
                "recovered a job whose worker died",
                metadata: ["job": "\(job.id)", "state": "\(recovered?.state.rawValue ?? "")"])
        }
        try store.expireUploads()
        try completeUploads()
        try imports.recover()
        try reports.recover()
    }

    /// Begins to work.
    package func start() {
        state.withLock { $0.isAccepting = true }
        imports.start()
        reports.start()
        fillWorkers()
    }

    /// Makes datasets of uploads that were whole when the process died.
    private func completeUploads() throws {
        for upload in try store.finishedUploads() {
            do {
                _ = try store.completeUpload(upload.id, sha256: SHA256.hex(ofFile: store.folder.resumable(upload.id)))
            } catch {
                // Its client's next request tries again.
                logger.error(
                    "an upload can't be made a dataset", metadata: ["upload": "\(upload.id)", "error": "\(error)"])
            }
        }
    }

    /// Gives running jobs back to the queue, each with a checkpoint at its next step, and waits for that; imports and
    /// reports under way go back too, to be begun anew.
    ///
    /// Samples are drawn on, for the requests under way.
    ///
    /// - Parameter timeout: seconds to wait at most.
    /// - Returns: whether all came to their end in time; those that didn't go on until the process ends.
    @discardableResult
    package func drain(timeout: Double = 3600) -> Bool {
        let running = state.withLock { state in
            state.isAccepting = false
            return state.running.all
        }
        for job in running { job.signal.requestHandBack() }
        let deadline = DispatchTime.now() + timeout
        let importsEnded = imports.stop(deadline: deadline)
        let reportsEnded = reports.stop(deadline: deadline)
        // A job may just be starting: only then is it among those at work, and the store may be closed after this.
        control.sync {}
        return workersAtWork.wait(timeout: deadline) == .success && importsEnded && reportsEnded
    }

    /// Ends sampling, once no reply needs it any more: what waits is drawn, what comes later is refused.
    package func close() {
        sampling.close()
    }

    // MARK: Jobs

    /// Stops a job: at once where it waits, otherwise at its next step, with a checkpoint.
    package func stop(_ id: String) throws -> JobRecord {
        try control.sync {
            let job = try store.job(id)
            return try decide(job, .stopRequested) ?? job
        }
    }

    /// Puts an ended job back into the queue, to go on from its last checkpoint.
    ///
    /// - Parameter changes: raised limits, as `SpecResolver.raise` reads them; `nil` or `{}` leaves them.
    /// - Throws: `JobsError` of kind `conflict`, `SpecError`, `StoreError`.
    package func resume(_ id: String, changes: JSON? = nil) throws -> JobRecord {
        try control.sync {
            let job = try store.job(id)
            return try decide(job, .resumeRequested(try resumption(of: job, changes: changes))) ?? job
        }
    }

    /// Changes name, labels or priority.
    package func update(_ id: String, _ changes: JobChanges, revision: Int? = nil) throws -> JobRecord {
        try control.sync { try store.updateJob(id, changes, revision: revision) }
    }

    /// Removes a job that doesn't run, with its curves and events.
    package func delete(_ id: String, deletingModel: Bool) throws {
        let model: String? = try control.sync {
            let job = try store.job(id)
            var machine = JobStateMachine(job)
            guard try machine.handle(.deleteRequested) == [.delete] else { return nil }
            try store.deleteJob(id, deletingModel: deletingModel)
            return deletingModel ? job.modelID : nil
        }
        if let model { forget(model: model) }
    }

    /// Removes a model whose job is gone or has ended, with its checkpoints and reports.
    package func deleteModel(_ id: String) throws {
        try store.deleteModel(id)
        forget(model: id)
    }

    /// Lets go of what is made of a model that is gone.
    private func forget(model: String) {
        forgetSamplers(of: model)
        reports.forget(model: model)
    }

    /// How far each of some jobs is, in their order: as of its last step where it runs, of the last write where it doesn't.
    ///
    /// The curves of all jobs that don't run are asked for by one query, and of their specs only the length is read.
    package func progress(of jobs: [JobRecord]) throws -> [JobProgress] {
        let live = jobs.map { liveProgress(of: $0.id) }
        let resting = zip(jobs, live).filter { $0.1 == nil }.map(\.0.id)
        let metrics = resting.isEmpty ? [:] : try store.latestMetrics(of: resting)
        return zip(jobs, live).map { job, live in
            live
                ?? JobProgress(
                    step: job.step, samplesSeen: job.samplesSeen, trainingSeconds: job.trainingSeconds,
                    length: TrainingLength(ofResolved: job.resolved), stepsPerSecond: nil,
                    metrics: (metrics[job.id] ?? []).map(JobProgress.Metric.init(name:value:)))
        }
    }

    /// How far one job is.
    package func progress(of job: JobRecord) throws -> JobProgress {
        try progress(of: [job])[0]
    }

    /// How far a job is that trains now; nil for others.
    package func liveProgress(of job: String) -> JobProgress? {
        live(job)?.progress
    }

    /// How many jobs are on a worker.
    package var runningCount: Int { state.withLock { $0.running.count } }

    /// What keeps workers from taking jobs; nil where nothing does.
    package var workersFault: String? {
        state.withLock { $0.isAccepting ? $0.startFault : "no jobs are taken" }
    }

    func live(_ job: String) -> LiveJob? {
        state.withLock { $0.running[job] }
    }

    // MARK: Workers

    /// Lets free workers take jobs; returns at once.
    func fillWorkers() {
        control.async { [self] in
            do {
                while try startNext() {}
                state.withLock { $0.startFault = nil }
            } catch {
                state.withLock { $0.startFault = "\(error)" }
                logger.error("no job could be started; trying again", metadata: ["error": "\(error)"])
                control.asyncAfter(deadline: .now() + 1) { [self] in fillWorkers() }
            }
        }
    }

    /// Starts the job whose turn it is, if a worker is free; tells whether it did.
    private func startNext() throws -> Bool {
        let isFree = state.withLock { $0.isAccepting && $0.running.count < configuration.workers }
        guard isFree, let next = try store.nextQueuedJob(), let job = try decide(next, .claimed) else { return false }
        let live = LiveJob(claim: job.claim)
        let mayTrain = state.withLock { state in
            state.running.add(live)
            return state.isAccepting
        }
        // A drain that came in between has not seen this job.
        if !mayTrain { live.signal.requestHandBack() }
        workers.async(group: workersAtWork) { [self] in work(on: job, live: live) }
        return true
    }

    private func work(on job: JobRecord, live: LiveJob) {
        logger.info("training begins", metadata: ["job": "\(job.id)", "attempt": "\(job.attempt)"])
        let end: TrainingEnd?
        do {
            end = try train(job, live: live)
        } catch let error as StoreError where error.kind == .fenced {
            logger.error("the job was taken from its worker", metadata: ["job": "\(job.id)", "error": "\(error)"])
            end = nil
        } catch {
            end = .failed(JobFailure(describing: error))
        }
        trainings.didEnd()
        live.retire()
        if let end { settle(job, end) }
        state.withLock { $0.running.remove(live) }
        fillWorkers()
    }

    /// In a function of its own, so that nothing of the training lives on when it returns.
    private func train(_ job: JobRecord, live: LiveJob) throws -> TrainingEnd {
        var block = try TrainingBlock(
            job: job, store: store, trainings: trainings, live: live, configuration: configuration, clock: clock,
            wallClock: store.clock, counters: counters, logger: logger)
        return try block.run()
    }

    /// Writes how a job ended.
    ///
    /// While the store can't, on a full disk for one, the worker keeps trying.
    private func settle(_ job: JobRecord, _ end: TrainingEnd) {
        logger.info("training ends", metadata: ["job": "\(job.id)", "end": "\(end)"])
        do {
            // Once the process is to end, the next start finds the job as after a crash.
            _ = try writes.write(
                else: "a job's end can't be written", ["job": "\(job.id)"],
                while: { state.withLock { $0.isAccepting } }
            ) {
                try control.sync {
                    let current = try store.job(job.id)
                    guard current.epoch == job.epoch, current.state.isRunning else { return }
                    _ = try decide(current, .ended(end))
                }
            }
        } catch let error as StoreError where error.kind == .notFound {
            logger.notice("a job was deleted before its end", metadata: ["job": "\(job.id)"])
        } catch {
            logger.error("a job's end was refused", metadata: ["job": "\(job.id)", "error": "\(error)"])
        }
    }

    /// Puts an event to the job's state machine and does what that says; on the control queue.
    ///
    /// - Returns: the job's new record; `nil` where nothing had to be written.
    private func decide(_ job: JobRecord, _ event: JobStateMachine.Event) throws -> JobRecord? {
        dispatchPrecondition(condition: .onQueue(control))
        var machine = JobStateMachine(job)
        var record: JobRecord?
        for action in try machine.handle(event) {
            switch action {
            case .record(let transition):
                let changed = try store.apply(transition)
                record = changed
                didChange(changed)
            case .signalStop: live(job.id)?.signal.requestStop()
            case .fillWorkers: fillWorkers()
            case .delete: break
            }
        }
        return record
    }
}
