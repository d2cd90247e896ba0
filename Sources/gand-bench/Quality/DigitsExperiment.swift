import Adversarial
import ArgumentParser
import Codecs
import Datasets
import Torch

/// `gand-bench quality mnist`.
struct DigitsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mnist",
        abstract: "Trains on images of digits, or others in classes, for a time, and holds samples against test images."
    )

    @OptionGroup var digits: DigitOptions

    @Option(help: "How long to train, in seconds, unless the spec says how many steps.")
    var seconds = 1_200.0

    @Option(help: "Seed of the run.")
    var seed = 1

    @Option(help: "Threads of the engine.")
    var threads = Machine.cores

    @Flag(inversion: .prefixedNo, help: "Whether samples are judged at the end, and not the training's verdicts alone.")
    var judged = true

    @Option(help: "A job's body without its dataset, as JSON: what to train other than the auto preset.")
    var spec = "{}"

    @Option(help: "Where the figures go, as JSON.")
    var json: String?

    @Option(help: "Where 10,000 samples go, as uint8 NPY [n, height, width, channels].")
    var samples: String?

    func run() throws {
        try Engine.checkVersions()
        try Engine.setThreads(threads)
        try TemporaryFolder.with { folder in
            try DigitsExperiment(archives: DigitArchives(digits, folder: folder), command: self).run()
        }
    }
}

/// One training on digits, judged by a classifier that never saw it.
struct DigitsExperiment {
    private let archives: DigitArchives
    private let command: DigitsCommand
    /// Steps of the judging classifier.
    private static let judgeSteps = 3_000
    /// Samples and test images that the Fréchet distance is taken of.
    private static let distanceItems = 10_000
    /// Samples and test images whose neighbourhoods are compared.
    private static let neighbourItems = 3_000

    init(archives: DigitArchives, command: DigitsCommand) {
        self.archives = archives
        self.command = command
    }

    func run() throws {
        let trainer = try trainer()
        let watch = try WatchedTraining.run(trainer, on: archives.training) { report, _ in
            let figures = ["fid_own_features", "real/fid_own_features", "precision", "recall", "coverage"]
                .compactMap { name in report[name].map { "\(name) \(Figures.rounded($0, 3))" } }
            Figures.say("step \(report.step): " + figures.joined(separator: ", "))
        }
        Figures.say(
            "\(trainer.step) steps in \(Figures.rounded(watch.seconds, 0)) s "
                + "(\(Figures.percent(watch.watching / watch.seconds)) of them watching); \(Figures.text(watch.verdicts))"
        )
        let last = try trainer.snapshot()
        let best = watch.best ?? last
        if let path = command.samples {
            let block = try samples(of: best)
            let header = NPYHeader(element: .uint8, shape: [block.count] + block.itemShape)
            try DurableFile.write(header.bytes + Self.pixels(block), to: path)
        }
        if command.judged { try judge(best: best, last: last, trainer, watch) }
    }

    private func samples(of snapshot: ModelSnapshot) throws -> SampleBlock {
        let wish = SampleRequest(count: Self.distanceItems, seed: UInt64(command.seed))
        return try Sampler(snapshot).samples(wish, range: 0..<wish.count)
    }

    private static func pixels(_ block: SampleBlock) -> [UInt8] {
        guard case .bytes(let pixels) = block.values else { preconditionFailure("digits are images") }
        return pixels
    }

    /// Samples as networks see them, `[count, channels, height, width]` in -1...1.
    private func items(of snapshot: ModelSnapshot) throws -> Tensor {
        let block = try samples(of: snapshot)
        let bytes = try Tensor(bytes: Self.pixels(block), shape: [block.count] + block.itemShape, dtype: .uint8)
        return try (bytes.cast(to: .float32) / 127.5 - 1).permuted([0, 3, 1, 2])
    }

    private func trainer() throws -> Trainer {
        let limits = MachineLimits(
            memoryBytes: .max, cores: command.threads, threadsPerJob: command.threads,
            hasLowPrecision: Precision.isLowFast)
        let body = try JSON(parsing: Array(command.spec.utf8))
        var members = [JSON.Member(name: "dataset_id", value: "ds_bench")]
        members.append(JSON.Member(name: "seed", value: .integer(Int64(command.seed))))
        var given = body.object ?? []
        if body["training"]?["steps"] == nil {
            let training =
                (body["training"]?.object ?? []) + [.init(name: "max_seconds", value: .number(command.seconds))]
            given.removeAll { $0.name == "training" }
            given.append(JSON.Member(name: "training", value: .object(training)))
        }
        let manifest = archives.training.manifest
        var spec = try SpecResolver.resolve(.object(members + given), dataset: manifest, machine: limits).spec
        if spec.training.length.steps == nil {
            spec = spec.planning(steps: Int(command.seconds / (try secondsPerStep(spec))))
        }
        Figures.say("spec " + String(decoding: spec.json.bytes, as: UTF8.self))
        return try Trainer(spec: spec, dataset: archives.training)
    }

    /// What a step takes, by a training that is thrown away, as the server measures it for a job that time ends.
    private func secondsPerStep(_ spec: ResolvedSpec) throws -> Double {
        let trainer = try Trainer(spec: spec, dataset: archives.training)
        let clock = ContinuousClock()
        _ = try trainer.advance()
        let start = clock.now
        var steps = 0
        while start.duration(to: clock.now) < .seconds(5) {
            _ = try trainer.advance()
            steps += 1
        }
        return start.duration(to: clock.now) / .seconds(1) / Double(max(1, steps))
    }

    private func judge(
        best: ModelSnapshot, last: ModelSnapshot, _ trainer: Trainer, _ watch: WatchedTraining
    ) throws {
        let (classifier, accuracy) = try archives.classifier(steps: Self.judgeSteps)
        let test = try archives.testItems(Self.distanceItems).items
        let training = try archives.judgeItems(Self.distanceItems).items
        let reference = try classifier.features(of: test)
        let near = try Neighbourhood(reference.narrowed(dimension: 0, start: 0, length: Self.neighbours(test)))
        let expected = archives.classShares
        func figures(_ items: Tensor) throws -> [(String, Double)] {
            let features = try classifier.features(of: items)
            let report = try near.report(of: features.narrowed(dimension: 0, start: 0, length: Self.neighbours(items)))
            var shares = [Double](repeating: 0, count: expected.count)
            for found in try classifier.classes(of: items) { shares[found] += 1 / Double(items.shape[0]) }
            let distance = zip(shares, expected).reduce(0.0) { $0 + abs($1.0 - $1.1) } / 2
            return [
                ("fid_own_features", try FrechetDistance.squared(reference, features)),
                ("precision", report.precision), ("recall", report.recall), ("density", report.density),
                ("coverage", report.coverage), ("class_balance", 1 - distance),
                ("least_class", shares.min() ?? .nan), ("greatest_class", shares.max() ?? .nan),
            ]
        }
        let rows = [
            (name: "what a request gets, step \(best.step)", figures: try figures(items(of: best))),
            (name: "the last step, \(last.step)", figures: try figures(items(of: last))),
            (name: "real images", figures: try figures(training)),
        ]
        Figures.say(
            "judged by a classifier of \(Figures.percent(accuracy)); \(Self.distanceItems) samples, \(test.shape[0]) test "
                + "images; neighbours among \(Self.neighbours(test)) of each")
        for row in rows {
            Figures.say(
                "\(row.name): "
                    + row.figures.map { "\($0.0) \(Figures.rounded($0.1, 4))" }.joined(separator: ", "))
        }
        guard let path = command.json else { return }
        let json: JSON = [
            "experiment": "mnist", "spec": trainer.spec.json, "steps": .integer(Int64(trainer.step)),
            "seconds": .number(watch.seconds), "watching": .number(watch.watching / watch.seconds),
            "verdicts": Figures.json(watch.verdicts), "accuracy": .number(accuracy),
            "figures": .object(
                rows.map { row in
                    JSON.Member(
                        name: row.name,
                        value: .object(row.figures.map { JSON.Member(name: $0.0, value: .number($0.1)) }))
                }),
        ]
        try DurableFile.write(json.bytes, to: path)
    }

    private static func neighbours(_ items: Tensor) -> Int { min(neighbourItems, items.shape[0]) }
}
