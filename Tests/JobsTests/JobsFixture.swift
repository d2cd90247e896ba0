import Adversarial
import Codecs
import Datasets
import Dispatch
import Jobs
import Logging
import Store
import Synchronization
import TestSupport
import Testing

/// Says which states jobs come to, and lets a test wait for one.
final class StateRecorder: Sendable {
    private struct Log {
        var states: [String: [JobState]] = [:]
        var waiting: [(job: String, state: JobState, semaphore: DispatchSemaphore)] = []
    }

    private let log = Mutex(Log())

    func record(_ job: JobRecord) {
        log.withLock { log in
            log.states[job.id, default: []].append(job.state)
            for waiter in log.waiting where waiter.job == job.id && waiter.state == job.state {
                waiter.semaphore.signal()
            }
        }
    }

    /// Waits until a job has come to a state, that many times.
    func wait(for job: String, _ state: JobState, times: Int = 1) throws {
        let semaphore = DispatchSemaphore(value: 0)
        let missing = log.withLock { log in
            log.waiting.append((job, state, semaphore))
            return times - (log.states[job] ?? []).count { $0 == state }
        }
        defer { log.withLock { $0.waiting.removeAll { $0.semaphore === semaphore } } }
        for _ in 0..<max(0, missing) { try semaphore.waitForTest() }
    }

    func states(of job: String) -> [JobState] { log.withLock { $0.states[job] ?? [] } }
}

/// A store and a job center with trainings of a test's own; ends when the test lets go of it.
final class JobsFixture: Sendable {
    private let folder: TemporaryFolder
    let store: Store
    let clock: TestClock
    let trainings: any TrainingStarter
    let recorder = StateRecorder()
    let center: JobCenter

    /// Opens a store and starts a center.
    ///
    /// - Parameters:
    ///   - copy: a store to begin with a copy of, as a power cut would leave it; `nil` begins with an empty one.
    ///   - disk: where the data folder goes; `nil` takes a temporary folder.
    init(
        workers: Int = 1, threadsPerJob: Int = 1, clock: TestClock = TestClock(),
        trainings: (any TrainingStarter)? = nil,
        reports: any ReportMaker = EngineReports(), ofCrashed copy: Store? = nil, on disk: SmallDisk? = nil,
        monotonic: MonotonicClock? = nil,
        snapshotInterval: Double = 2, log: (any LogHandler)? = nil, starts: Bool = true
    ) throws {
        self.clock = clock
        self.trainings = trainings ?? FakeTrainings(clock: clock)
        folder = try TemporaryFolder()
        let path = (disk?.folder ?? folder).path + "/data"
        if let copy { try FileTree.copyCrashed(copy.folder.path, to: path) }
        store = try Store(folder: path)
        var configuration = JobsConfiguration(
            workers: workers, machine: MachineLimits(memoryBytes: 8 << 30, cores: 2, threadsPerJob: threadsPerJob),
            snapshotInterval: snapshotInterval)
        configuration.retryInterval = 0.01
        center = JobCenter(
            store: store, configuration: configuration,
            trainings: self.trainings, reportMaker: reports, clock: monotonic ?? clock.monotonic,
            logger: Logger(label: "test") { _ in log ?? SwiftLogNoOpLogHandler() },
            didChange: { [recorder] in recorder.record($0) })
        guard starts else { return }
        try center.recover()
        center.start()
    }

    deinit {
        center.drain(timeout: 60)
        try? store.close()
    }

    /// A ready dataset of points whose items nobody reads.
    func dataset() throws -> DatasetRecord {
        let upload = store.temporaryPath("upload")
        try DurableFile.write(Array("x,y\n".utf8), to: upload)
        let dataset = try store.createDataset(
            name: "ring", requestedKind: "auto", upload: upload, bytes: 4, sha256: "ab")
        let manifest = DatasetManifest(
            schema: PointSchema(columns: ["x", "y"], mean: [0, 0], standardDeviation: [1, 1]),
            itemCount: 1000, trainingCount: 900, holdoutCount: 100)
        try FileTree.createFolder(store.folder.decoded(of: dataset.id))
        try DurableFile.write(manifest.json.bytes, to: store.folder.decoded(of: dataset.id) + "/manifest.json")
        return try store.finishDataset(
            dataset.id,
            .ready(kind: "points", items: 1000, schema: manifest.schema.json, problems: [], problemCount: 0))
    }

    /// Takes an upload in and waits until it has been read.
    func imported(
        _ bytes: [UInt8], _ name: String = "points", kind: DatasetKind? = nil, labels: [String: String] = [:]
    ) throws -> DatasetRecord {
        let upload = store.temporaryPath("upload")
        try DurableFile.write(bytes, to: upload)
        let dataset = try center.importDataset(
            name: name, kind: kind, labels: labels, upload: upload, bytes: bytes.count, sha256: SHA256.hex(of: bytes))
        #expect(center.waitForImport(of: dataset.id, timeout: 60))
        return try store.dataset(dataset.id)
    }

    /// Queues a job of so many steps.
    func submit(
        steps: Int? = 20, maximumSeconds: Double? = nil, everySteps: Int = 5, keep: Int = 3, priority: Int = 0,
        dataset: DatasetRecord? = nil
    ) throws -> JobRecord {
        var training: [JSON.Member] = []
        if let steps { training.append(.init(name: "steps", value: .integer(Int64(steps)))) }
        if let maximumSeconds { training.append(.init(name: "max_seconds", value: .number(maximumSeconds))) }
        return try center.submit([
            "dataset_id": .string(try dataset?.id ?? self.dataset().id), "seed": 7,
            "priority": .integer(Int64(priority)), "training": .object(training),
            "checkpoint": ["every_steps": .integer(Int64(everySteps)), "keep": .integer(Int64(keep))],
        ])
    }

    /// Waits for a state and gives the job's record.
    func job(_ id: String, after state: JobState, times: Int = 1) throws -> JobRecord {
        try recorder.wait(for: id, state, times: times)
        return try store.job(id)
    }

    /// The bytes of the newest checkpoint's weights.
    func weights(of job: JobRecord) throws -> String {
        let checkpoint = try #require(try store.latestCheckpoint(of: job.modelID))
        return try SHA256.hex(ofFile: store.path(ofFile: "weights.safetensors", in: checkpoint))
    }

    /// The curves, without what depends on time.
    func curves(of job: JobRecord) throws -> Curve {
        var curve = try store.curve(
            of: job.id, CurveRequest(names: Synthesis.metrics.map(\.name), maximumPoints: 10_000))
        curve.wallTimes = []
        curve.revision = 0
        return curve
    }
}

/// A log in which a test waits for a message.
struct AwaitedLog: LogHandler {
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]
    private let message: Logger.Message
    private let isThere = DispatchSemaphore(value: 0)

    init(_ message: Logger.Message) {
        self.message = message
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        if event.message == message { isThere.signal() }
    }

    func wait() throws { try isThere.waitForTest() }

    /// Passes over what has been there.
    func clear() {
        while isThere.wait(timeout: .now()) == .success {}
    }
}

extension FileTree {
    /// Copies a data folder that is in use as a power cut now would leave it.
    static func copyCrashed(_ source: String, to destination: String) throws {
        try createFolder(destination)
        for name in try names(in: source) where name != "gand.sqlite-shm" && name != "lock" {
            let path = "\(source)/\(name)"
            if (try? names(in: path)) != nil {
                try copyCrashed(path, to: "\(destination)/\(name)")
            } else {
                let bytes = try ReadableFile.contents(of: path, limit: 1 << 30)
                try DurableFile.write(bytes, to: "\(destination)/\(name)")
            }
        }
    }
}

/// Expects a `JobsError` with a code.
func expectJobsError<T>(
    _ code: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> T
) {
    let error = #expect(throws: JobsError.self, sourceLocation: sourceLocation) { _ = try body() }
    #expect(error?.code == code, sourceLocation: sourceLocation)
}
