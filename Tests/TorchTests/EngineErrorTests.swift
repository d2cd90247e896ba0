import Testing
import Torch

/// A refused operation says its name and the shapes it met.
struct EngineErrorTests {
    struct Case: CustomTestStringConvertible {
        let operation: String
        /// What the text must begin with or contain.
        let parts: [String]
        let run: @Sendable () throws -> Void

        var testDescription: String { operation }
    }

    static func tensor(_ shape: Int...) throws -> Tensor { try Tensor.zeros(shape) }

    static let cases: [Case] = [
        Case(operation: "matmul", parts: ["[2, 3] Float and [4, 5] Float: "]) {
            _ = try tensor(2, 3).matmul(tensor(4, 5))
        },
        Case(operation: "add", parts: ["[2, 3] Float and [4] Float: "]) { _ = try tensor(2, 3) + tensor(4) },
        Case(operation: "linear", parts: ["[8, 3] Float and [5, 4] Float and none: "]) {
            _ = try tensor(8, 3).linear(weight: tensor(5, 4))
        },
        Case(operation: "convolution", parts: ["[1, 3, 8, 8] Float and [6, 4, 3, 3] Float and none: "]) {
            _ = try tensor(1, 3, 8, 8).convolution2d(weight: tensor(6, 4, 3, 3))
        },
        Case(operation: "transposed convolution", parts: ["[1, 3, 8, 8] Float and [4, 6, 3, 3] Float and none: "]) {
            _ = try tensor(1, 3, 8, 8).transposedConvolution2d(weight: tensor(4, 6, 3, 3))
        },
        Case(operation: "batch norm", parts: ["[1, 3] Float", "more than one value per channel"]) {
            _ = try tensor(1, 3).batchNorm(
                weight: nil, bias: nil, runningMean: nil, runningVariance: nil, training: true)
        },
        Case(operation: "embedding", parts: ["[4, 2] Float and [1] Long: ", "out of range"]) {
            _ = try tensor(4, 2).embedding(Tensor([9] as [Int64]))
        },
        Case(operation: "reshape", parts: ["[2, 3] Float: ", "invalid for input of size 6"]) {
            _ = try tensor(2, 3).reshaped([4])
        },
        Case(operation: "narrow", parts: ["[2, 3] Float: "]) {
            _ = try tensor(2, 3).narrowed(dimension: 1, start: 2, length: 2)
        },
        Case(operation: "concatenate", parts: ["[2, 3] Float and [2, 4] Float: "]) {
            _ = try Tensor.concatenated([tensor(2, 3), tensor(2, 4)])
        },
        Case(operation: "copy", parts: ["[2] Float: a tensor of shape [3] doesn't fit into one of shape [2]"]) {
            try tensor(2).copy(from: tensor(3))
        },
        Case(operation: "item", parts: ["[2] Float: "]) { _ = try tensor(2).item() },
        Case(operation: "leaky relu", parts: ["[2] Float: the slope must be 0 or more, not -1"]) {
            _ = try tensor(2).leakyRelu(-1)
        },
        Case(operation: "binary cross-entropy", parts: ["the target must be in [0, 1], not 2"]) {
            _ = try tensor(2).binaryCrossEntropy(target: 2)
        },
        Case(operation: "tensor from bytes", parts: ["the shape [3] needs 12 bytes, not 8"]) {
            _ = try Tensor([1, 2] as [Float], shape: [3])
        },
        Case(operation: "gradients", parts: ["[2] Float: "]) {
            let leaf = try tensor(2).requiringGradient()
            let _: [Tensor] = try gradients(of: [leaf * 2], with: [leaf])
        },
        Case(operation: "restoring a generator", parts: []) { try RandomSource(seed: 1).restore([1, 2, 3]) },
        Case(operation: "setting the thread count", parts: ["the thread count must be 1 or more, not 0"]) {
            try Engine.setThreads(0)
        },
        Case(operation: "adam step", parts: ["tensor 0 of shape [2] got a partner of shape [3]"]) {
            try ParameterUpdates.adam(
                parameters: [tensor(2)], gradients: [tensor(3)], firstMoments: [tensor(2)],
                secondMoments: [tensor(2)], step: 1, learningRate: 1, beta1: 0, beta2: 0, epsilon: 1, weightDecay: 0)
        },
        Case(operation: "sgd step", parts: ["the state of tensor 0 has the shape [3]"]) {
            try ParameterUpdates.sgd(
                parameters: [tensor(2)], gradients: [tensor(2)], momenta: [tensor(3)], isFirst: true, learningRate: 1,
                momentum: 0.9, dampening: 0, weightDecay: 0, nesterov: false)
        },
    ]

    @Test(arguments: cases)
    func text(_ each: Case) throws {
        let error = try #require(throws: EngineError.self) { try each.run() }
        #expect(error.cause == .argument)
        #expect(error.operation == each.operation)
        for part in each.parts {
            #expect(error.detail.contains(part), "\(error.detail)")
        }
        #expect(!error.detail.contains("Exception raised from"))
        #expect(error.description == "\(error.operation): \(error.detail)")
    }

    @Test("More memory than any machine has is a refusal, not a crash")
    func memory() throws {
        let error = try #require(throws: EngineError.self) { try Tensor.empty([1 << 30, 1 << 28]) }
        #expect(error.cause == .memory)
        #expect(error.operation == "empty")
    }

    @Test("A CUDA device is refused where libtorch has none", .disabled(if: Device.all.count > 1))
    func device() throws {
        #expect(throws: EngineError.self) { try Tensor.zeros([2], device: .cuda(0)) }
    }
}
