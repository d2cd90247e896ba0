import Adversarial
import Codecs
import Datasets
import Torch

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
            let runs = try options.seeds.results(of: Array(options.seeds.numbers)) { seed in
                let run = try train(seed: seed, on: folder, manifest)
                Figures.say(Self.line(run))
                return run
            }
            Figures.say("\n" + table(runs))
            if let path = options.json { try DurableFile.write(json(runs).bytes, to: path) }
        }
    }

    private func train(seed: Int, on folder: String, _ manifest: DatasetManifest) throws -> Run {
        let limits = MachineLimits(
            memoryBytes: .max, cores: 1, threadsPerJob: 1, hasLowPrecision: Precision.isLowFast)
        let body = try JSON(parsing: Array(options.spec.utf8))
        let members: JSON = ["dataset_id": "ds_bench", "seed": .integer(Int64(seed))]
        let request = JSON.object((members.object ?? []) + (body.object ?? []))
        let spec = try SpecResolver.resolve(request, dataset: manifest, machine: limits).spec
        let dataset = try Dataset(opening: folder)
        let trainer = try Trainer(spec: spec, dataset: dataset)
        let watch = try WatchedTraining.run(trainer, on: dataset)
        let wish = SampleRequest(count: Self.samples, seed: UInt64(seed))
        let block = try Sampler(trainer.snapshot()).samples(wish, range: 0..<Self.samples)
        guard case .floats(let points) = block.values else { preconditionFailure("a mixture's samples are points") }
        return Run(
            seed: seed, report: mixture.coverage.report(of: points), steps: trainer.step, seconds: watch.seconds,
            watching: watch.watching / watch.seconds, verdicts: watch.verdicts)
    }

    // MARK: Figures

    private static func line(_ run: Run) -> String {
        let report = run.report
        return "seed \(run.seed): \(report.modes) modes, high quality \(Figures.percent(report.highQualityShare)), "
            + "KL \(Figures.rounded(report.divergence, 4)), spread \(Figures.rounded(report.spread, 3)), "
            + "\(run.steps) steps in \(Figures.rounded(run.seconds, 0)) s (\(Figures.percent(run.watching)) of them watching); "
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
            Figures.meanAndError(runs.map { value($0.report) }, digits)
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
}
