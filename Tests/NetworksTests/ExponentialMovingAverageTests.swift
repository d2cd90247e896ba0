import Networks
import TestSupport
import Testing
import Torch

struct ExponentialMovingAverageTests {
    @Test("After one half-life half of the start is left; buffers are copies")
    func halfLife() throws {
        let parameter = NamedTensor("weight", try Tensor([8, -4] as [Float]))
        let buffer = NamedTensor("running_mean", try Tensor([1] as [Float]))
        let average = try ExponentialMovingAverage(parameters: [parameter], buffers: [buffer], halfLife: 100)
        try parameter.tensor.copy(from: Tensor([0, 4] as [Float]))
        try buffer.tensor.copy(from: Tensor([7] as [Float]))
        // Four updates of a quarter of the half-life each.
        for update in 1...4 { try average.update(samples: 25, samplesSeen: 25 * update) }
        let values = Dictionary(uniqueKeysWithValues: average.tensors.map { ($0.name, $0.tensor) })
        #expect(isApproximatelyEqual(try #require(values["weight"]).floats(), [4, 0]))
        #expect(try #require(values["running_mean"]).floats() == [7])
    }

    @Test(
        "The share that stays",
        arguments: [
            (halfLife: 0.0, rampUp: Double.infinity, seen: 64, expected: 0.0),
            (64, .infinity, 64, 0.5),
            (128, .infinity, 64, 0.707_106_78),
            // Half-life 0.05 × 1,280 = 64 samples.
            (10_000, 0.05, 1280, 0.5),
            (64, 0.05, 1_000_000, 0.5),
        ])
    func decay(halfLife: Double, rampUp: Double, seen: Int, expected: Double) throws {
        let average = try ExponentialMovingAverage(parameters: [], buffers: [], halfLife: halfLife, rampUp: rampUp)
        #expect(isApproximatelyEqual([average.decay(samples: 64, samplesSeen: seen)], [expected]))
    }

    @Test("It starts as a copy and can be restored")
    func copyAndRestore() throws {
        let parameter = NamedTensor("weight", try Tensor([1, 2] as [Float]).requiringGradient())
        let average = try ExponentialMovingAverage(parameters: [parameter], buffers: [], halfLife: 100)
        try parameter.tensor.copy(from: Tensor([5, 6] as [Float]))
        #expect(try average.tensors[0].tensor.floats() == [1, 2])
        try average.restore(["weight": Tensor([3, 4] as [Float])])
        #expect(try average.tensors[0].tensor.floats() == [3, 4])
        #expect(try parameter.tensor.floats() == [5, 6])
        #expect(throws: StateError.self) { try average.restore([:]) }
    }
}
