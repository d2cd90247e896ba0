import Adversarial
import ArgumentParser
import Datasets
import Networks
import Torch

/// `gand-bench forward`.
struct ForwardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forward",
        abstract: "Run a workload's generator forward: what sampling can't be faster than.",
        discussion: "For each line \"run N\" on standard input it makes N items and answers with one line of JSON.")

    @Argument(help: "One of \(Workload.allCases.map(\.rawValue).joined(separator: ", ")).")
    var workload: Workload

    @Option(help: "Threads of the engine.")
    var threads = Machine.cores

    @Option(help: "Items that are made at once.")
    var batch = 256

    func run() throws {
        try Engine.checkVersions()
        try Engine.setThreads(threads)
        let trainer = try workload.trainer(threads: threads, freshFakes: true, usesGraph: true)
        let network = try GeneratorNetwork(
            ArchitecturePlan(model: trainer.spec.model, schema: trainer.dataset.schema), random: RandomSource(seed: 1))
        let latents = try Tensor.normal(
            [batch, trainer.spec.model.latentDimension], generator: RandomSource(seed: 2))
        try Turns.serve { count in
            for _ in stride(from: 0, to: count, by: batch) {
                _ = try withoutGradients { try network.forward(latents, labels: nil, mode: .inference) }
            }
            return []
        }
    }
}
