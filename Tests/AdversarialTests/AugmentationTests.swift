import Adversarial
import TestSupport
import Testing
import Torch

/// Changes to images against PyTorch's, and the rules that steer how often they come.
@Suite struct AugmentationTests {
    @Test(
        "Both pipelines give PyTorch's images and gradients",
        arguments: [
            (AugmentationSpec.Kind.differentiable, 1), (.differentiable, 3), (.adaptive, 1), (.adaptive, 3),
        ])
    func pipelines(kind: AugmentationSpec.Kind, channels: Int) throws {
        try Engine.setThreads(1)
        let file = try GoldenFile("augmentation")
        let images = try file.tensor("images_\(channels)").requiringGradient()
        let augmentation = Augmentation(kind: kind, shape: Array(images.shape.dropFirst()))
        let draws = Augmentation.Draws(
            uniform: try file.floats("\(kind == .adaptive ? "uniform" : "few")_\(channels)"),
            normal: kind == .adaptive ? try file.floats("normal_\(channels)") : [])
        let result = try augmentation.apply(to: images, draws, probability: 0.7)
        let slopes: [Tensor] = try gradients(
            of: [(result * file.tensor("seed_\(channels)")).sum()], with: [images])
        try expect(result.floats(), file, "\(kind.rawValue)_\(channels)")
        try expect(slopes[0].floats(), file, "\(kind.rawValue)_slope_\(channels)")
    }

    @Test("At a probability of 0 images stay as they are")
    func never() throws {
        let file = try GoldenFile("augmentation")
        let images = try file.tensor("images_3")
        let augmentation = Augmentation(kind: .adaptive, shape: [3, 9, 12])
        let draws = Augmentation.Draws(uniform: try file.floats("uniform_3"), normal: try file.floats("normal_3"))
        #expect(try augmentation.apply(to: images, draws, probability: 0).floats() == images.floats())
    }

    @Test("The probability follows the discriminator's certainty, within 0 and 1")
    func probability() {
        let spec = AugmentationSpec(kind: .adaptive, target: 0.6, rampSamples: 100)
        var probability = AugmentationProbability()
        func observe(_ signs: Double, times: Int) {
            for _ in 0..<times { probability.observe(signs: signs, samples: 5, spec) }
        }
        observe(1, times: 3)
        #expect(probability.value == 0)
        observe(1, times: 1)
        #expect(probability.value == 0.2)
        var copy = AugmentationProbability()
        copy.state = probability.state
        #expect(copy == probability)
        observe(0.9, times: 40)
        #expect(probability.value == 1)
        observe(0.5, times: 4)
        #expect(probability.value == 0.8)
        observe(-1, times: 40)
        #expect(probability.value == 0)
    }

    @Test("The network that falls behind gets more updates, up to a limit")
    func balance() {
        let spec = BalanceSpec(lower: 0.6, upper: 0.9, most: 2)
        var balance = UpdateBalance()
        func updates(after accuracy: Double, windows: Int) -> [Int] {
            for _ in 0..<25 * windows { balance.observe(accuracy: accuracy, spec) }
            return [balance.discriminatorUpdates(given: 1), balance.generatorUpdates(given: 1)]
        }
        #expect(updates(after: 0.75, windows: 3) == [1, 1])
        #expect(updates(after: 0.5, windows: 1) == [2, 1])
        #expect(updates(after: 0.5, windows: 5) == [3, 1])
        #expect(updates(after: 0.75, windows: 2) == [3, 1])
        #expect(updates(after: 0.95, windows: 3) == [1, 2])
        #expect(updates(after: 0.95, windows: 9) == [1, 3])
        var copy = UpdateBalance()
        copy.state = balance.state
        #expect(copy == balance)
    }

    @Test(
        "How far verdicts on real items agree",
        arguments: [
            (Objective.nonSaturating, [2, -1, 3, 1] as [Float], 0.5), (.leastSquares, [0.4, 0.6, 0.9, 0.1], 0),
            (.relativistic, [-1, -1, -1, -1], 1), (.wasserstein, [-3, -1, -2, -4], -0.25),
        ])
    func signs(objective: Objective, real: [Float], expected: Double) {
        #expect(objective.meanSign(real: real, fake: [-2, -2, -2, -2]) == expected)
    }

    private func expect(_ actual: [Float], _ file: GoldenFile, _ name: String) throws {
        let difference = firstDifference(actual, try file.floats(name), relative: 1e-4, absolute: 2e-5)
        #expect(difference == nil, "\(name): \(difference ?? "")")
    }
}
