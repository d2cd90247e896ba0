import TestSupport
import Testing
import Torch

/// Choices of many heads at once, held to softmax head by head.
struct ChoiceTests {
    static let heads = ChoiceHeads(scalars: 2, widths: [3, 1, 40, 5])
    static let rows = 33

    struct Case: Sendable, CustomTestStringConvertible {
        var temperature = 1.0
        var hasNoise = false
        var hasMask = false

        var testDescription: String { "temperature \(temperature), noise \(hasNoise), mask \(hasMask)" }
    }

    static let cases = [
        Case(), Case(temperature: 0.2), Case(hasNoise: true), Case(temperature: 0.5, hasMask: true),
        Case(temperature: 0.2, hasNoise: true, hasMask: true),
    ]

    private let logits: Tensor
    private let noise: Tensor
    private let mask: Tensor

    init() throws {
        let generator = try RandomSource(seed: 4)
        logits = try Tensor.normal([Self.rows, Self.heads.width], standardDeviation: 3, generator: generator)
        noise = try Tensor.uniform([Self.rows, Self.heads.width], lower: 0, upper: 1, generator: generator)
        var numbers = [Float](repeating: 0, count: Self.heads.width)
        numbers[3] = -1e9
        mask = try Tensor(numbers, shape: [Self.heads.width])
    }

    /// The same by operations on one head after another, in double precision.
    private func reference(_ input: Tensor, _ each: Case) throws -> Tensor {
        let input = try input.cast(to: .float64)
        var parts = [try input.narrowed(dimension: 1, start: 0, length: 2).tanh()]
        var start = 2
        for end in Self.heads.ends.map({ Int($0) }) {
            var head = try input.narrowed(dimension: 1, start: start, length: end - start)
            if each.hasNoise {
                let uniform = try noise.narrowed(dimension: 1, start: start, length: end - start).cast(to: .float64)
                head = try head - uniform.logarithm().negated().logarithm()
            }
            if each.hasMask {
                head = try head + mask.narrowed(dimension: 0, start: start, length: end - start).cast(to: .float64)
            }
            parts.append(try (head / each.temperature).logSoftmax(dimension: 1).exponential())
            start = end
        }
        return try Tensor.concatenated(parts, dimension: 1)
    }

    private func chosen(_ input: Tensor, _ each: Case, isHard: Bool = false) throws -> Tensor {
        try input.chosen(
            Self.heads, noise: each.hasNoise ? noise : nil, mask: each.hasMask ? mask : nil,
            temperature: each.temperature, isHard: isHard)
    }

    @Test(arguments: cases)
    func softChoicesAndTheirGradientsAreThoseOfSoftmax(_ each: Case) throws {
        let input = try logits.requiringGradient()
        let other = try logits.requiringGradient()
        let output = try chosen(input, each)
        let expected = try reference(other, each)
        #expect(
            try firstDifference(output.floats(), expected.cast(to: .float32).floats(), absolute: 2e-6) == nil)
        let weights = try Tensor.normal(output.shape, generator: RandomSource(seed: 5))
        let gradient = try gradients(of: [(output * weights).sum()], with: [input])[0]
        let wanted = try gradients(of: [(expected * weights.cast(to: .float64)).sum()], with: [other])[0]
        #expect(try firstDifference(gradient.floats(), wanted.floats(), absolute: 2e-5) == nil)
    }

    @Test(arguments: cases)
    func hardChoicesShowTheLargestWithTheSoftOnesGradient(_ each: Case) throws {
        let input = try logits.requiringGradient()
        let other = try logits.requiringGradient()
        let (hard, soft) = (try chosen(input, each, isHard: true), try chosen(other, each))
        let (shown, shares) = (try hard.floats(), try soft.floats())
        for row in 0..<Self.rows {
            let first = row * Self.heads.width
            #expect(shown[first..<first + 2] == shares[first..<first + 2])
            var start = 2
            for end in Self.heads.ends.map({ Int($0) }) {
                let slots = first + start..<first + end
                #expect(shown[slots].reduce(0, +) == 1)
                let largest = try #require(slots.max { shares[$0] < shares[$1] })
                #expect(shown[largest] == 1)
                start = end
            }
        }
        let weights = try Tensor.normal(hard.shape, generator: RandomSource(seed: 5))
        let gradient = try gradients(of: [(hard * weights).sum()], with: [input])[0]
        #expect(try gradient.floats() == gradients(of: [(soft * weights).sum()], with: [other])[0].floats())
    }

    @Test func theLossOfWantedSlotsIsTheirHeadsCrossEntropy() throws {
        let input = try logits.requiringGradient()
        let other = try logits.requiringGradient()
        let slots = (0..<Self.rows).map { [2, 4, 5, 6, 30, 45, 46, 50][$0 % 8] }
        let loss = try input.wantedLoss(Self.heads, slots: Tensor(slots.map { Int64($0) }))
        let shares = try reference(other, Case())
        let terms = try slots.enumerated().map { row, slot in
            try shares.narrowed(dimension: 0, start: row, length: 1).narrowed(dimension: 1, start: slot, length: 1)
                .logarithm().reshaped([1])
        }
        let expected = try Tensor.concatenated(terms).mean().negated()
        #expect(try abs(loss.item() - expected.item()) < 1e-5)
        let gradient = try gradients(of: [loss], with: [input])[0]
        let wanted = try gradients(of: [expected], with: [other])[0]
        #expect(try firstDifference(gradient.floats(), wanted.floats(), absolute: 1e-6) == nil)
    }

    @Test func whatIsInNoHeadIsRefused() throws {
        #expect(throws: EngineError.self) {
            try logits.wantedLoss(Self.heads, slots: Tensor([Int64](repeating: 1, count: Self.rows)))
        }
        #expect(throws: EngineError.self) { try logits.chosen(ChoiceHeads(scalars: 2, widths: [3])) }
        #expect(throws: EngineError.self) { try logits.chosen(Self.heads, temperature: 0) }
    }
}
