import Adversarial
import Codecs
import Dispatch
import Jobs
import Store
import Synchronization
import Torch

/// A clock that fake trainings move.
final class TestClock: Sendable {
    private let time = Mutex(0.0)

    var monotonic: MonotonicClock { MonotonicClock { [self] in time.withLock { $0 } } }

    func advance(_ seconds: Double) { time.withLock { $0 += seconds } }
}

/// What a test waited for didn't come.
struct WaitedInVain: Error {}

extension DispatchSemaphore {
    /// Waits for what must come; gives up only so that a broken program fails its tests rather than holding them up.
    func waitForTest() throws {
        guard wait(timeout: .now() + 60) == .success else { throw WaitedInVain() }
    }
}

/// Lets trainings go step by step, as a test says.
final class StepGate: Sendable {
    private let permits = DispatchSemaphore(value: 0)
    private let arrivals = DispatchSemaphore(value: 0)
    private let isOpen = Atomic(false)

    /// A gate that holds nobody up.
    static var opened: StepGate {
        let gate = StepGate()
        gate.open()
        return gate
    }

    /// Called before a step.
    func pass() {
        arrivals.signal()
        if !isOpen.load(ordering: .acquiring) { permits.wait() }
    }

    /// Lets one training do that many steps, and waits until it is about to do the next: it has written what was due.
    func run(_ count: Int) throws {
        for _ in 0..<count {
            try arrivals.waitForTest()
            permits.signal()
        }
        try arrivals.waitForTest()
        arrivals.signal()
    }

    /// Waits until so many trainings are about to do a step.
    func waitForArrivals(_ count: Int) throws {
        for _ in 0..<count { try arrivals.waitForTest() }
        for _ in 0..<count { arrivals.signal() }
    }

    /// Lets everything through from now on.
    func open() {
        isOpen.store(true, ordering: .releasing)
        for _ in 0..<64 { permits.signal() }
    }
}

/// Trainings without an engine: each step folds its number into a digest, so that what was trained can be told from it.
final class FakeTrainings: TrainingStarter {
    enum Fault: Sendable {
        case notFinite
        /// Not finite the first time only.
        case notFiniteOnce
        /// Losses of so much, without anything else being wrong.
        case loss(Float)
        case failure(JobFailure)
    }

    let clock: TestClock
    /// Every step waits here; `nil` lets them run.
    let gate: StepGate?
    let secondsPerStep: Double
    /// Seconds of a step on so many threads, where they aren't `secondsPerStep`.
    let secondsOnThreads: [Int: Double]
    /// What a step's time is multiplied by after a number of steps.
    let slowness: (from: Int, factor: Double)
    /// What a step's time is multiplied by with a product; all others the machine hasn't.
    private let products: Mutex<[MatrixProduct: Double]>
    /// What is measured at a step; `nil` where nothing is.
    let evaluations: @Sendable (Int) throws -> Evaluation?
    private let ends = DispatchSemaphore(value: 0)
    private let faults: Mutex<[Int: Fault]>
    private let plans = Mutex<[(step: Int, planned: Int)]>([])
    private let log = Mutex<(begun: [Int], alive: Int, mostAlive: Int)>(([], 0, 0))

    init(
        clock: TestClock, gate: StepGate? = nil, secondsPerStep: Double = 0.125,
        secondsOnThreads: [Int: Double] = [:], slownessOfProducts: [MatrixProduct: Double] = [:],
        faults: [Int: Fault] = [:], slowness: (from: Int, factor: Double) = (0, 1),
        evaluations: @escaping @Sendable (Int) throws -> Evaluation? = { _ in nil }
    ) {
        self.evaluations = evaluations
        self.slowness = slowness
        self.clock = clock
        self.gate = gate
        self.secondsPerStep = secondsPerStep
        self.secondsOnThreads = secondsOnThreads
        products = Mutex(slownessOfProducts)
        self.faults = Mutex(faults)
    }

    /// What was planned anew, and at which steps.
    var planned: [(step: Int, planned: Int)] { plans.withLock { $0 } }

    fileprivate func note(plan steps: Int, at step: Int) { plans.withLock { $0.append((step, steps)) } }

    /// The steps at which trainings began.
    var begun: [Int] { log.withLock { $0.begun } }
    /// The most trainings that were alive at once.
    var mostAlive: Int { log.withLock { $0.mostAlive } }

    func fault(at step: Int) -> Fault? {
        faults.withLock { faults in
            let fault = faults[step]
            if case .notFiniteOnce = fault { faults[step] = nil }
            return fault
        }
    }

    /// What a step's time is multiplied by with a product; all others the machine hasn't.
    var slownessOfProducts: [MatrixProduct: Double] {
        get { products.withLock { $0 } }
        set { products.withLock { $0 = newValue } }
    }

    func mend() { faults.withLock { $0 = [:] } }

    func begin(spec: ResolvedSpec, dataset: String, checkpoint: String?) throws -> any TrainingRun {
        let training = try FakeTraining(self, spec: spec, checkpoint: checkpoint)
        log.withLock { log in
            log.begun.append(training.step)
            log.alive += 1
            log.mostAlive = max(log.mostAlive, log.alive)
        }
        return training
    }

    func matrixProducts(for spec: ResolvedSpec) -> [MatrixProduct] {
        MatrixProduct.allCases.filter { slownessOfProducts[$0] != nil }
    }

    func didEnd() { ends.signal() }

    /// Waits until a training is over, before its job's end is written.
    func waitForEnd() throws { try ends.waitForTest() }

    fileprivate func trainingEnded() { log.withLock { $0.alive -= 1 } }
}

private final class FakeTraining: TrainingRun {
    private let trainings: FakeTrainings
    private let batchSize: Int
    private let seconds: Double
    private(set) var step = 0
    private var digest = "begin"

    init(_ trainings: FakeTrainings, spec: ResolvedSpec, checkpoint: String?) throws {
        self.trainings = trainings
        batchSize = spec.training.batchSize
        seconds =
            (trainings.secondsOnThreads[spec.threads] ?? trainings.secondsPerStep)
            * (trainings.slownessOfProducts[spec.matrixProduct] ?? 1)
        guard let checkpoint else { return }
        let json = try JSON(parsing: ReadableFile.contents(of: checkpoint + "/weights.safetensors", limit: 1 << 20))
        step = Int(json["step"]?.integer ?? -1)
        digest = json["digest"]?.string ?? ""
    }

    deinit {
        trainings.trainingEnded()
    }

    var samplesSeen: Int { step * batchSize }
    var metrics: [Metric] { Synthesis.metrics }

    func plan(steps: Int) { trainings.note(plan: steps, at: step) }

    func advance() throws -> StepReport {
        trainings.gate?.pass()
        var value = 1 / Float(step + 1)
        switch trainings.fault(at: step + 1) {
        case .notFinite, .notFiniteOnce: value = .nan
        case .loss(let loss): value = loss
        case .failure(let failure): throw failure
        case nil: break
        }
        trainings.clock.advance(seconds * (step < trainings.slowness.from ? 1 : trainings.slowness.factor))
        step += 1
        digest = SHA256.hex(of: Array("\(digest) \(step)".utf8))
        return StepReport(
            step: step, samplesSeen: samplesSeen, figures: MetricValues(metrics, metrics.map { _ in value }))
    }

    func writeCheckpoint(to folder: String) throws -> JSON {
        let json: JSON = ["step": .integer(Int64(step)), "digest": .string(digest)]
        try DurableFile.write(json.bytes, to: folder + "/weights.safetensors")
        return json
    }

    func snapshot() throws -> ModelSnapshot? { nil }
    var isMeasured: Bool { true }
    func evaluate(shouldStop: () -> Bool) throws -> Evaluation? { try trainings.evaluations(step) }
}
