internal import Torch

/// Hands a step's batches and noise to a device: moved there one by one, or, once their order is known, in places that stay.
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
    /// What the step that is under way asked for.
    private var calls: [Call] = []
    /// The places of what each call gives, where they are fixed.
    private var places: [[Tensor]]?

    init(_ batches: any BatchSource, _ latents: any LatentSource, device: Device) {
        self.batches = batches
        self.latents = latents
        self.device = device
    }

    /// Begins a step, which is given what it asks for as it asks.
    func begin() { calls = [] }

    /// Fixes the places of what the step that has ended asked for; the next one is to ask for the same.
    func fix(step: Int, samplesSeen: Int) throws {
        guard places == nil else { return }
        // Of the values, which are drawn anew below, only the shapes matter.
        let state = try latents.state()
        places = try given(step: step, samplesSeen: samplesSeen).map { try $0.map { try $0.moved(to: device) } }
        try latents.restore(state)
    }

    /// Draws what the step to come will ask for, into its places.
    func fill(step: Int, samplesSeen: Int) throws {
        for (places, values) in zip(places ?? [], try given(step: step, samplesSeen: samplesSeen)) {
            for (place, value) in zip(places, values) { try place.copy(from: value) }
        }
    }

    private func given(step: Int, samplesSeen: Int) throws -> [[Tensor]] {
        var seen = samplesSeen
        return try calls.map { call in
            switch call {
            case .batch(let count):
                defer { seen += count }
                let batch = try batches.batch(count: count, atSample: seen)
                return [batch.items] + (batch.labels.map { [$0] } ?? [])
            case .latents(let count, let dimension): return [try latents.latents(count: count, dimension: dimension)]
            case .classes(let count): return [try latents.classes(count: count, step: step)]
            case .shares(let count): return [try latents.shares(count: count)]
            case .noise(let shape): return [try latents.noise(shape)]
            }
        }
    }

    /// Where places are fixed, calls are counted over to find them.
    private var next = 0

    func rewind() { next = 0 }

    private func value(_ call: Call, _ draw: () throws -> Tensor) throws -> Tensor {
        try values(call) { [try draw()] }[0]
    }

    private func values(_ call: Call, _ draw: () throws -> [Tensor]) throws -> [Tensor] {
        if let places {
            precondition(calls[next] == call, "a recorded step asks for what the one before asked for")
            defer { next += 1 }
            return places[next]
        }
        calls.append(call)
        return try draw().map { try $0.moved(to: device) }
    }

    func batch(count: Int, atSample position: Int) throws -> (items: Tensor, labels: Tensor?) {
        let tensors = try values(.batch(count: count)) {
            let batch = try batches.batch(count: count, atSample: position)
            return [batch.items] + (batch.labels.map { [$0] } ?? [])
        }
        return (tensors[0], tensors.count > 1 ? tensors[1] : nil)
    }

    func latents(count: Int, dimension: Int) throws -> Tensor {
        try value(.latents(count: count, dimension: dimension)) {
            try latents.latents(count: count, dimension: dimension)
        }
    }

    func classes(count: Int, step: Int) throws -> Tensor {
        try value(.classes(count: count)) { try latents.classes(count: count, step: step) }
    }

    func shares(count: Int) throws -> Tensor {
        try value(.shares(count: count)) { try latents.shares(count: count) }
    }

    func noise(_ shape: Shape) throws -> Tensor {
        try value(.noise(shape)) { try latents.noise(shape) }
    }

    func state() throws -> [UInt8] { try latents.state() }

    func restore(_ state: [UInt8]) throws { try latents.restore(state) }
}

/// Takes steps on a CUDA device: a few as they come, in which libraries choose their kernels and the order of the inputs shows;
/// then one that is recorded; from then on the recording.
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
        try inputs.fix(step: trainer.step + 1, samplesSeen: trainer.samplesSeen)
        try inputs.fill(step: trainer.step + 1, samplesSeen: trainer.samplesSeen)
        if let recorded {
            try graph.replay()
            trainer.countReplayed()
            return recorded
        }
        inputs.rewind()
        // Counts as it records; what it records is done by the replay.
        let outcome = try graph.record { try trainer.perform() }
        recorded = outcome
        try graph.replay()
        return outcome
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
