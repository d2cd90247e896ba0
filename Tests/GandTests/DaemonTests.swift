import Codecs
import Dispatch
import Glibc
import HTTPServer
import Logging
import Store
import Synchronization
import TestSupport
import Testing

@testable import gand

@Suite struct DaemonTests {
    /// What a crash left is set right before a client can be told of it, or change it.
    @Test func nobodyIsAnsweredBeforeRecovery() throws {
        let folder = try TemporaryFolder()
        let id = try crashed(folder.file("data"))
        let port = try freePort()
        let answers = Answers(port: port)
        let loader = SettingsLoader(
            flags: [
                .listen: ["127.0.0.1:\(port)"], .adminListen: ["none"], .dataDirectory: [folder.file("data")],
                .threadsPerJob: ["1"],
            ], environment: [:], filePath: nil, cores: 1)
        let daemon = try Daemon(
            settings: loader.load().settings, logger: Logger(label: "test") { _ in answers },
            requestLog: RequestLog(level: SharedLogLevel(.critical), output: LogOutput(.json)))
        #expect(answers.statuses == [nil])
        let job = try PlainClient(port: port).send("GET", "/v1/jobs/\(id)")
        #expect(try JSON(parsing: job.body)["state"] == "stopped")
        daemon.stop()
    }

    /// A data folder whose job was being stopped as the process died.
    private func crashed(_ path: String) throws -> String {
        let store = try Store(folder: path)
        let upload = store.temporaryPath("upload")
        try DurableFile.write(Array("x,y\n1,2\n".utf8), to: upload)
        let dataset = try store.createDataset(
            name: "ring", requestedKind: "auto", upload: upload, bytes: 8, sha256: "ab")
        _ = try store.finishDataset(
            dataset.id, .ready(kind: "points", items: 1, schema: [:], problems: [], problemCount: 0))
        var job = try store.createJob(
            NewJob(name: "ring", datasetID: dataset.id, requested: [:], resolved: [:], priority: 0))
        for state in [JobState.running, .stopping] {
            job = try store.apply(
                JobTransition(
                    job: job.id, from: job.state, epoch: job.epoch, to: state, attempt: job.attempt, crashes: 0))
        }
        try store.close()
        return job.id
    }

    /// A port that nothing listens on.
    private func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 ? getsockname(descriptor, address, &length) : -1
            }
        }
        try #require(code == 0)
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// A log that asks the server whenever a job has been recovered.
private final class Answers: LogHandler {
    private let port: Int
    private let log = Mutex<[Int?]>([])

    init(port: Int) {
        self.port = port
    }

    /// What it was answered; nil where nobody listened.
    var statuses: [Int?] { log.withLock { $0 } }

    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        guard event.message == "recovered a job whose worker died" else { return }
        let status = try? PlainClient(port: port).send("GET", "/livez").status
        log.withLock { $0.append(status) }
    }
}
