import Codecs
import Datasets
import Dispatch
import Logging
import Store
import Synchronization
import Torch

/// Reads uploads in the background, a few at once.
final class DatasetImports: Sendable {
    /// Starts of one import that end it: an upload over which the process dies mustn't keep it down.
    static let attemptLimit = 3

    private struct State {
        var isAccepting = false
        var waiting: [String] = []
        /// What is being read, and what asks it to stop.
        var running: [String: StopSignal] = [:]
        var watchers: [(id: String, semaphore: DispatchSemaphore)] = []
    }

    private let store: Store
    private let limits: DatasetLimits
    private let slots: Int
    private let writes: PersistentWrites
    private let logger: Logger
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "gand.imports", attributes: .concurrent)
    private let atWork = DispatchGroup()

    init(store: Store, configuration: JobsConfiguration, writes: PersistentWrites, logger: Logger) {
        self.store = store
        limits = configuration.datasetLimits
        slots = max(1, configuration.concurrentImports)
        self.writes = writes
        self.logger = logger
    }

    /// Takes up what another process left unread.
    func recover() throws {
        let ids = try store.validatingDatasets().map(\.id)
        state.withLock { $0.waiting = ids }
    }

    /// Begins to work.
    func start() {
        state.withLock { $0.isAccepting = true }
        fill()
    }

    func add(_ id: String) {
        state.withLock { $0.waiting.append(id) }
        fill()
    }

    /// Breaks off a dataset's import, if it is under way.
    func cancel(_ id: String) {
        let signal = state.withLock { state in
            state.waiting.removeAll { $0 == id }
            return state.running[id]
        }
        signal?.requestStop()
    }

    /// Breaks off all imports, which begin anew at the next start, and waits for that.
    ///
    /// - Returns: whether they ended in time.
    func stop(deadline: DispatchTime) -> Bool {
        let signals = state.withLock { state in
            state.isAccepting = false
            return Array(state.running.values)
        }
        for signal in signals { signal.requestHandBack() }
        return atWork.wait(timeout: deadline) == .success
    }

    /// Waits until a dataset isn't waiting or being read any more; tells whether that came in time.
    func wait(for id: String, timeout: Double) -> Bool {
        let semaphore = DispatchSemaphore(value: 0)
        let isPending = state.withLock { state in
            let isPending = state.running[id] != nil || state.waiting.contains(id)
            if isPending { state.watchers.append((id, semaphore)) }
            return isPending
        }
        guard isPending else { return true }
        let isDone = semaphore.wait(timeout: .now() + timeout) == .success
        if !isDone { state.withLock { $0.watchers.removeAll { $0.semaphore === semaphore } } }
        return isDone
    }

    private func fill() {
        while let (id, signal) = takeNext() {
            queue.async { [self] in
                defer { atWork.leave() }
                run(id, signal: signal)
                let watchers = state.withLock { state in
                    state.running[id] = nil
                    let watchers = state.watchers.filter { $0.id == id }
                    state.watchers.removeAll { $0.id == id }
                    return watchers
                }
                for watcher in watchers { watcher.semaphore.signal() }
                fill()
            }
        }
    }

    private func takeNext() -> (String, StopSignal)? {
        state.withLock { state in
            guard state.isAccepting, state.running.count < slots, !state.waiting.isEmpty else { return nil }
            let id = state.waiting.removeFirst()
            let signal = StopSignal()
            state.running[id] = signal
            // Within the lock: who stops the imports then waits for this one too.
            atWork.enter()
            return (id, signal)
        }
    }

    private func run(_ id: String, signal: StopSignal) {
        // A table's survey takes many small blocks, which would stay with the process.
        defer { Engine.trimMemory() }
        do {
            guard let starts = try persisting(id, signal, { try store.beginImport(of: id) }) ?? nil else { return }
            let outcome = try read(id, starts: starts, signal: signal)
            if signal.requested == nil, try persisting(id, signal, { try store.finishDataset(id, outcome) }) != nil {
                return
            }
            switch signal.requested {
            // Shutdown: the state stays as it is, and the next start reads the upload again.
            case .handedBack: try store.takeBackImport(of: id)
            default: try FileTree.remove(store.folder.dataset(id))
            }
        } catch let error as StoreError where error.kind == .notFound {
            // Deleted meanwhile; what was written after that goes too.
            try? FileTree.remove(store.folder.dataset(id))
        } catch {
            // Still validating: the next start tries again.
            logger.error("an import's outcome can't be written", metadata: ["dataset": "\(id)", "error": "\(error)"])
        }
    }

    /// Writes as long as the import is wanted; `nil` where it isn't any more.
    private func persisting<Written>(_ id: String, _ signal: StopSignal, _ write: () throws -> Written) throws
        -> Written?
    {
        try writes.write(
            else: "an import's state can't be written", ["dataset": "\(id)"], while: { signal.requested == nil }, write)
    }

    private func read(_ id: String, starts: Int, signal: StopSignal) throws -> DatasetOutcome {
        let record = try store.dataset(id)
        guard starts <= Self.attemptLimit else {
            return .invalid(problem: "the server died every time it read the upload", code: "crash_loop")
        }
        do {
            let decoded = store.folder.decoded(of: id)
            try FileTree.remove(decoded)
            try FileTree.createFolder(decoded)
            let manifest = try DatasetImporter.importDataset(
                upload: store.folder.upload(of: id), into: decoded, kind: DatasetKind(rawValue: record.requestedKind),
                parameters: record.parameters, limits: limits, shouldStop: { signal.requested != nil })
            return .ready(
                kind: manifest.kind.rawValue, items: manifest.itemCount, schema: manifest.schema.json,
                problems: manifest.problems.map(DatasetRecord.Problem.init), problemCount: manifest.problemCount)
        } catch let error as DatasetError {
            guard error.problems.isEmpty else {
                return .invalid(
                    code: error.code, problems: error.problems.map(DatasetRecord.Problem.init),
                    problemCount: error.problemCount)
            }
            return .invalid(problem: error.detail, code: error.code)
        } catch let error as FileError {
            return .invalid(problem: error.description, code: error.isDiskFull ? "disk_full" : "unreadable")
        }
    }
}

extension DatasetOutcome {
    /// An upload that is wrong as a whole.
    fileprivate static func invalid(problem: String, code: String) -> DatasetOutcome {
        .invalid(code: code, problems: [DatasetRecord.Problem(item: "", detail: problem)], problemCount: 1)
    }
}

extension DatasetRecord.Problem {
    fileprivate init(_ problem: ItemProblem) {
        self.init(item: problem.item, detail: problem.detail)
    }
}
