import TestSupport
import Testing
import Torch

struct GradientTests {
    init() throws { try Engine.setThreads(1) }

    @Test("Several outputs are added up, each with its factor")
    func seeds() throws {
        let leaf = try Tensor([1, 2] as [Float]).requiringGradient()
        let outputs = try [leaf * 3, leaf.squared()]
        let slopes: [Tensor] = try gradients(
            of: outputs, with: [leaf], gradOutputs: [Tensor([1, 1] as [Float]), Tensor([10, 100] as [Float])])
        #expect(try slopes[0].floats() == [23, 403])
    }

    @Test("An input that isn't reached gets nil where that is allowed, and an error elsewhere")
    func unused() throws {
        let used = try Tensor([2] as [Float]).requiringGradient()
        let unused = try Tensor([3] as [Float]).requiringGradient()
        let output = try used.squared().sum()
        let slopes: [Tensor?] = try gradients(
            of: [output], with: [unused, used], retainGraph: true, allowUnused: true)
        #expect(slopes[0] == nil)
        #expect(try slopes[1]?.floats() == [4])
        #expect(throws: EngineError.self) {
            let _: [Tensor] = try gradients(of: [output], with: [unused, used])
        }
    }

    @Test("A graph serves once unless it is retained")
    func retained() throws {
        let leaf = try Tensor([2] as [Float]).requiringGradient()
        let output = try leaf.squared().sum()
        let first: [Tensor] = try gradients(of: [output], with: [leaf], retainGraph: true)
        let second: [Tensor] = try gradients(of: [output], with: [leaf])
        #expect(try first[0].floats() == second[0].floats())
        #expect(throws: EngineError.self) { let _: [Tensor] = try gradients(of: [output], with: [leaf]) }
    }

    @Test("Gradients can be differentiated")
    func secondOrder() throws {
        let leaf = try Tensor([3] as [Float]).requiringGradient()
        let first: [Tensor] = try gradients(of: [leaf.raised(to: 3).sum()], with: [leaf], createGraph: true)
        let second: [Tensor] = try gradients(of: [first[0].sum()], with: [leaf])
        #expect(isApproximatelyEqual(try second[0].floats(), [18]))
    }

    @Test("Nothing is recorded in a body without gradients, and the mode comes back after an error")
    func withoutRecording() throws {
        struct Stop: Error {}
        let leaf = try Tensor([3] as [Float]).requiringGradient()
        var recorded: [Bool] = []
        #expect(throws: Stop.self) {
            try withoutGradients {
                recorded.append(try leaf.squared().requiresGradient)
                recorded.append(try withoutGradients { try leaf.squared().requiresGradient })
                recorded.append(try leaf.squared().requiresGradient)
                throw Stop()
            }
        }
        #expect(recorded == [false, false, false])
        #expect(try leaf.squared().requiresGradient)
        #expect(try !leaf.squared().detached().requiresGradient)
        #expect(try !leaf.requiringGradient(false).requiresGradient)
    }

    @Test("Gradients agree with differences", arguments: [0, 1, 2, 3])
    func finiteDifferences(_ seed: UInt64) throws {
        let generator = try RandomSource(seed: seed)
        let weight = try Tensor.normal([5, 4], generator: generator).cast(to: .float64)
        let bias = try Tensor.normal([5], generator: generator).cast(to: .float64)
        let activation: Activation =
            [.tanh, .sigmoid, .leakyRelu(slope: 0.2), .identity][Int(seed)]
        func loss(_ input: Tensor) throws -> Tensor {
            try input.linear(weight: weight, bias: bias, activation: activation).softplus().squared().sum()
        }
        let values = try Tensor.normal([3, 4], generator: generator).cast(to: .float64)
        let leaf = try values.requiringGradient()
        let slopes: [Tensor] = try gradients(of: [loss(leaf)], with: [leaf])
        let step = 1e-6
        let differences = try (0..<12).map { index in
            var basis = [Double](repeating: 0, count: 12)
            basis[index] = step
            let offset = try basis.withUnsafeBytes { try Tensor(bytes: $0, shape: [3, 4], dtype: .float64) }
            return try (loss(values + offset).item() - loss(values - offset).item()) / (2 * step)
        }
        #expect(isApproximatelyEqual(differences, try slopes[0].doubles(), relative: 1e-6, absolute: 1e-7))
    }

    @Test(
        "The gradient of a squared gradient agrees with differences, through convolutions and resampling",
        arguments: 0..<3)
    func secondOrder(_ seed: UInt64) throws {
        let generator = try RandomSource(seed: seed)
        func normal(_ shape: [Int]) throws -> Tensor {
            try Tensor.normal(shape, generator: generator).cast(to: .float64)
        }
        let (images, sums) = (try normal([2, 2, 5, 5]), try normal([4, 7, 6]))
        let grouped = try normal([4, 1, 3, 3])
        /// R1 of a small discriminator, as a function of its first weight.
        func penalty(_ weight: Tensor) throws -> Tensor {
            let items = try images.requiringGradient()
            let features = try items.convolution2d(weight: weight, padding: 1, groups: 2).activated(.tanh)
            let map = try features.halved().resized(height: 7, width: 6)
            let logits = try (map.squared() * sums).sum([1, 2, 3])
            let slopes: [Tensor] = try gradients(of: [logits.sum()], with: [items], createGraph: true)
            return try slopes[0].squared().sum()
        }
        let leaf = try grouped.requiringGradient()
        let slopes: [Tensor] = try gradients(of: [penalty(leaf)], with: [leaf])
        let step = 1e-5
        let differences = try (0..<36).map { index in
            var basis = [Double](repeating: 0, count: 36)
            basis[index] = step
            let offset = try Tensor(basis).reshaped([4, 1, 3, 3])
            return try (penalty(grouped + offset).item() - penalty(grouped - offset).item()) / (2 * step)
        }
        #expect(isApproximatelyEqual(differences, try slopes[0].doubles(), relative: 1e-5, absolute: 1e-5))
    }
}
