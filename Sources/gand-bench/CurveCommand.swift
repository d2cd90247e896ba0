import Adversarial
import ArgumentParser
import Codecs
import Dispatch
import Glibc
import Store
import Synchronization

/// `gand-bench curve`.
struct CurveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "curve",
        abstract: "Poll the curve of a long job.",
        discussion: """
            Makes a data folder with one job of so many points, as a server would have written them, unless it is there
            already; then polls 1,000 points of all of it and prints how long that took and how much memory grew. A server
            started on the folder shows the same job.
            """)

    @Option(help: "Points of the curve.")
    var points = 10_000_000

    @Option(help: "The data folder.")
    var dataDir: String

    @Option(help: "Polls.")
    var polls = 1000

    @Option(help: "Threads that poll.")
    var threads = 2

    func run() throws {
        let store = try Store(folder: dataDir)
        let job = try existingJob(store) ?? fill(store)
        let before = residentBytes()
        let clock = ContinuousClock()
        let durations = Mutex<[Double]>([])
        let failures = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: threads) { _ in
            for _ in 0..<polls / threads {
                let start = clock.now
                do {
                    let curve = try store.curve(of: job, CurveRequest(maximumPoints: 1000))
                    if curve.sourcePoints != points || curve.steps.count < 900 { failures.withLock { $0 += 1 } }
                } catch {
                    failures.withLock { $0 += 1 }
                }
                let (seconds, attoseconds) = start.duration(to: clock.now).components
                durations.withLock { $0.append(Double(seconds) * 1000 + Double(attoseconds) / 1e15) }
            }
        }
        let times = durations.withLock { $0 }
        let sorted = times.sorted()
        let result: JSON = [
            "job": .string(job), "points": .integer(Int64(points)), "polls": .integer(Int64(times.count)),
            "first_ms": .number(times.first ?? .nan), "p50_ms": .number(sorted[sorted.count / 2]),
            "p99_ms": .number(sorted[sorted.count * 99 / 100]), "most_ms": .number(sorted.last ?? .nan),
            "memory_grew_bytes": .integer(Int64(residentBytes() - before)),
            "failed": .integer(Int64(failures.withLock { $0 })),
        ]
        print(String(decoding: result.bytes, as: UTF8.self))
        try store.close()
    }

    private func existingJob(_ store: Store) throws -> String? {
        try store.jobs(RecordFilter(), page: PageRequest(limit: 1)).items.first?.id
    }

    private func fill(_ store: Store) throws -> String {
        let upload = store.temporaryPath("upload")
        try DurableFile.write(Array("x,y\n1,2\n".utf8), to: upload)
        let dataset = try store.createDataset(
            name: "points", requestedKind: "points", labels: [:], upload: upload, bytes: 8,
            sha256: SHA256.hex(of: Array("x,y\n1,2\n".utf8)))
        _ = try store.finishDataset(
            dataset.id,
            .ready(kind: "points", items: 1, schema: ["columns": ["x", "y"]], problems: [], problemCount: 0))
        let spec: JSON = ["dataset_id": .string(dataset.id)]
        let queued = try store.createJob(
            NewJob(name: "long", labels: [:], datasetID: dataset.id, requested: spec, resolved: spec, priority: 0))
        let job = try store.apply(
            JobTransition(job: queued.id, from: .queued, epoch: queued.epoch, to: .running, attempt: 0, crashes: 0))
        let names = Synthesis.metrics.map(\.name) + ["steps_per_second"]
        for start in stride(from: 0, to: points, by: 256) {
            var block = MetricBlock(names: names)
            for step in start..<min(points, start + 256) {
                block.append(
                    step: step + 1, wallTime: Timestamp(seconds: 1_772_600_000 + Double(step) / 1000),
                    samplesSeen: step * 64, values: names.indices.map { Float(step % 1000 + $0) })
            }
            try store.appendMetrics(block, trainingSeconds: Double(start) / 1000, claim: job.claim)
        }
        _ = try store.apply(
            JobTransition(
                job: job.id, from: .running, epoch: job.epoch, to: .stopped, attempt: 0, crashes: 0))
        return job.id
    }

    /// The most memory that this process has had resident.
    private func residentBytes() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024
    }
}
