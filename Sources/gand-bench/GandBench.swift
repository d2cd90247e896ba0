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
            QualityCommand.self, CurveCommand.self, TableCommand.self, ImportCommand.self,
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

    @OptionGroup var arithmetic: Arithmetic

    func run() throws {
        try Engine.checkVersions()
        try Engine.setThreads(threads)
        let trainer = try workload.trainer(
            threads: threads, freshFakes: !reused, usesGraph: graph, arithmetic: arithmetic)
        try Turns.serve { steps in
            var last: [Float] = []
            let before = Allocations.now
            for _ in 0..<steps { last = try trainer.advance().values }
            return zip(Synthesis.metrics.map(\.name), last).map { ($0, Double($1)) }
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

    @Option(help: "Of the factors: fp32 or bf16.")
    var precision = Precision.fp32

    @Option(help: "What holds the matrices: cpu, cuda:0 and so on.", transform: Arithmetic.device)
    var device = Device.cpu

    /// Rows and columns of both factors.
    private static let side = 2048

    func run() throws {
        try Engine.checkVersions()
        try Engine.setThreads(threads)
        let generator = try RandomSource(seed: 1)
        let type: DType = precision == .bf16 ? .bfloat16 : .float32
        func matrix() throws -> Tensor {
            try Tensor.normal([Self.side, Self.side], generator: generator).cast(to: type).moved(to: device)
        }
        let (left, right) = (try matrix(), try matrix())
        try Turns.serve { count in
            var last: Tensor?
            for _ in 0..<count { last = try left.matmul(right) }
            // A device works through what it was told of later on.
            _ = try last?.narrowed(dimension: 0, start: 0, length: 1).narrowed(dimension: 1, start: 0, length: 1)
                .floats()
            return [("gflop", 2 * Double(Self.side * Self.side * Self.side) / 1e9)]
        }
    }
}
