import Codecs
import Glibc
import Store
import Synchronization
import TestSupport
import Testing

/// A store in a folder of its own, whose clock a test moves; the folder goes when the fixture does.
final class StoreFixture: Sendable {
    let path: String
    let clock = TestClock()
    let store: Store
    private let folder: TemporaryFolder

    /// Opens a store.
    ///
    /// - Parameter place: where its folder goes; `nil` takes a temporary one.
    init(in place: String? = nil, curveSummaryLimit: Int = 65_536) throws {
        folder = try TemporaryFolder()
        path = place ?? folder.path
        store = try Store(
            folder: path + "/data", clock: clock.wallClock, curveSummaryLimit: curveSummaryLimit)
    }

    deinit {
        try? store.close()
    }

    /// Writes a file into the store's `tmp`.
    func upload(_ text: String = "x,y\n1,2\n") throws -> String {
        let upload = store.temporaryPath("upload")
        try DurableFile.write(Array(text.utf8), to: upload)
        return upload
    }

    func dataset(_ name: String = "ring", labels: [String: String] = [:]) throws -> DatasetRecord {
        try store.createDataset(
            name: name, requestedKind: "auto", labels: labels, upload: try upload(), bytes: 8, sha256: "ab")
    }

    func readyDataset(_ name: String = "ring") throws -> DatasetRecord {
        let dataset = try dataset(name)
        return try store.finishDataset(
            dataset.id,
            .ready(kind: "points", items: 1, schema: ["columns": ["x", "y"]], problems: [], problemCount: 0))
    }

    func job(
        _ name: String = "first", labels: [String: String] = [:], priority: Int = 0, key: String? = nil
    ) throws -> JobRecord {
        try store.createJob(
            NewJob(
                name: name, labels: labels, datasetID: try readyDataset().id, requested: ["seed": 7],
                resolved: ["seed": 7, "training": ["steps": 100]], priority: priority, key: key))
    }

    func runningJob() throws -> JobRecord { try store.move(try job(), to: .running) }

    /// A folder in `tmp` as a trainer leaves it.
    func checkpoint(
        _ step: Int, keep: Int = 3, weights: String = "weights", score: CheckpointScore? = nil
    ) throws -> NewCheckpoint {
        let folder = store.temporaryPath("checkpoint")
        try FileTree.createFolder(folder)
        try DurableFile.write(Array(weights.utf8), to: folder + "/weights.safetensors")
        return NewCheckpoint(
            step: step, samplesSeen: step * 10, trainingSeconds: Double(step), folder: folder,
            manifest: ["step": .integer(Int64(step))], keep: keep, score: score)
    }

    /// A copy of the data folder as a power cut now would leave it, opened: no connection was closed.
    func afterPowerCut() throws -> Store {
        let copy = "\(path)/copy-\(UInt32.random(in: 0...UInt32.max))"
        try FileTree.copy(path + "/data", to: copy)
        try FileTree.remove(copy + "/gand.sqlite-shm")
        return try Store(folder: copy, clock: clock.wallClock)
    }
}

/// A clock that stands still until a test moves it.
final class TestClock: Sendable {
    private let time = Mutex(Timestamp(seconds: 1_772_600_000))

    var wallClock: WallClock { WallClock { [self] in time.withLock { $0 } } }

    func advance(seconds: Double) {
        time.withLock { $0 = Timestamp(seconds: $0.seconds + seconds) }
    }
}

extension Store {
    /// A transition as a state machine would ask for it.
    @discardableResult
    func move(_ job: JobRecord, to state: JobState, attempt: Int? = nil, crashes: Int? = nil) throws -> JobRecord {
        try apply(
            JobTransition(
                job: job.id, from: job.state, epoch: job.epoch, to: state, attempt: attempt ?? job.attempt,
                crashes: crashes ?? job.crashes))
    }

    /// Appends points at these steps, with values that tell the step.
    func appendPoints(_ steps: some Sequence<Int>, claim: JobClaim) throws {
        var block = MetricBlock(names: ["generator_loss", "discriminator_loss"])
        for step in steps {
            block.append(
                step: step, wallTime: Timestamp(seconds: 1000 + Double(step)), samplesSeen: step * 10,
                values: [Float(step), -Float(step)])
        }
        try appendMetrics(block, trainingSeconds: Double(block.steps.last ?? 0), claim: claim)
    }
}

extension FileTree {
    static func copy(_ source: String, to destination: String) throws {
        try createFolder(destination)
        for name in try names(in: source) {
            var status = stat()
            guard lstat("\(source)/\(name)", &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                try copy("\(source)/\(name)", to: "\(destination)/\(name)")
            } else {
                try DurableFile.write(try bytes(ofFile: "\(source)/\(name)"), to: "\(destination)/\(name)")
            }
        }
    }

    static func bytes(ofFile path: String) throws -> [UInt8] {
        let file = try ReadableFile(path: path)
        return try file.bytes(at: 0, count: file.size)
    }

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }
}

/// Expects a `StoreError` of a kind, and returns it.
@discardableResult
func expectError<T>(
    _ kind: StoreError.Kind, code: String? = nil, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> T
) -> StoreError? {
    let error = #expect(throws: StoreError.self, sourceLocation: sourceLocation) { _ = try body() }
    #expect(error?.kind == kind, sourceLocation: sourceLocation)
    if let code { #expect(error?.code == code, sourceLocation: sourceLocation) }
    return error
}
