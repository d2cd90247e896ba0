internal import Datasets
internal import Torch

/// Hands a step's batches and noise to a device.
///
/// They are moved there one by one, or, once it is known what a step asks for, into places that stay, which are filled with what
/// was drawn while the device was at the step before.
final class StepInputs: BatchSource, LatentSource {
    private enum Call: Equatable {
        case batch(count: Int)
        case latents(count: Int, dimension: Int)
        case classes(count: Int)
        case shares(count: Int)
        case noise(Shape)
    }

    private let batches: any BatchSource
    private let latents: any LatentSource
    private let device: Device
    /// What the step that is under way asked for; nil where nobody wants to know.
    private var calls: [Call]?
    /// The places of what each call gives, where they are fixed.
    private var places: [[Tensor]]?
    /// Where among the places the next call finds its own.
    private var next = 0
    /// What the step to come will find in its places, and the state from which that was drawn.
    private var drawn: (values: [[Tensor]], state: [UInt8])?

    init(_ batches: any BatchSource, _ latents: any LatentSource, device: Device) {
        self.batches = batches
        self.latents = latents
        self.device = device
    }

    /// Begins a step that is given what it asks for as it asks, and whose order the ones in place will have.
    func begin() { calls = [] }

    /// Begins a step that asks for what the one before asked for, and finds it in places that stay.
    ///
    /// - Parameters:
    ///   - step: its number.
    ///   - samplesSeen: before it.
    func beginInPlace(step: Int, samplesSeen: Int) throws {
        try draw(step: step, samplesSeen: samplesSeen)
        let values = drawn?.values ?? []
        drawn = nil
        next = 0
        guard let places else {
            places = try values.map { try $0.map { try $0.moved(to: device) } }
            return
        }
        for (places, values) in zip(places, values) {
            for (place, value) in zip(places, values) { try place.copy(from: value) }
        }
    }

    /// Draws for a step what the one before asked for, unless that was done already.
    func draw(step: Int, samplesSeen: Int) throws {
        guard drawn == nil else { return }
        let state = try latents.state()
        var seen = samplesSeen
        drawn = (
            try (calls ?? []).map { call in
                switch call {
                case .batch(let count):
                    defer { seen += count }
                    return Self.list(try batches.batch(count: count, atSample: seen))
                case .latents(let count, let dimension):
                    return [try latents.latents(count: count, dimension: dimension)]
                case .classes(let count): return [try latents.classes(count: count, step: step)]
                case .shares(let count): return [try latents.shares(count: count)]
                case .noise(let shape): return [try latents.noise(shape)]
                }
            }, state
        )
    }

    /// The tensors of a call: those drawn for it at first, then the places into which later steps' draws are copied.
    private func values(_ call: Call, _ draw: () throws -> [Tensor]) throws -> [Tensor] {
        guard let places else {
            calls?.append(call)
            return try draw().map { try $0.moved(to: device) }
        }
        precondition(calls?[next] == call, "a recorded step asks for what the one before asked for")
        defer { next += 1 }
        return places[next]
    }

    /// The items, and the labels where there are any.
    private static func list(_ batch: (items: Tensor, labels: Tensor?)) -> [Tensor] {
        [batch.items] + (batch.labels.map { [$0] } ?? [])
    }

    func batch(count: Int, atSample position: Int) throws -> (items: Tensor, labels: Tensor?) {
        let tensors = try values(.batch(count: count)) {
            Self.list(try batches.batch(count: count, atSample: position))
        }
        return (try batches.expanded(tensors[0]), tensors.count > 1 ? tensors[1] : nil)
    }

    func latents(count: Int, dimension: Int) throws -> Tensor {
        try values(.latents(count: count, dimension: dimension)) {
            [try latents.latents(count: count, dimension: dimension)]
        }[0]
    }

    func classes(count: Int, step: Int) throws -> Tensor {
        try values(.classes(count: count)) { [try latents.classes(count: count, step: step)] }[0]
    }

    func shares(count: Int) throws -> Tensor {
        try values(.shares(count: count)) { [try latents.shares(count: count)] }[0]
    }

    func noise(_ shape: Shape) throws -> Tensor {
        try values(.noise(shape)) { [try latents.noise(shape)] }[0]
    }

    /// As it was before what is drawn ahead.
    func state() throws -> [UInt8] { try drawn?.state ?? latents.state() }

    func restore(_ state: [UInt8]) throws {
        drawn = nil
        try latents.restore(state)
    }
}

/// Takes steps on a CUDA device, most of them from a recording.
///
/// The first few are taken as they come: in them libraries choose their kernels, and the order of the inputs shows. Then one is
/// recorded, and from then on replayed.
final class StepRecorder {
    private let inputs: StepInputs
    private let device: Device
    private var graph: DeviceGraph?
    private var warmUps = 0
    private var recorded: StepOutcome?
    private static let enoughWarmUps = 3

    init(_ inputs: StepInputs, device: Device) {
        self.inputs = inputs
        self.device = device
    }

    /// Takes a step; its outcome is valid until the next.
    func step(of trainer: Trainer) throws -> StepOutcome {
        guard DeviceGraph.isSupported else { return try trainer.perform() }
        if graph == nil { graph = try DeviceGraph(on: device) }
        guard let graph, warmUps == Self.enoughWarmUps else {
            warmUps += 1
            inputs.begin()
            return try trainer.perform()
        }
        try inputs.beginInPlace(step: trainer.step + 1, samplesSeen: trainer.samplesSeen)
        if recorded == nil {
            // Counts as it records; what it records is done by the replay.
            recorded = try graph.record { try trainer.perform() }
        } else {
            trainer.countReplayed()
        }
        try graph.replay()
        try inputs.draw(step: trainer.step + 2, samplesSeen: trainer.samplesSeen)
        guard let recorded else { preconditionFailure("it was just recorded") }
        return recorded
    }
}

extension TrainingSpec {
    /// Whether all that changes from step to step can be told to a device beforehand: nothing that is decided by what was measured,
    /// nor by numbers that are worked out on the CPU in the middle of a step.
    var isRecordable: Bool {
        augmentation.kind == .none && balance == nil && softening.gradientClipping == nil
            && softening.instanceNoise == 0 && schedule.beta2 == nil && generatorOptimiser.isAdam
            && discriminatorOptimiser.isAdam
    }
}

extension OptimiserSpec {
    fileprivate var isAdam: Bool { if case .adam = self { true } else { false } }
}
