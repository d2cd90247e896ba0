import TestSupport
import Testing
import Torch

/// Convolutions from and to images of few channels, which go a way of their own in single precision, held to libtorch's
/// in double precision.
struct ImageConvolutionTests {
    struct Case: CustomTestStringConvertible {
        let transposed: Bool
        let channels: Int
        let kernel: Int
        let stride: Int
        let padding: Int
        var outputPadding = 0
        var threads = 1

        var testDescription: String {
            "\(transposed ? "transposed" : "plain"), \(channels) channels, kernel \(kernel), stride \(stride), "
                + "padding \(padding) + \(outputPadding), \(threads) threads"
        }
    }

    static let cases = [false, true].flatMap { transposed in
        [
            Case(transposed: transposed, channels: 1, kernel: 4, stride: 2, padding: 1),
            Case(transposed: transposed, channels: 3, kernel: 4, stride: 2, padding: 1, threads: 2),
            Case(transposed: transposed, channels: 4, kernel: 3, stride: 1, padding: 1),
            Case(
                transposed: transposed, channels: 3, kernel: 5, stride: 2, padding: 2, outputPadding: transposed ? 1 : 0
            ),
            Case(transposed: transposed, channels: 2, kernel: 3, stride: 1, padding: 3),
            Case(transposed: transposed, channels: 3, kernel: 1, stride: 3, padding: 0),
        ]
    }

    /// An operation's input, weight and bias, in that order.
    struct Layer {
        let each: Case
        let leaves: [Tensor]

        init(_ each: Case) throws {
            self.each = each
            let generator = try RandomSource(seed: 5)
            let many = 24
            let input = [3, each.transposed ? many : each.channels, 13, 10]
            let weight = [many, each.channels, each.kernel, each.kernel]
            leaves = [
                try Tensor.normal(input, generator: generator).contiguous(channelsLast: true).requiringGradient(),
                try Tensor.normal(weight, generator: generator).contiguous(channelsLast: true).requiringGradient(),
                try Tensor.normal([each.transposed ? each.channels : many], generator: generator).requiringGradient(),
            ]
        }

        init(doubling other: Layer) throws {
            each = other.each
            leaves = try other.leaves.map { try $0.detached().cast(to: .float64).requiringGradient() }
        }

        func output() throws -> Tensor {
            try each.transposed
                ? leaves[0].transposedConvolution2d(
                    weight: leaves[1], bias: leaves[2], stride: each.stride, padding: each.padding,
                    outputPadding: each.outputPadding)
                : leaves[0].convolution2d(
                    weight: leaves[1], bias: leaves[2], stride: each.stride, padding: each.padding)
        }
    }

    /// - Parameter tolerance: relative; of what cancels, a tenth of it by the largest number.
    private func expectClose(_ found: [Tensor], _ expected: [Tensor], tolerance: Double = 1e-4) throws {
        #expect(found.count == expected.count)
        for (found, expected) in zip(found, expected) {
            #expect(found.shape == expected.shape)
            let scale = try expected.magnitude().largest().item()
            #expect(
                isApproximatelyEqual(
                    try found.doubles(), try expected.doubles(), relative: tolerance, absolute: tolerance / 10 * scale))
        }
    }

    @Test("Output and gradients", arguments: cases)
    func firstOrder(_ each: Case) throws {
        try Engine.setThreads(each.threads)
        defer { try? Engine.setThreads(1) }
        let single = try Layer(each)
        let double = try Layer(doubling: single)
        let output = try single.output()
        let expected = try double.output()
        try expectClose([output], [expected])
        #expect(output.isChannelsLast)
        try expectClose(
            gradients(of: [output.squared().sum()], with: single.leaves),
            gradients(of: [expected.squared().sum()], with: double.leaves))
        // Recorded or not, the same bits.
        #expect(try withoutGradients { try single.output().bytes() } == output.detached().bytes())
        // The input alone, as a generator's update asks for it.
        try expectClose(
            gradients(of: [single.output().squared().sum()], with: [single.leaves[0]]),
            gradients(of: [double.output().squared().sum()], with: [double.leaves[0]]))
    }

    @Test("Factors in bfloat16, whose significance is 2⁻⁸", arguments: cases)
    func lowPrecision(_ each: Case) throws {
        try Engine.setThreads(each.threads)
        defer { try? Engine.setThreads(1) }
        let single = try Layer(each)
        let double = try Layer(doubling: single)
        let output = try calculating(in: .bf16) { try single.output() }
        #expect(output.dtype == .bfloat16 && output.isChannelsLast)
        let expected = try double.output()
        try expectClose([output], [expected], tolerance: 0.04)
        let found: [Tensor] = try gradients(of: [output.cast(to: .float32).sum()], with: single.leaves)
        #expect(found.allSatisfy { $0.dtype == .float32 })
        try expectClose(found, gradients(of: [expected.sum()], with: double.leaves), tolerance: 0.04)
        #expect(try single.output().dtype == .float32)
    }

    @Test("The gradient of a gradient", arguments: cases)
    func secondOrder(_ each: Case) throws {
        try Engine.setThreads(1)
        func slopes(_ layer: Layer) throws -> [Tensor] {
            let first: [Tensor] = try gradients(
                of: [layer.output().squared().sum()], with: [layer.leaves[0]], createGraph: true)
            return try gradients(of: [first[0].squared().sum()], with: layer.leaves)
        }
        let single = try Layer(each)
        try expectClose(slopes(single), slopes(Layer(doubling: single)))
    }

    @Test("What doesn't fit is refused as elsewhere")
    func refused() throws {
        let map = try Tensor.zeros([2, 24, 5, 5])
        #expect(throws: EngineError.self) { try map.transposedConvolution2d(weight: Tensor.zeros([23, 3, 4, 4])) }
        #expect(throws: EngineError.self) {
            try map.transposedConvolution2d(weight: Tensor.zeros([24, 3, 4, 4]), bias: Tensor.zeros([2]))
        }
        #expect(throws: EngineError.self) {
            try map.transposedConvolution2d(weight: Tensor.zeros([24, 3, 2, 2]), padding: 9)
        }
        let image = try Tensor.zeros([2, 2, 5, 5]).requiringGradient()
        #expect(throws: EngineError.self) { try image.convolution2d(weight: Tensor.zeros([24, 3, 4, 4])) }
    }

    @Test("One channel doesn't make what follows forget the order of bytes")
    func order() throws {
        let image = try Tensor.zeros([2, 1, 8, 8]).contiguous(channelsLast: true)
        let map = try image.convolution2d(weight: Tensor.zeros([8, 1, 4, 4]), stride: 2, padding: 1)
        #expect(map.isChannelsLast)
    }
}
