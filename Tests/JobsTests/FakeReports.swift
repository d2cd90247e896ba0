import Codecs
import Jobs
import Store
import Synchronization

/// Reports without an engine: so many parts as they say, each behind a gate.
final class FakeReports: ReportMaker {
    /// Every part waits here; `nil` lets them run.
    private let gate: StepGate?
    private let failure: JobFailure?
    private let log = Mutex<(made: [String], alive: Int, mostAlive: Int)>(([], 0, 0))

    init(gate: StepGate? = nil, failure: JobFailure? = nil) {
        self.gate = gate
        self.failure = failure
    }

    /// The reports that were begun, in their order.
    var made: [String] { log.withLock { $0.made } }
    /// The most reports that were made at once.
    var mostAlive: Int { log.withLock { $0.mostAlive } }

    func make(
        _ report: ReportRecord, checkpoint: String, dataset: String, onPart: () throws -> Void
    ) throws -> MadeReport {
        log.withLock { log in
            log.made.append(report.id)
            log.alive += 1
            log.mostAlive = max(log.mostAlive, log.alive)
        }
        defer { log.withLock { $0.alive -= 1 } }
        for _ in 0..<report.total {
            gate?.pass()
            try onPart()
        }
        if let failure { throw failure }
        _ = try ReadableFile.contents(of: checkpoint + "/manifest.json", limit: 1 << 20)
        return MadeReport(result: ["score": 0.5], picture: [1, 2])
    }

    func didEnd() {}
}
