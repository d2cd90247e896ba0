import Testing
import Torch

/// Every function of tensors against PyTorch: output and gradients.
struct FunctionGoldenTests {
    struct Case: CustomTestStringConvertible {
        let name: String
        let arguments: Int
        let function: @Sendable ([Tensor]) throws -> Tensor

        var testDescription: String { name }

        init(_ name: String, _ function: @escaping @Sendable (Tensor) throws -> Tensor) {
            self.name = name
            arguments = 1
            self.function = { try function($0[0]) }
        }

        init(two name: String, _ function: @escaping @Sendable (Tensor, Tensor) throws -> Tensor) {
            self.name = name
            arguments = 2
            self.function = { try function($0[0], $0[1]) }
        }
    }

    static let cases: [Case] = [
        Case("negate") { try -$0 },
        Case("exponential") { try $0.exponential() },
        Case("logarithm") { try ($0.magnitude() + 0.1).logarithm() },
        Case("square_root") { try ($0.magnitude() + 0.1).squareRoot() },
        Case("square") { try $0.squared() },
        Case("magnitude") { try $0.magnitude() },
        Case("sine") { try $0.sine() },
        Case("cosine") { try $0.cosine() },
        Case("power") { try ($0.magnitude() + 0.1).raised(to: 1.7) },
        Case("softplus") { try $0.softplus() },
        Case("log_sigmoid") { try $0.logSigmoid() },
        Case("sigmoid") { try $0.sigmoid() },
        Case("relu") { try $0.relu() },
        Case("tanh") { try $0.tanh() },
        Case("leaky_relu") { try $0.leakyRelu() },
        Case("log_softmax") { try $0.logSoftmax(dimension: 1) },
        Case("clamp") { try $0.clamped(lower: -0.5, upper: 1) },
        Case("number_minus") { try 2.5 - $0 },
        Case("number_divided") { try 2.5 / ($0.magnitude() + 0.5) },
        Case("sum") { try $0.sum() },
        Case("sum_rows") { try $0.sum([0]) },
        Case("mean_columns") { try $0.mean([1], keepingDimensions: true) },
        Case("largest") { try $0.largest([1]) },
        Case("smallest") { try $0.smallest([0]) },
        Case("cross_entropy_real") { try $0.binaryCrossEntropy(target: 1) },
        Case("cross_entropy_fake") { try $0.binaryCrossEntropy(target: 0) },
        Case("cross_entropy_smooth") { try $0.binaryCrossEntropy(target: 0.9) },
        Case("permute") { try $0.permuted([1, 0]) },
        Case("narrow") { try $0.narrowed(dimension: 1, start: 2, length: 3) },
        Case("select") { try $0.selected(indices: Tensor([2, 0, 2] as [Int64])) },
        Case("expand") { try $0.reshaped([4, 1, 6]).expanded(to: [4, 3, 6]) },
        Case("pad") {
            try $0.reshaped([1, 1, 4, 6]).padded(top: 1, bottom: 2, left: 3, right: 4, value: 0.5)
        },
        Case("concatenate") { try Tensor.concatenated([$0, $0 * 2], dimension: 1) },
        Case(two: "add") { try $0 + $1 },
        Case(two: "subtract") { try $0 - $1 },
        Case(two: "multiply") { try $0 * $1 },
        Case(two: "divide") { try $0 / ($1.magnitude() + 0.5) },
        Case(two: "maximum") { try $0.maximum($1) },
        Case(two: "minimum") { try $0.minimum($1) },
        Case(two: "add_row") { try $0 + $1.narrowed(dimension: 0, start: 0, length: 1).reshaped([6]) },
        Case(two: "matmul") { try $0.matmul($1.permuted([1, 0])) },
    ]

    @Test(arguments: cases)
    func outputAndGradients(_ each: Case) throws {
        try Engine.setThreads(1)
        let golden = try GoldenFile("functions")
        let roles = Array(["x", "y"].prefix(each.arguments))
        let arguments = try roles.map { try golden.tensor($0).requiringGradient() }
        let output = try each.function(arguments)
        // exp(60) is beyond what an absolute tolerance means.
        try golden.expect(output, matches: "\(each.name)/output")
        let slopes: [Tensor] = try gradients(
            of: [output], with: arguments, gradOutputs: [golden.tensor("\(each.name)/output_gradient")])
        for (role, gradient) in zip(roles, slopes) {
            try golden.expect(gradient, matches: "\(each.name)/gradient/\(role)")
        }
    }
}
