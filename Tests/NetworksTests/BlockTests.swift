import Networks
import TestSupport
import Testing
import Torch

/// What blocks and norms promise beyond PyTorch's numbers, which the training runs of AdversarialTests hold them to.
struct BlockTests {
    init() throws { try Engine.setThreads(1) }

    @Test("A residual block starts as the identity, and learns")
    func identity() throws {
        let generator = try RandomSource(seed: 1)
        let block = try ResidualBlock(channels: 4, inner: 32, groups: 2, blocks: 6, generator: generator)
        let input = try Tensor.normal([3, 4, 6, 5], generator: generator)
        #expect(try block.forward(input, mode: .training).floats() == input.floats())
        let parameters = block.parameters()
        let slopes: [Tensor] = try gradients(
            of: [block.forward(input, mode: .training).squared().sum()], with: parameters.map(\.tensor))
        let moving = try zip(parameters, slopes).filter { try $0.1.magnitude().sum().item() > 0 }.map(\.0.name)
        // The others move once the last convolution has.
        #expect(moving == ["contraction.weight"])
    }

    @Test("A block's inner weights shrink with the number of blocks", arguments: [1, 4, 16])
    func scale(blocks: Int) throws {
        let generator = try RandomSource(seed: 2)
        let block = try ResidualBlock(channels: 64, inner: 128, groups: 8, blocks: blocks, generator: generator)
        for (name, fanIn) in [("expansion.weight", 64.0), ("spatial.weight", 16 * 9.0)] {
            let weight = try #require(block.parameters().first { $0.name == name }).tensor
            let expected = (2 / 1.04 / fanIn / Double(blocks).squareRoot()).squareRoot()
            let deviation = try weight.detached().squared().mean().item().squareRoot()
            #expect(isApproximatelyEqual([deviation], [expected], relative: 0.05, absolute: 0), "\(name)")
        }
    }

    @Test("A weight under spectral norm stretches no vector, and inference leaves its vectors alone")
    func spectralNorm() throws {
        let generator = try RandomSource(seed: 3)
        let layer = try Linear(inputs: 6, outputs: 5, hasBias: false, isSpectral: true, generator: generator)
        for _ in 0..<50 { _ = try layer.forward(Tensor.ones([1, 6]), mode: .training) }
        let before = try layer.buffers().map { try $0.tensor.floats() }
        let identity = try Tensor((0..<36).map { $0 % 7 == 0 ? 1 as Float : 0 }, shape: [6, 6])
        // Rows are what the unit vectors become: the transposed weight.
        let weight = try layer.forward(identity, mode: .inference).detached()
        let largest = try weight.matmul(weight.permuted([1, 0])).symmetricEigen().values.floats().max() ?? 0
        #expect(isApproximatelyEqual([Double(largest)], [1], relative: 1e-3, absolute: 0))
        #expect(try layer.buffers().map { try $0.tensor.floats() } == before)
    }

    @Test("The deviation of a group tells equal items from different ones, and a group's items alone count")
    func minibatchDeviation() throws {
        let layer = MinibatchDeviation(group: 2)
        let items: [Float] = [1, 1, 1, 1, 0, 0, 2, 4, 5, 5]
        let result = try layer.forward(Tensor(items, shape: [5, 2]), mode: .training)
        #expect(result.shape == [5, 3])
        let deviations = try result.narrowed(dimension: 1, start: 2, length: 1).floats().map(Double.init)
        // Of (0, 2) and (0, 4) about their means: 1 and 2; the last item is a group of its own.
        #expect(isApproximatelyEqual(deviations, [0, 0, 1.5, 1.5, 0], relative: 1e-4, absolute: 2e-4))
    }
}
