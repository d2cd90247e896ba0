import Codecs
import Networks
import Testing
import Torch

/// Ten steps of every optimiser over a grid of options against PyTorch.
struct OptimiserGoldenTests {
    static let parameterNames = ["matrix", "filter", "bias"]

    static var cases: [String] {
        get throws { try GoldenFile("optimisers").cases }
    }

    let golden: GoldenFile

    init() throws {
        try Engine.setThreads(1)
        golden = try GoldenFile("optimisers")
    }

    @Test(arguments: try cases)
    func tenSteps(_ name: String) throws {
        let parameters = try startingPoint()
        let optimiser = try make(name, parameters)
        for step in 1...10 {
            try optimiser.step(gradients: try gradients(step: step))
            guard step == 1 || step == 10 else { continue }
            for parameter in parameters {
                try golden.expect(parameter.tensor, matches: "\(name)/\(step)/\(parameter.name)")
            }
        }
    }

    @Test("A restored optimiser goes on bit for bit", arguments: ["adam_03", "sgd_16", "sgd_18"])
    func restoring(_ name: String) throws {
        let straight = try startingPoint()
        let interrupted = try startingPoint()
        let first = try make(name, straight)
        let second = try make(name, interrupted)
        for step in 1...5 {
            try first.step(gradients: try gradients(step: step))
            try second.step(gradients: try gradients(step: step))
        }
        let third = try make(name, interrupted)
        try third.restore(Dictionary(uniqueKeysWithValues: second.state.map { ($0.name, $0.tensor) }))
        for step in 6...10 {
            try first.step(gradients: try gradients(step: step))
            try third.step(gradients: try gradients(step: step))
        }
        for (one, other) in zip(straight, interrupted) {
            #expect(try one.tensor.bytes() == other.tensor.bytes())
        }
    }

    @Test("Gradients in another byte order move the parameters the same way")
    func byteOrder() throws {
        let plain = try startingPoint()
        let channelsLast = try startingPoint().map {
            NamedTensor($0.name, $0.tensor.rank == 4 ? try $0.tensor.contiguous(channelsLast: true) : $0.tensor)
        }
        let optimisers = try [make("adam_00", plain), make("adam_00", channelsLast)]
        for step in 1...3 {
            for optimiser in optimisers { try optimiser.step(gradients: try gradients(step: step)) }
        }
        for (one, other) in zip(plain, channelsLast) {
            #expect(try one.tensor.bytes() == other.tensor.bytes())
        }
    }

    @Test("A state of another network is refused by name")
    func refusedState() throws {
        let optimiser = try make("adam_00", startingPoint())
        #expect(throws: StateError(name: "step", detail: "the stored state has no tensor of this name")) {
            try optimiser.restore([:])
        }
        var state = Dictionary(uniqueKeysWithValues: try optimiser.state.map { ($0.name, $0.tensor) })
        state["bias.first_moment"] = try Tensor.zeros([6])
        #expect(
            throws: StateError(name: "bias.first_moment", detail: "the stored tensor has the shape [6], not [5]")
        ) {
            try optimiser.restore(state)
        }
    }

    private func startingPoint() throws -> [NamedTensor] {
        try Self.parameterNames.map {
            NamedTensor($0, try golden.tensor("start/\($0)").copied().requiringGradient())
        }
    }

    private func gradients(step: Int) throws -> [Tensor] {
        try Self.parameterNames.map { name in
            let all = try golden.tensor("gradients/\(name)")
            return try all.narrowed(dimension: 0, start: step - 1, length: 1).reshaped(Array(all.shape.dropFirst()))
        }
    }

    private func make(_ name: String, _ parameters: [NamedTensor]) throws -> any Optimiser {
        let options = try golden.options(of: name)
        func number(_ key: String) throws -> Double { try #require(options[key]?.number) }
        if name.hasPrefix("adam") {
            let betas = try #require(options["betas"]?.array).compactMap(\.number)
            return try Adam(
                parameters,
                configuration: Adam.Configuration(
                    learningRate: number("lr"), beta1: betas[0], beta2: betas[1], epsilon: number("eps"),
                    weightDecay: number("weight_decay")))
        }
        return try SGD(
            parameters,
            configuration: SGD.Configuration(
                learningRate: number("lr"), momentum: number("momentum"), dampening: number("dampening"),
                weightDecay: number("weight_decay"), isNesterov: options["nesterov"] == .boolean(true)))
    }
}
