import TestSupport
import Testing
import Torch

/// Linear layers large enough for the fused path, held to the plain one in double precision.
struct LinearTests {
    struct Case: CustomTestStringConvertible {
        let activation: Activation
        let hasBias: Bool
        var threads = 1

        var testDescription: String { "\(activation), bias: \(hasBias), threads: \(threads)" }
    }

    static let cases = [
        Case(activation: .identity, hasBias: true), Case(activation: .identity, hasBias: false),
        Case(activation: .relu, hasBias: true), Case(activation: .leakyRelu(slope: 0.2), hasBias: true),
        Case(activation: .leakyRelu(slope: 0.2), hasBias: false), Case(activation: .tanh, hasBias: true),
        Case(activation: .sigmoid, hasBias: true),
        Case(activation: .leakyRelu(slope: 0.2), hasBias: true, threads: 2),
    ]

    /// How the sum of the output is weighed: by a tensor, or evenly (a gradient that is one number repeated).
    enum Weighing: CaseIterable { case random, even }

    struct Layer {
        let input: Tensor
        let weight: Tensor
        let bias: Tensor?

        var leaves: [Tensor] { [input, weight] + (bias.map { [$0] } ?? []) }

        init(hasBias: Bool) throws {
            let generator = try RandomSource(seed: 1)
            input = try Tensor.normal([96, 150], generator: generator).requiringGradient()
            weight = try Tensor.normal([140, 150], standardDeviation: 0.1, generator: generator).requiringGradient()
            bias = hasBias ? try Tensor.normal([140], generator: generator).requiringGradient() : nil
        }

        init(doubling other: Layer) throws {
            input = try other.input.detached().cast(to: .float64).requiringGradient()
            weight = try other.weight.detached().cast(to: .float64).requiringGradient()
            bias = try other.bias?.detached().cast(to: .float64).requiringGradient()
        }

        func output(_ activation: Activation) throws -> Tensor {
            try input.linear(weight: weight, bias: bias, activation: activation)
        }
    }

    @Test(arguments: cases, Weighing.allCases)
    func outputAndGradients(_ each: Case, _ weighing: Weighing) throws {
        try Engine.setThreads(each.threads)
        defer { try? Engine.setThreads(1) }
        let single = try Layer(hasBias: each.hasBias)
        let double = try Layer(doubling: single)
        let factors = try Tensor.normal([96, 140], generator: RandomSource(seed: 2))
        func loss(_ output: Tensor) throws -> Tensor {
            weighing == .even ? try output.sum() : try (output * factors.cast(to: output.dtype)).sum()
        }
        let output = try single.output(each.activation)
        let expected = try double.output(each.activation)
        #expect(isApproximatelyEqual(try output.doubles(), try expected.doubles(), relative: 1e-4, absolute: 1e-5))
        let slopes: [Tensor] = try gradients(of: [loss(output)], with: single.leaves)
        let expectedSlopes: [Tensor] = try gradients(of: [loss(expected)], with: double.leaves)
        for (slope, wanted) in zip(slopes, expectedSlopes) {
            #expect(slope.shape == wanted.shape)
            #expect(isApproximatelyEqual(try slope.doubles(), try wanted.doubles(), relative: 1e-3, absolute: 1e-4))
        }
        // Recorded or not, the same bits.
        #expect(try withoutGradients { try single.output(each.activation).bytes() } == output.detached().bytes())
    }

    @Test("The gradient of a gradient", arguments: cases)
    func secondOrder(_ each: Case) throws {
        try Engine.setThreads(1)
        func penaltySlopes(_ layer: Layer) throws -> [Tensor?] {
            let output = try layer.output(each.activation)
            let first: [Tensor] = try gradients(of: [output.squared().sum()], with: [layer.input], createGraph: true)
            return try gradients(of: [first[0].squared().sum()], with: layer.leaves, allowUnused: true)
        }
        let single = try Layer(hasBias: each.hasBias)
        let slopes = try penaltySlopes(single)
        let expected = try penaltySlopes(Layer(doubling: single))
        for (slope, wanted) in zip(slopes, expected) {
            let scale = try #require(wanted).magnitude().largest().item()
            #expect(
                isApproximatelyEqual(
                    try #require(slope).doubles(), try #require(wanted).doubles(), relative: 1e-3,
                    absolute: 1e-5 * scale))
        }
    }

    @Test("Only the gradients asked for are computed, and inputs may be views")
    func views() throws {
        try Engine.setThreads(1)
        let generator = try RandomSource(seed: 3)
        let wide = try Tensor.normal([150, 96], generator: generator)
        let turned = try wide.permuted([1, 0])
        let weight = try Tensor.normal([140, 150], generator: generator).requiringGradient()
        let output = try turned.linear(weight: weight, activation: .relu)
        let same = try turned.contiguous().linear(weight: weight, activation: .relu)
        #expect(isApproximatelyEqual(try output.floats(), try same.floats(), relative: 1e-4, absolute: 1e-4))
        let slopes: [Tensor] = try gradients(of: [output.sum()], with: [weight])
        let others: [Tensor] = try gradients(of: [same.sum()], with: [weight])
        #expect(isApproximatelyEqual(try slopes[0].floats(), try others[0].floats(), relative: 1e-4, absolute: 1e-3))
    }

    @Test("Shapes that don't fit are refused here, too")
    func refused() throws {
        let input = try Tensor.zeros([96, 150])
        #expect(throws: EngineError.self) { try input.linear(weight: Tensor.zeros([140, 151])) }
        #expect(throws: EngineError.self) {
            try input.linear(weight: Tensor.zeros([140, 150]), bias: Tensor.zeros([139]))
        }
    }
}
