import Networks
import Testing
import Torch

/// Second-order gradients against PyTorch: of the squared norm of an input gradient, as R1 needs them.
struct PenaltyGoldenTests {
    struct Case: CustomTestStringConvertible {
        let name: String
        let make: @Sendable (RandomSource) throws -> Sequential

        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "mlp") {
            Sequential([
                try Linear(inputs: 3, outputs: 8, generator: $0), ActivationLayer(.leakyRelu(slope: 0.2)),
                try Linear(inputs: 8, outputs: 8, generator: $0), ActivationLayer(.tanh),
                try Linear(inputs: 8, outputs: 1, generator: $0),
            ])
        },
        Case(name: "convolutional") {
            Sequential([
                try Convolution2d(inputs: 2, outputs: 4, kernel: 4, stride: 2, padding: 1, generator: $0),
                ActivationLayer(.leakyRelu(slope: 0.2)),
                try Convolution2d(inputs: 4, outputs: 1, kernel: 4, generator: $0),
            ])
        },
        Case(name: "sigmoid") {
            Sequential([
                try Linear(inputs: 3, outputs: 8, generator: $0), ActivationLayer(.sigmoid),
                try Linear(inputs: 8, outputs: 1, generator: $0),
            ])
        },
    ]

    @Test(arguments: cases)
    func squaredGradientNorm(_ each: Case) throws {
        try Engine.setThreads(1)
        let golden = try GoldenFile("penalties")
        let network = try each.make(RandomSource(seed: 0))
        try network.restore(golden.tensors(below: "\(each.name)/parameter"))
        let input = try golden.tensor("\(each.name)/input").requiringGradient()
        let slopes: [Tensor] = try gradients(
            of: [network.forward(input, mode: .training).sum()], with: [input], createGraph: true)
        let penalty = try #require(slopes.first).squared().sum()
        try golden.expect(penalty, matches: "\(each.name)/penalty")
        let parameters = network.parameters()
        let second: [Tensor?] = try gradients(of: [penalty], with: parameters.map(\.tensor), allowUnused: true)
        let expected = golden.tensors(below: "\(each.name)/gradient")
        for (parameter, gradient) in zip(parameters, second) {
            if expected[parameter.name] == nil {
                // PyTorch's gradient graph and ours may differ in what they leave out, not in what it amounts to.
                #expect(try gradient?.magnitude().sum().item() ?? 0 == 0, "\(parameter.name)")
            } else {
                try golden.expect(
                    #require(gradient), matches: "\(each.name)/gradient/\(parameter.name)", relative: 1e-4)
            }
        }
    }
}
