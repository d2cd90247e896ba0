import Adversarial
import Codecs
import Datasets
import Dispatch
import HTTPServer
import Jobs
import Logging
import Service
import Store
import Synchronization
import TestSupport
import Testing

/// A service over a store of its own, asked without any socket; its jobs drain when the test lets go of it.
final class ServiceFixture: Sendable {
    private let folder: TemporaryFolder
    private let recorder: StateRecorder
    let store: Store
    let jobs: JobCenter
    let service: Service
    let router: Router

    /// - Parameters:
    ///   - limits: What imports allow.
    ///   - memoryBytes: What a job may take.
    ///   - workers: 0 leaves every job in the queue.
    ///   - disk: Where the data folder goes; nil takes a temporary folder.
    ///   - eventPace: How often streams of events tell of progress.
    ///   - tokens: The tokens of a server that needs one.
    ///   - trainings: What trains.
    init(
        limits: DatasetLimits = DatasetLimits(), memoryBytes: Int = 4 << 30, workers: Int = 1,
        on disk: SmallDisk? = nil,
        eventPace: EventPace = EventPace(), tokens: TokenFile? = nil, datasetQuota: Int? = nil,
        trainings: any TrainingStarter = EngineTrainings()
    ) throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let recorder = StateRecorder()
        self.recorder = recorder
        folder = try TemporaryFolder()
        store = try Store(folder: (disk?.folder ?? folder).path + "/data")
        var configuration = JobsConfiguration(
            workers: workers, machine: MachineLimits(memoryBytes: memoryBytes, cores: 1, threadsPerJob: 1),
            datasetLimits: limits)
        configuration.sampling.threads = 2
        jobs = JobCenter(
            store: store, configuration: configuration, trainings: trainings,
            reportMaker: EngineReports(pictures: ItemPictures()), logger: logger,
            didChange: { recorder.record($0) })
        service = Service(
            store: store, jobs: jobs,
            configuration: ServiceConfiguration(minimumFreeBytes: 0, datasetQuota: datasetQuota),
            access: try AccessControl(file: tokens), eventPace: eventPace, logger: logger)
        router = service.router
        try jobs.recover()
        jobs.start()
    }

    deinit {
        jobs.drain()
        jobs.close()
        try? store.close()
    }

    // MARK: Requests

    func get(_ target: String, _ headers: HTTPHeaders = [:]) throws -> Reply {
        try send(.get, target, headers: headers)
    }

    func post(_ target: String, _ body: JSON? = nil) throws -> Reply {
        try send(.post, target, body: .bytes(body?.bytes ?? []))
    }

    func send(
        _ method: HTTPMethod, _ target: String, headers: HTTPHeaders = [:], body: RequestBody = .none
    ) throws -> Reply {
        let request = try HTTPRequest(method: method, target: target, headers: headers, body: body)
        return Reply(router.respond(to: request))
    }

    /// Sends bytes as an upload, as the server would hand them over.
    func upload(_ bytes: [UInt8], _ query: String = "name=test") throws -> Reply {
        let path = store.temporaryPath("test")
        try DurableFile.write(bytes, to: path)
        return try send(.post, "/v1/datasets?\(query)", body: .file(path: path, size: bytes.count))
    }

    // MARK: Things to work with

    /// Uploads and waits until the file has been read; gives the dataset's id.
    func dataset(_ bytes: [UInt8], _ query: String = "name=test") throws -> String {
        let id = try #require(try upload(bytes, query).json["id"]?.string)
        #expect(jobs.waitForImport(of: id, timeout: 60))
        return id
    }

    func points() throws -> String {
        try dataset(SampleDatasets.pointsTable())
    }

    /// A job's body with networks so small that a step takes no time.
    static func tinySpec(_ dataset: String, steps: Int, _ more: [JSON.Member] = []) -> JSON {
        let hidden: JSON = ["hidden": [8], "activation": "relu"]
        let members: JSON = [
            "dataset_id": .string(dataset), "seed": 7,
            "model": ["architecture": "mlp", "latent_dim": 4, "generator": hidden, "discriminator": hidden],
            "training": ["steps": .integer(Int64(steps)), "batch_size": 16, "discriminator_steps": 1],
        ]
        return .object((members.object ?? []) + more)
    }

    /// Trains to the end; gives the job as the API shows it.
    func trained(_ spec: JSON) throws -> JSON {
        let reply = try post("/v1/jobs", spec)
        let id = try #require(reply.json["id"]?.string, "\(reply.text)")
        return try job(id, after: .succeeded)
    }

    /// Waits for a job's state, and gives it as the API shows it.
    func job(_ id: String, after state: JobState) throws -> JSON {
        recorder.wait(for: id, [state])
        return try get("/v1/jobs/\(id)").json
    }

    /// Waits until a job has ended, however, and gives it as the API shows it.
    func endedJob(_ id: String) throws -> JSON {
        recorder.wait(for: id, [.succeeded, .failed, .stopped])
        return try get("/v1/jobs/\(id)").json
    }
}

/// Says which states jobs come to, and lets a test wait for one.
private final class StateRecorder: Sendable {
    private struct Log {
        var states: [String: Set<JobState>] = [:]
        var waiting: [(job: String, states: Set<JobState>, semaphore: DispatchSemaphore)] = []
    }

    private let log = Mutex(Log())

    func record(_ job: JobRecord) {
        log.withLock { log in
            log.states[job.id, default: []].insert(job.state)
            for waiter in log.waiting where waiter.job == job.id && waiter.states.contains(job.state) {
                waiter.semaphore.signal()
            }
        }
    }

    func wait(for job: String, _ states: Set<JobState>) {
        let semaphore = DispatchSemaphore(value: 0)
        let isThere = log.withLock { log in
            log.waiting.append((job, states, semaphore))
            return !(log.states[job] ?? []).isDisjoint(with: states)
        }
        // Gives up only so that a broken program fails its tests rather than holding them up.
        if !isThere, semaphore.wait(timeout: .now() + 120) == .timedOut {
            Issue.record("job \(job) never was \(states.map(\.rawValue).sorted().joined(separator: " or "))")
        }
    }
}

/// A reply, read to its end.
struct Reply {
    let status: Int
    let response: HTTPResponse
    let bytes: [UInt8]

    init(_ response: HTTPResponse) {
        self.response = response
        status = response.status
        bytes = (try? Self.bytes(of: response.body)) ?? []
    }

    func header(_ name: String) -> String? { response.header(name) }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The body as JSON; null where it is none.
    var json: JSON { (try? JSON(parsing: bytes)) ?? .null }

    /// The places that a problem's `errors` name.
    var places: [String] {
        (json["errors"]?.array ?? []).compactMap { ($0["pointer"] ?? $0["parameter"])?.string }
    }

    private static func bytes(of body: ResponseBody) throws -> [UInt8] {
        switch body {
        case .empty, .omitted: return []
        case .bytes(let bytes): return bytes
        case .file(let path, let offset, let length):
            return try ReadableFile(path: path).bytes(at: offset, count: length)
        case .stream(let stream, _):
            var bytes: [UInt8] = []
            while let next = try stream.next() { bytes += next }
            return bytes
        case .live(let stream):
            var bytes: [UInt8] = []
            while let next = stream.nextBytes() { bytes += next }
            return bytes
        }
    }
}

extension LiveStream {
    /// Waits for the next bytes; nil at the end.
    func nextBytes() -> [UInt8]? {
        let delivered = Mutex<[UInt8]?>(nil)
        let semaphore = DispatchSemaphore(value: 0)
        next { bytes in
            delivered.withLock { $0 = bytes }
            semaphore.signal()
        }
        // Gives up only so that a broken program fails its tests rather than holding them up.
        if semaphore.wait(timeout: .now() + 60) == .timedOut { Issue.record("the stream is silent") }
        return delivered.withLock { $0 }
    }
}

/// Expects problem+json with every member the contract names.
func expectProblem(
    _ reply: Reply, _ status: Int, _ code: String? = nil, places: [String]? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(reply.status == status, "\(reply.text)", sourceLocation: sourceLocation)
    #expect(reply.header("Content-Type") == "application/problem+json", sourceLocation: sourceLocation)
    let names = ["type", "title", "status", "detail", "code", "request_id"]
    #expect(
        reply.json.object?.map(\.name).filter { $0 != "errors" }.sorted() == names.sorted(),
        sourceLocation: sourceLocation)
    #expect(reply.json["status"]?.integer == Int64(status), sourceLocation: sourceLocation)
    if let code { #expect(reply.json["code"]?.string == code, "\(reply.text)", sourceLocation: sourceLocation) }
    if let places { #expect(reply.places == places, "\(reply.text)", sourceLocation: sourceLocation) }
}
