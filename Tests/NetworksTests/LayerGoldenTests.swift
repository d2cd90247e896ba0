import Networks
import Testing
import Torch

/// Every layer against PyTorch: output, gradients of the input and of each parameter, running statistics.
struct LayerGoldenTests {
    struct Case: CustomTestStringConvertible {
        let name: String
        let make: @Sendable (RandomSource) throws -> any Layer

        var testDescription: String { name }

        init(_ name: String, _ make: @escaping @Sendable (RandomSource) throws -> any Layer) {
            self.name = name
            self.make = make
        }
    }

    static let leakyRelu = Activation.leakyRelu(slope: 0.2)

    static func linear(_ activation: Activation) -> @Sendable (RandomSource) throws -> any Layer {
        { Sequential([try Linear(inputs: 7, outputs: 5, generator: $0), ActivationLayer(activation)]) }
    }

    static func convolution(_ kernel: Int, _ stride: Int, _ padding: Int) -> Case {
        Case("convolution_\(kernel)_\(stride)_\(padding)") {
            try Convolution2d(inputs: 3, outputs: 6, kernel: kernel, stride: stride, padding: padding, generator: $0)
        }
    }

    static func transposed(_ kernel: Int, _ stride: Int, _ padding: Int, _ outputPadding: Int) -> Case {
        Case("transposed_\(kernel)_\(stride)_\(padding)_\(outputPadding)") {
            try TransposedConvolution2d(
                inputs: 6, outputs: 3, kernel: kernel, stride: stride, padding: padding, outputPadding: outputPadding,
                generator: $0)
        }
    }

    static let cases: [Case] = [
        Case("linear") { try Linear(inputs: 7, outputs: 5, generator: $0) },
        Case("linear_without_bias") { try Linear(inputs: 7, outputs: 5, hasBias: false, generator: $0) },
        Case("linear_relu", linear(.relu)),
        Case("linear_leaky_relu", linear(leakyRelu)),
        Case("linear_tanh", linear(.tanh)),
        Case("linear_sigmoid", linear(.sigmoid)),
        Case("embedding") { try Embedding(entries: 9, width: 4, generator: $0) },
        Case("batch_norm_1d") { try BatchNorm(channels: 5, generator: $0) },
        Case("batch_norm_2d") { try BatchNorm(channels: 3, generator: $0) },
        Case("batch_norm_relu") {
            Sequential([try BatchNorm(channels: 3, generator: $0), ActivationLayer(.relu)])
        },
        Case("flatten") { _ in Flatten() },
        convolution(1, 1, 0), convolution(3, 1, 1), convolution(4, 2, 1), convolution(5, 2, 2), convolution(4, 1, 0),
        transposed(3, 1, 1, 0), transposed(4, 2, 1, 0), transposed(4, 1, 0, 0), transposed(5, 2, 2, 1),
        Case("convolution_wide") {
            Sequential([
                try Convolution2d(
                    inputs: 16, outputs: 16, kernel: 4, stride: 2, padding: 1, hasBias: false, generator: $0),
                ActivationLayer(leakyRelu),
            ])
        },
        Case("transposed_wide") {
            Sequential([
                try TransposedConvolution2d(
                    inputs: 16, outputs: 16, kernel: 4, stride: 2, padding: 1, hasBias: false, generator: $0),
                ActivationLayer(.tanh),
            ])
        },
    ]

    let golden: GoldenFile

    init() throws {
        try Engine.setThreads(1)
        golden = try GoldenFile("layers")
    }

    @Test("The table has every case of the golden file")
    func completeness() {
        #expect(Self.cases.map(\.name).sorted() == golden.cases)
    }

    @Test(arguments: cases)
    func training(_ each: Case) throws {
        let layer = try restored(each)
        try check(layer, each.name, .training)
    }

    @Test(arguments: cases.filter { $0.name.hasPrefix("batch_norm") })
    func inferenceAfterTraining(_ each: Case) throws {
        let layer = try restored(each)
        _ = try layer.forward(golden.tensor("\(each.name)/input"), mode: .training)
        try check(layer, each.name, .inference)
    }

    @Test("Two threads give the same numbers", arguments: cases)
    func threads(_ each: Case) throws {
        try Engine.setThreads(2)
        defer { try? Engine.setThreads(1) }
        try check(restored(each), each.name, .training)
    }

    @Test("An input in either byte order gives the same output", arguments: cases)
    func byteOrder(_ each: Case) throws {
        let input = try golden.tensor("\(each.name)/input")
        guard input.rank == 4 else { return }
        let output = try restored(each).forward(input.contiguous(channelsLast: true), mode: .training)
        try golden.expect(output, matches: "\(each.name)/training/output")
    }

    private func restored(_ each: Case) throws -> any Layer {
        let layer = try each.make(RandomSource(seed: 0))
        let stored = golden.tensors(below: "\(each.name)/parameter")
            .merging(golden.tensors(below: "\(each.name)/buffer")) { first, _ in first }
        #expect(Set(stored.keys) == Set((layer.parameters() + layer.buffers()).map(\.name)))
        try layer.restore(stored)
        return layer
    }

    private func check(_ layer: any Layer, _ name: String, _ mode: Mode) throws {
        let path = "\(name)/\(mode)"
        let stored = try golden.tensor("\(name)/input")
        let takesIndices = stored.dtype == .int64
        let input = takesIndices ? stored : try stored.requiringGradient()
        let output = try layer.forward(input, mode: mode)
        try golden.expect(output, matches: "\(path)/output")
        let parameters = layer.parameters()
        let slopes: [Tensor] = try gradients(
            of: [output], with: parameters.map(\.tensor) + (takesIndices ? [] : [input]),
            gradOutputs: [golden.tensor("\(path)/output_gradient")])
        for (parameter, gradient) in zip(parameters, slopes) {
            try golden.expect(gradient, matches: "\(path)/gradient/\(parameter.name)")
        }
        if !takesIndices, let last = slopes.last {
            try golden.expect(last, matches: "\(path)/input_gradient")
        }
        for buffer in layer.buffers() {
            try golden.expect(buffer.tensor, matches: "\(path)/buffer/\(buffer.name)")
        }
    }
}
