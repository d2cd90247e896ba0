import Adversarial
import ArgumentParser
import Torch

/// The benchmark's command line: how fast this product trains, measured without server, store and queue.
///
/// `make bench` runs it in turns with PyTorch's program, which stands in `peers/`.
@main
struct GandBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gand-bench",
        abstract: "Measures training speed: steps of a workload, data in memory.",
        subcommands: [
            TrainCommand.self, MultiplyCommand.self, ForwardCommand.self, ScalingCommand.self, AgreementCommand.self,
            QualityCommand.self, CurveCommand.self,
        ])
}

/// `gand-bench train`.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a workload.",
        discussion: """
            For each line "run N" on standard input it trains N steps and answers with one line of JSON. By hand:
            echo run 100 | gand-bench train ring
            """)

    @Argument(help: "One of \(Workload.allCases.map(\.rawValue).joined(separator: ", ")).")
    var workload: Workload

    @Option(help: "Threads of the engine.")
    var threads = Machine.cores

    @Flag(help: "The generator's update takes the fakes that the discriminator has just been shown.")
    var reused = false

    @Flag(help: "Perceptrons too are trained with a gradient graph.")
    var graph = false

    func run() throws {
        try Engine.checkVersions()
        try Engine.setThreads(threads)
        let trainer = try workload.trainer(threads: threads, freshFakes: !reused, usesGraph: graph)
        try Turns.serve { steps in
            var last: [Float] = []
            let before = Allocations.now
            for _ in 0..<steps { last = try trainer.advance().values }
            return zip(Trainer.metricNames, last).map { ($0, Double($1)) }
                + Allocations.now.since(before, rounds: steps)
        }
    }
}

/// `gand-bench multiply`.
struct MultiplyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "multiply",
        abstract: "Multiply two matrices of 2048×2048 floats: the rate that the machine itself reaches.",
        discussion: "For each line \"run N\" on standard input it multiplies N times and answers with one line of JSON."
    )

    @Option(help: "Threads of the engine.")
    var threads = Machine.cores

    /// Rows and columns of both factors.
    private static let side = 2048

    func run() throws {
        try Engine.checkVersions()
        try Engine.setThreads(threads)
        let generator = try Generator(seed: 1)
        let left = try Tensor.normal([Self.side, Self.side], generator: generator)
        let right = try Tensor.normal([Self.side, Self.side], generator: generator)
        try Turns.serve { count in
            for _ in 0..<count { _ = try left.matmul(right) }
            return [("gflop", 2 * Double(Self.side * Self.side * Self.side) / 1e9)]
        }
    }
}
