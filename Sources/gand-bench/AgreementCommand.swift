import Adversarial
import ArgumentParser
import Codecs
import Networks
import Torch

/// `gand-bench agreement`.
struct AgreementCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agreement",
        abstract: "Train a perceptron with and without a gradient graph and compare the weights.",
        discussion: """
            Prints the largest difference of a weight after so many steps, relative to the largest weight of its tensor.
            """)

    @Argument(help: "One of \(Workload.allCases.map(\.rawValue).joined(separator: ", ")).")
    var workload: Workload

    @Option(help: "Steps.")
    var steps = 100

    func run() throws {
        try Engine.checkVersions()
        let weights = try [true, false].map { usesGraph in
            let trainer = try workload.trainer(threads: 1, freshFakes: true, usesGraph: usesGraph)
            guard trainer.usesGraph == usesGraph else {
                throw ValidationError("\(workload.rawValue) isn't a perceptron, so it has a graph in any case")
            }
            for _ in 0..<steps { _ = try trainer.advance() }
            return try trainer.namedTensors.map { ($0.name, try $0.tensor.floats()) }
        }
        var largest = (0.0, "")
        for ((name, left), (_, right)) in zip(weights[0], weights[1]) {
            let scale = left.reduce(0) { max($0, $1.magnitude) }
            let difference = zip(left, right).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
            if scale > 0, Double(difference / scale) > largest.0 { largest = (Double(difference / scale), name) }
        }
        let result: JSON = [
            "workload": .string(workload.rawValue), "steps": .integer(Int64(steps)),
            "largest_relative_difference": .number(largest.0), "tensor": .string(largest.1),
        ]
        print(String(decoding: result.bytes, as: UTF8.self))
    }
}
