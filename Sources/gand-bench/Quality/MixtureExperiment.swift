import Adversarial
import Codecs
import Datasets
import Torch

/// Trains on a mixture once for each seed and each spec, and counts modes among 2,500 samples of what a request gets by default and of
/// the last step.
struct MixtureExperiment {
    private let mixture: Mixture
    private let options: MixtureOptions
    private static let samples = 2_500
    /// A tenth of the items is held out, at most 10,000: 100,000 are left to train on, as published.
    private static let items = 110_000

    struct Run: Sendable {
        let spec: String
        let seed: Int
        /// Of the checkpoint that a request gets, and the step at which it was made.
        let best: ModeCoverage.Report
        let bestStep: Int
        let last: ModeCoverage.Report
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
            // All runs share the threads: those of one spec needn't wait for the last of the one before.
            let planned = specs.flatMap { spec in options.seeds.numbers.map { (spec, $0) } }
            let runs = try options.seeds.results(of: planned) { spec, seed in
                let run = try train(spec, seed: seed, on: folder, manifest)
                Figures.say(Self.line(run))
                return run
            }
            Figures.say("\n" + table(runs))
            if let path = options.json { try DurableFile.write(json(runs).bytes, to: path) }
        }
    }

    /// The published protocol's batch, and what a job gets that asks for nothing.
    private var specs: [String] {
        options.spec.isEmpty ? [#"{"training":{"batch_size":100}}"#, "{}"] : options.spec
    }

    private func train(_ given: String, seed: Int, on folder: String, _ manifest: DatasetManifest) throws -> Run {
        let limits = MachineLimits(
            memoryBytes: .max, cores: 1, threadsPerJob: 1, hasLowPrecision: Precision.isLowFast)
        let body = try JSON(parsing: Array(given.utf8))
        let members: JSON = ["dataset_id": "ds_bench", "seed": .integer(Int64(seed))]
        let request = JSON.object((members.object ?? []) + (body.object ?? []))
        let spec = try SpecResolver.resolve(request, dataset: manifest, machine: limits).spec
        let dataset = try Dataset(opening: folder)
        let trainer = try Trainer(spec: spec, dataset: dataset)
        let watch = try WatchedTraining.run(trainer, on: dataset)
        let last = try trainer.snapshot()
        let best = watch.best ?? last
        return Run(
            spec: given, seed: seed, best: try report(best, seed), bestStep: best.step, last: try report(last, seed),
            steps: trainer.step, seconds: watch.seconds, watching: watch.watching / watch.seconds,
            verdicts: watch.verdicts)
    }

    private func report(_ snapshot: ModelSnapshot, _ seed: Int) throws -> ModeCoverage.Report {
        let wish = SampleRequest(count: Self.samples, seed: UInt64(seed))
        let block = try Sampler(snapshot).samples(wish, range: 0..<Self.samples)
        guard case .floats(let points) = block.values else { preconditionFailure("a mixture's samples are points") }
        return mixture.coverage.report(of: points)
    }

    // MARK: Figures

    private static func line(_ run: Run) -> String {
        "\(run.spec) seed \(run.seed): \(figures(run.best)) at step \(run.bestStep), \(figures(run.last)) at the last, "
            + "\(run.steps) steps in \(Figures.rounded(run.seconds, 0)) s (\(Figures.percent(run.watching)) of them watching); "
            + run.verdicts.map { "\($0.verdict.rawValue) at \($0.sinceStep)" }.joined(separator: ", ")
    }

    private static func figures(_ report: ModeCoverage.Report) -> String {
        "\(report.modes) modes, high quality \(Figures.percent(report.highQualityShare)), "
            + "KL \(Figures.rounded(report.divergence, 4)), spread \(Figures.rounded(report.spread, 3))"
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
        func row(_ name: String, _ reports: [ModeCoverage.Report], _ steps: [Int]) -> String {
            func figure(_ digits: Int, _ value: (ModeCoverage.Report) -> Double) -> String {
                Figures.meanAndError(reports.map(value), digits)
            }
            let steps = Set([steps.min() ?? 0, steps.max() ?? 0]).sorted().map(String.init).joined(separator: " to ")
            return "| \(name) | \(figure(1) { Double($0.modes) }) | \(figure(1) { $0.highQualityShare * 100 }) "
                + "| \(figure(4) { $0.divergence }) | \(figure(3) { $0.spread }) | \(steps) |"
        }
        for spec in specs {
            let runs = runs.filter { $0.spec == spec }
            let name = "gand, `\(spec)`, \(runs.count) seeds"
            lines.append(row(name + ", what a request gets", runs.map(\.best), runs.map(\.bestStep)))
            lines.append(row(name + ", the last step", runs.map(\.last), runs.map(\.steps)))
        }
        return lines.joined(separator: "\n")
    }

    private func json(_ runs: [Run]) -> JSON {
        func figures(_ report: ModeCoverage.Report, step: Int) -> JSON {
            [
                "step": .integer(Int64(step)), "modes": .integer(Int64(report.modes)),
                "high_quality": .number(report.highQualityShare), "kl": .number(report.divergence),
                "spread": .number(report.spread),
            ]
        }
        return [
            "experiment": .string(mixture.rawValue),
            "runs": .array(
                runs.map { run in
                    [
                        "spec": .string(run.spec), "seed": .integer(Int64(run.seed)),
                        "best": figures(run.best, step: run.bestStep), "last": figures(run.last, step: run.steps),
                        "seconds": .number(run.seconds), "watching": .number(run.watching),
                        "verdicts": .array(
                            run.verdicts.map {
                                ["verdict": .string($0.verdict.rawValue), "since_step": .integer(Int64($0.sinceStep))]
                            }),
                    ]
                }),
        ]
    }
}
