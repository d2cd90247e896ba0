import Adversarial
import Codecs
import Dispatch
import Logging
import Store
import Synchronization

/// Makes reports in the background, one after the other, on a queue of its own.
///
/// A report is one long block on one thread, since libtorch's threads belong to the thread that asks. It looks between the
/// parts of its work whether it is still wanted.
final class ReportLane: Sendable {
    /// Starts of one report that end it: one over which the process dies mustn't keep it down.
    static let attemptLimit = 3

    /// A report that is being made.
    private final class Live: Sendable {
        let id: String
        let model: String
        /// What its maker is asked to do.
        let signal = StopSignal()
        /// Parts that are done.
        let done = Atomic(0)

        init(_ report: Waiting) {
            id = report.id
            model = report.model
        }

        /// Counts a part, and ends the work where it isn't wanted any more.
        func didPart() throws {
            if signal.requested != nil { throw Stopped() }
            done.wrappingAdd(1, ordering: .relaxed)
        }
    }

    private struct Waiting {
        let id: String
        let model: String
    }

    private struct Stopped: Error {}

    private struct State {
        var isAccepting = false
        var waiting: [Waiting] = []
        var running: Live?
        var watchers: [(id: String, semaphore: DispatchSemaphore)] = []
    }

    private let store: Store
    private let maker: any ReportMaker
    private let writes: PersistentWrites
    private let logger: Logger
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "gand.reports", qos: .utility)
    private let atWork = DispatchGroup()

    init(store: Store, maker: any ReportMaker, writes: PersistentWrites, logger: Logger) {
        self.store = store
        self.maker = maker
        self.writes = writes
        self.logger = logger
    }

    /// Takes up what another process left unfinished.
    func recover() throws {
        let left = try store.requeueReports().map { Waiting(id: $0.id, model: $0.modelID) }
        state.withLock { $0.waiting = left }
    }

    /// Begins to work.
    func start() {
        state.withLock { $0.isAccepting = true }
        fill()
    }

    func add(_ report: ReportRecord) {
        state.withLock { $0.waiting.append(Waiting(id: report.id, model: report.modelID)) }
        fill()
    }

    /// Parts that are done of a report that is being made; `nil` where it isn't.
    func done(of id: String) -> Int? {
        state.withLock { $0.running?.id == id ? $0.running : nil }?.done.load(ordering: .relaxed)
    }

    /// Lets go of a report that isn't wanted any more.
    func forget(_ id: String) {
        let running = state.withLock { state in
            state.waiting.removeAll { $0.id == id }
            return state.running?.id == id ? state.running : nil
        }
        running?.signal.requestStop()
    }

    /// Lets go of all reports on a model that is gone.
    func forget(model: String) {
        let running = state.withLock { state in
            state.waiting.removeAll { $0.model == model }
            return state.running?.model == model ? state.running : nil
        }
        running?.signal.requestStop()
    }

    /// Breaks off the report that is being made, which begins anew at the next start, and waits for that.
    ///
    /// - Returns: whether it ended in time.
    func stop(deadline: DispatchTime) -> Bool {
        let running = state.withLock { state in
            state.isAccepting = false
            return state.running
        }
        running?.signal.requestHandBack()
        return atWork.wait(timeout: deadline) == .success
    }

    /// Waits until a report isn't waiting or being made any more; tells whether that came in time.
    func wait(for id: String, timeout: Double) -> Bool {
        let semaphore = DispatchSemaphore(value: 0)
        let isPending = state.withLock { state in
            let isPending = state.running?.id == id || state.waiting.contains { $0.id == id }
            if isPending { state.watchers.append((id, semaphore)) }
            return isPending
        }
        guard isPending else { return true }
        let isDone = semaphore.wait(timeout: .now() + timeout) == .success
        if !isDone { state.withLock { $0.watchers.removeAll { $0.semaphore === semaphore } } }
        return isDone
    }

    private func fill() {
        guard let live = takeNext() else { return }
        queue.async { [self] in
            defer { atWork.leave() }
            make(live)
            maker.didEnd()
            let watchers = state.withLock { state in
                state.running = nil
                let watchers = state.watchers.filter { $0.id == live.id }
                state.watchers.removeAll { $0.id == live.id }
                return watchers
            }
            for watcher in watchers { watcher.semaphore.signal() }
            fill()
        }
    }

    private func takeNext() -> Live? {
        state.withLock { state in
            guard state.isAccepting, state.running == nil, !state.waiting.isEmpty else { return nil }
            let live = Live(state.waiting.removeFirst())
            state.running = live
            // Within the lock: who stops the lane then waits for this one too.
            atWork.enter()
            return live
        }
    }

    private func make(_ live: Live) {
        do {
            guard let report = try persisting(live, { try store.beginReport(live.id) }) else { return }
            let outcome = try outcome(of: report, live)
            // Given up where the process is to end: the next start finds the report as after a crash.
            _ = try persisting(live) {
                try store.finishReport(live.id, outcome, done: live.done.load(ordering: .relaxed))
            }
        } catch is Stopped {
            handBack(live)
        } catch let error as StoreError where error.kind == .notFound || error.kind == .conflict {
            // Deleted or cancelled before it began.
        } catch {
            // Not ended, as far as the store knows: the next start tries again.
            logger.error("a report can't be made", metadata: ["report": "\(live.id)", "error": "\(error)"])
        }
    }

    /// Writes as long as the report is wanted; `nil` where it isn't any more.
    private func persisting<Written>(_ live: Live, _ write: () throws -> Written) throws -> Written? {
        try writes.write(
            else: "a report's state can't be written", ["report": "\(live.id)"],
            while: { live.signal.requested == nil }, write)
    }

    /// - Throws: `Stopped` where it was to stop; nothing else.
    private func outcome(of report: ReportRecord, _ live: Live) throws -> ReportOutcome {
        guard report.starts <= Self.attemptLimit else {
            return .failed(
                JobFailure(code: "crash_loop", detail: "the server died every time it made the report"))
        }
        logger.info("a report begins", metadata: ["report": "\(report.id)", "model": "\(report.modelID)"])
        do {
            let (made, step) = try made(report, live)
            return .succeeded(result: made.result, step: step, picture: made.picture)
        } catch let error as Stopped {
            throw error
        } catch {
            logger.warning("a report failed", metadata: ["report": "\(report.id)", "error": "\(error)"])
            return .failed(JobFailure(describing: error))
        }
    }

    private func made(_ report: ReportRecord, _ live: Live) throws -> (MadeReport, step: Int) {
        do {
            _ = try store.dataset(report.datasetID)
        } catch let error as StoreError where error.kind == .notFound {
            throw JobFailure(code: "dataset_deleted", detail: Self.datasetDeleted(report.datasetID))
        }
        let checkpoint = try checkpoint(for: report)
        do {
            let made = try maker.make(
                report, checkpoint: store.folder.checkpoint(of: report.modelID, step: checkpoint.step),
                dataset: store.folder.decoded(of: report.datasetID), onPart: live.didPart)
            return (made, checkpoint.step)
        } catch let error as FileError {
            // A newer checkpoint may have replaced this one since its row was read: say that, not what failed.
            _ = try store.checkpoint(of: report.modelID, step: checkpoint.step)
            throw error
        }
    }

    /// The checkpoint that was chosen as the report was asked for; where it has gone since, the one that the same wish means
    /// now.
    private func checkpoint(for report: ReportRecord) throws -> CheckpointRecord {
        do {
            return try store.checkpoint(of: report.modelID, step: report.step)
        } catch let error as StoreError where error.kind == .notFound {
            switch CheckpointSelector(report.checkpoint) {
            case .best: if let best = try store.bestCheckpoint(of: report.modelID) { return best }
            case .latest: if let latest = try store.latestCheckpoint(of: report.modelID) { return latest }
            case .live, .step, nil: break
            }
            throw error
        }
    }

    /// Why a model whose dataset is gone gets no report.
    static func datasetDeleted(_ id: String) -> String {
        "dataset \(id), on which the model was trained, was deleted: there is nothing left to hold its samples against"
    }

    /// Gives a report that was broken off back to the queue, unless it was cancelled.
    private func handBack(_ live: Live) {
        do {
            try store.takeBackReport(live.id)
        } catch {
            logger.error("a report can't go back", metadata: ["report": "\(live.id)", "error": "\(error)"])
        }
    }
}
