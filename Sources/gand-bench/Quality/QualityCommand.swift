import ArgumentParser
import Dispatch
import Synchronization

/// `gand-bench quality`.
struct QualityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quality",
        abstract: "Repeats published experiments over several seeds and prints our row beside the published ones.",
        subcommands: [RingCommand.self, GridCommand.self, DigitsCommand.self, StackedDigitsCommand.self])
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
    @OptionGroup var seeds: SeedOptions

    @Option(
        help: ArgumentHelp(
            "A job's body without its dataset, as JSON, instead of the auto preset with the published batch and with its own."
        )
    )
    var spec: [String] = []

    @Option(help: "Where the figures go, as JSON.")
    var json: String?
}

/// Which runs an experiment consists of.
struct SeedOptions: ParsableArguments {
    @Option(help: "Runs, of seeds that follow one another.")
    var seeds = 10

    @Option(help: "Seed of the first run.")
    var firstSeed = 1

    @Option(help: "Runs at a time, one thread each.")
    var jobs = Machine.cores

    /// The seeds in turn.
    var numbers: Range<Int> { firstSeed..<firstSeed + max(0, seeds) }

    /// Runs a body for each of several runs, a few at a time.
    ///
    /// - Returns: what the bodies returned, in the order of the runs.
    func results<Run: Sendable, Outcome: Sendable>(of runs: [Run], _ body: @Sendable (Run) throws -> Outcome) throws
        -> [Outcome]
    {
        let outcomes = Mutex<[Int: Result<Outcome, any Error>]>([:])
        let next = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: max(1, min(jobs, runs.count))) { _ in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < runs.count else { return }
                let outcome = Result { try body(runs[index]) }
                outcomes.withLock { $0[index] = outcome }
            }
        }
        return try outcomes.withLock { outcomes in try outcomes.sorted { $0.key < $1.key }.map { try $0.value.get() } }
    }
}
