import Networks
import Testing
import Torch

struct LayerTests {
    init() throws { try Engine.setThreads(1) }

    @Test("Parameters and buffers are named by their paths")
    func names() throws {
        let generator = try RandomSource(seed: 1)
        let network = Sequential([
            (name: "input", layer: try Linear(inputs: 4, outputs: 8, hasBias: false, generator: generator)),
            (name: "norm", layer: try BatchNorm(channels: 8, generator: generator)),
            (name: "activation", layer: ActivationLayer(.relu)),
            (name: "inner", layer: Sequential([try Linear(inputs: 8, outputs: 1, generator: generator)])),
        ])
        #expect(
            network.parameters(prefix: "generator").map(\.name) == [
                "generator.input.weight", "generator.norm.weight", "generator.norm.bias",
                "generator.inner.0.weight", "generator.inner.0.bias",
            ])
        #expect(network.buffers().map(\.name) == ["norm.running_mean", "norm.running_var"])
        #expect(network.parameterCount == 4 * 8 + 8 + 8 + 8 + 1)
    }

    @Test("An activation behind a view leaves what the view shows as it was")
    func viewIsNotOverwritten() throws {
        let input = try Tensor([-1, 2, -3, 4] as [Float], shape: [2, 2])
        let network = Sequential([Reshape([2, 1]), ActivationLayer(.relu), Flatten(), ActivationLayer(.tanh)])
        #expect(try network.forward(input, mode: .inference).floats()[0] == 0)
        #expect(try input.floats() == [-1, 2, -3, 4])
    }

    @Test("Inference writes nothing and doesn't depend on the rest of the batch")
    func inference() throws {
        let generator = try RandomSource(seed: 2)
        let network = Sequential([
            try Convolution2d(inputs: 1, outputs: 4, kernel: 3, padding: 1, generator: generator),
            try BatchNorm(channels: 4, generator: generator), ActivationLayer(.relu),
        ])
        let batch = try Tensor.normal([3, 1, 5, 5], generator: generator)
        _ = try network.forward(batch, mode: .training)
        let before = try network.buffers().map { try $0.tensor.bytes() }
        let together = try network.forward(batch, mode: .inference)
        let alone = try network.forward(batch.narrowed(dimension: 0, start: 1, length: 1), mode: .inference)
        #expect(try network.buffers().map { try $0.tensor.bytes() } == before)
        let middle = try together.narrowed(dimension: 0, start: 1, length: 1).floats()
        #expect(zip(try alone.floats(), middle).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test(
        arguments: [
            (height: 6, width: 5, first: Float(0)), (4, 5, 5), (3, 3, 6), (1, 1, 12),
        ])
    func centreCrop(height: Int, width: Int, first: Float) throws {
        let image = try Tensor((0..<30).map(Float.init), shape: [1, 1, 6, 5])
        let cropped = try CentreCrop(height: height, width: width).forward(image, mode: .inference)
        #expect(cropped.shape == [1, 1, height, width])
        #expect(try cropped.floats()[0] == first)
    }

    @Test("A crop larger than the image is refused")
    func impossibleCrop() throws {
        let image = try Tensor.zeros([1, 1, 6, 5])
        #expect(throws: EngineError(operation: "centre crop", detail: "[1, 1, 6, 5] has no middle of 7 × 5")) {
            try CentreCrop(height: 7, width: 5).forward(image, mode: .inference)
        }
    }

    @Test("First values have the spread that their rule says and come from the generator alone")
    func initialisers() throws {
        let uniform = try Linear(inputs: 400, outputs: 200, generator: RandomSource(seed: 5))
        let values = try uniform.weight.floats()
        #expect(values.allSatisfy { abs($0) <= 0.05 })
        #expect(abs(try uniform.weight.squared().mean().item().squareRoot() - 0.05 / 3.0.squareRoot()) < 3e-4)
        let again = try Linear(inputs: 400, outputs: 200, generator: RandomSource(seed: 5))
        #expect(try again.weight.bytes() == uniform.weight.bytes())

        let normal = try Convolution2d(
            inputs: 64, outputs: 64, kernel: 4, initialiser: .dcgan, generator: RandomSource(seed: 6))
        #expect(abs(try normal.weight.squared().mean().item().squareRoot() - 0.02) < 2e-4)
        #expect(try #require(normal.bias).floats().allSatisfy { $0 == 0 })
    }

    @Test("Restoring names what doesn't fit and then writes nothing")
    func restoring() throws {
        let layer = try Linear(inputs: 2, outputs: 3, generator: RandomSource(seed: 1))
        let before = try layer.weight.bytes()
        #expect(throws: StateError(name: "bias", detail: "the stored tensor has the shape [2], not [3]")) {
            try layer.restore(["weight": Tensor.zeros([3, 2]), "bias": Tensor.zeros([2])])
        }
        #expect(throws: StateError(name: "d.weight", detail: "the stored state has no tensor of this name")) {
            try layer.restore(["weight": Tensor.zeros([3, 2])], prefix: "d")
        }
        #expect(try layer.weight.bytes() == before)
        try layer.restore(["d.weight": Tensor.ones([3, 2]), "d.bias": Tensor.zeros([3])], prefix: "d")
        #expect(try layer.weight.floats() == [1, 1, 1, 1, 1, 1])
        #expect(layer.weight.requiresGradient)
    }

    @Test("Two layers of one name are a mistake in the program")
    func doubleName() async {
        await #expect(processExitsWith: .failure) {
            _ = Sequential([(name: "a", layer: Flatten()), (name: "a", layer: Flatten())])
        }
    }
}
