import Adversarial
import ArgumentParser
import Codecs
import Datasets
import Dispatch
import Glibc
import Synchronization

/// `gand-bench quality`.
struct QualityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quality",
        abstract: "Repeats published experiments over several seeds and prints our row beside the published ones.",
        subcommands: [RingCommand.self, GridCommand.self])
}

/// `gand-bench quality ring`.
struct RingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ring", abstract: "Eight Gaussians on a circle, PacGAN's protocol.")

    @OptionGroup var options: MixtureOptions

    func run() throws { try MixtureExperiment(.ring, options).run() }
}

/// `gand-bench quality grid`.
struct GridCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grid", abstract: "Twenty-five Gaussians on a grid, PacGAN's protocol.")

    @OptionGroup var options: MixtureOptions

    func run() throws { try MixtureExperiment(.grid, options).run() }
}

/// What both experiments on mixtures take.
struct MixtureOptions: ParsableArguments {
    @Option(help: "Runs, of seeds that follow one another.")
    var seeds = 10

    @Option(help: "Seed of the first run.")
    var firstSeed = 1

    @Option(help: "Runs at a time, one thread each.")
    var jobs = Machine.cores

    @Option(
        help:
            "A job's body without its dataset, as JSON: what to train other than the auto preset with the published batch."
    )
    var spec = #"{"training":{"batch_size":100}}"#

    @Option(help: "Where the figures go, as JSON.")
    var json: String?
}

/// Trains on a mixture once for each seed and counts modes among 2,500 samples.
struct MixtureExperiment {
    private let mixture: Mixture
    private let options: MixtureOptions
    private static let samples = 2_500
    /// A tenth of the items is held out, at most 10,000: 100,000 are left to train on, as published.
    private static let items = 110_000

    struct Run: Sendable {
        let seed: Int
        let report: ModeCoverage.Report
        let steps: Int
        let seconds: Double
        /// Share of the time that monitor and evaluations took.
        let watching: Double
        /// The verdicts in turn, each with the step at which it began.
        let verdicts: [Health]
    }

    init(_ mixture: Mixture, _ options: MixtureOptions) {
        self.mixture = mixture
        self.options = options
    }

    func run() throws {
        try TemporaryFolder.with { folder in
            let upload = folder + "/upload"
            try DurableFile.write(mixture.csv(count: Self.items, seed: 2018), to: upload)
            let manifest = try DatasetImporter.importDataset(
                upload: upload, into: folder, kind: nil, limits: DatasetLimits(), shouldStop: { false })
            let outcomes = Mutex<[Result<Run, any Error>]>([])
            let width = max(1, min(options.jobs, options.seeds))
            let next = Atomic(0)
            DispatchQueue.concurrentPerform(iterations: width) { _ in
                while true {
                    let index = next.add(1, ordering: .relaxed).oldValue
                    guard index < options.seeds else { return }
                    let outcome = Result { try train(seed: options.firstSeed + index, on: folder, manifest) }
                    if case .success(let run) = outcome { say(Self.line(run)) }
                    outcomes.withLock { $0.append(outcome) }
                }
            }
            let runs = try outcomes.withLock { try $0.map { try $0.get() } }.sorted { $0.seed < $1.seed }
            say("")
            say(table(runs))
            if let path = options.json { try DurableFile.write(json(runs).bytes, to: path) }
        }
    }

    private func train(seed: Int, on folder: String, _ manifest: DatasetManifest) throws -> Run {
        let limits = MachineLimits(memoryBytes: .max, cores: 1, threadsPerJob: 1)
        let body = try JSON(parsing: Array(options.spec.utf8))
        let members: JSON = ["dataset_id": "ds_bench", "seed": .integer(Int64(seed))]
        let request = JSON.object((members.object ?? []) + (body.object ?? []))
        let spec = try SpecResolver.resolve(request, dataset: manifest, machine: limits).spec
        let dataset = try Dataset(opening: folder)
        let trainer = try Trainer(spec: spec, dataset: dataset)
        let steps = spec.training.length.steps ?? 1
        var watch = try Watch(spec, dataset)
        let clock = ContinuousClock()
        let start = clock.now
        while trainer.step < steps { try watch.look(at: trainer, after: trainer.advance()) }
        let seconds = start.duration(to: clock.now) / .seconds(1)
        let wish = SampleRequest(count: Self.samples, seed: UInt64(seed))
        let block = try Sampler(trainer.snapshot()).samples(wish, range: 0..<Self.samples)
        guard case .points(let points) = block.values else { preconditionFailure("a mixture's samples are points") }
        return Run(
            seed: seed, report: mixture.coverage.report(of: points), steps: steps, seconds: seconds,
            watching: watch.seconds / seconds, verdicts: watch.verdicts)
    }

    /// The monitor and the evaluations of a job, as its worker runs them.
    private struct Watch {
        private var monitor: HealthMonitor
        private let evaluator: QualityEvaluator?
        private let everySteps: Int
        private let clock = ContinuousClock()
        private(set) var seconds = 0.0
        private(set) var verdicts: [Health]

        init(_ spec: ResolvedSpec, _ dataset: Dataset) throws {
            monitor = HealthMonitor(
                thresholds: spec.health, plannedSteps: spec.training.length.plannedSteps,
                isMeasured: QualityEvaluator.canMeasure(dataset.manifest))
            evaluator = try QualityEvaluator.make(for: dataset)
            everySteps = spec.evaluation.everySteps
            verdicts = [monitor.health]
        }

        mutating func look(at trainer: Trainer, after report: StepReport) throws {
            let start = clock.now
            if monitor.observe(report) { verdicts.append(monitor.health) }
            if let evaluator, report.step.isMultiple(of: everySteps) {
                let quality = try trainer.evaluate(with: evaluator)
                let gap = try trainer.overfittingGap(with: evaluator)
                if monitor.observe(quality, gap: gap) { verdicts.append(monitor.health) }
            }
            seconds += start.duration(to: clock.now) / .seconds(1)
        }
    }

    // MARK: Figures

    private static func line(_ run: Run) -> String {
        let report = run.report
        return "seed \(run.seed): \(report.modes) modes, high quality \(percent(report.highQualityShare)), "
            + "KL \(rounded(report.divergence, 4)), spread \(rounded(report.spread, 3)), "
            + "\(run.steps) steps in \(rounded(run.seconds, 0)) s (\(percent(run.watching)) of them watching); "
            + run.verdicts.map { "\($0.verdict.rawValue) at \($0.sinceStep)" }.joined(separator: ", ")
    }

    /// PacGAN Table 1, means of 10 trials and their standard errors.
    private var published: [(name: String, figures: String)] {
        switch mixture {
        case .ring:
            [
                ("GAN", "6.3±0.5 | 98.2±0.2 | 0.45±0.09"), ("ALI", "6.6±0.3 | 97.6±0.4 | 0.36±0.04"),
                ("PacGAN2", "7.9±0.1 | 95.6±2.0 | 0.07±0.03"), ("PacGAN3", "7.8±0.1 | 97.7±0.3 | 0.10±0.02"),
                ("PacGAN4", "7.8±0.1 | 95.9±1.4 | 0.07±0.02"),
            ]
        case .grid:
            [
                ("GAN", "17.3±0.8 | 94.8±0.7 | 0.70±0.07"), ("ALI", "24.1±0.4 | 95.7±0.6 | 0.14±0.03"),
                ("PacGAN2", "23.8±0.7 | 91.3±0.8 | 0.13±0.04"), ("PacGAN3", "24.6±0.4 | 94.2±0.4 | 0.06±0.02"),
                ("PacGAN4", "24.8±0.2 | 93.6±0.6 | 0.04±0.01"),
            ]
        }
    }

    private func table(_ runs: [Run]) -> String {
        var lines = [
            "| \(mixture.rawValue) | modes of \(mixture.centres.count) | high quality, % | KL | spread | steps |",
            "|---|---|---|---|---|---|",
        ]
        lines += published.map { "| \($0.name) | \($0.figures) | not reported | 400,000 |" }
        func figure(_ digits: Int, _ value: (ModeCoverage.Report) -> Double) -> String {
            let values = runs.map { value($0.report) }
            return "\(Self.rounded(mean(values), digits))±\(Self.rounded(standardError(values), digits))"
        }
        let steps = Set(runs.map(\.steps)).sorted().map(String.init).joined(separator: ", ")
        lines.append(
            "| gand, \(runs.count) seeds | \(figure(1) { Double($0.modes) }) | \(figure(1) { $0.highQualityShare * 100 }) "
                + "| \(figure(4) { $0.divergence }) | \(figure(3) { $0.spread }) | \(steps) |")
        return lines.joined(separator: "\n")
    }

    private func json(_ runs: [Run]) -> JSON {
        [
            "experiment": .string(mixture.rawValue), "spec": .string(options.spec),
            "runs": .array(
                runs.map { run in
                    [
                        "seed": .integer(Int64(run.seed)), "modes": .integer(Int64(run.report.modes)),
                        "high_quality": .number(run.report.highQualityShare), "kl": .number(run.report.divergence),
                        "spread": .number(run.report.spread), "steps": .integer(Int64(run.steps)),
                        "seconds": .number(run.seconds), "watching": .number(run.watching),
                        "verdicts": .array(
                            run.verdicts.map {
                                ["verdict": .string($0.verdict.rawValue), "since_step": .integer(Int64($0.sinceStep))]
                            }),
                    ]
                }),
        ]
    }

    private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }

    private func standardError(_ values: [Double]) -> Double {
        guard values.count > 1 else { return 0 }
        let mean = mean(values)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
        return (variance / Double(values.count)).squareRoot()
    }

    private static func percent(_ share: Double) -> String { rounded(share * 100, 1) + " %" }

    private static func rounded(_ value: Double, _ digits: Int) -> String {
        let scale = pow(10, Double(digits))
        let text = "\((value * scale).rounded() / scale)"
        return digits == 0 ? String(text.prefix { $0 != "." }) : text
    }

    /// Prints at once, whoever reads.
    private func say(_ text: String) {
        print(text)
        fflush(nil)
    }
}
