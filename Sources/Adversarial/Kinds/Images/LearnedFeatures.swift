package import Datasets
internal import Networks
package import Torch

/// Features of images, learned from the dataset itself: the last hidden layer of a small classifier.
///
/// It learns the dataset's classes or, where there are none, which way up an image is (Gidaris et al. 2018). The same
/// dataset gives the same features, so that scores of its jobs can be compared, on the same build and threads.
package final class LearnedFeatures: FeatureSpace {
    private let layers: Sequential
    private let head: Linear
    private let task: Task

    private static let width = 64
    /// Enough to tell good samples from bad ones, in seconds.
    package static let steps = 400
    private static let batchSize = 64
    private static let seed: UInt64 = 0x6665_6174

    private enum Task {
        case classes(Int)
        /// Quarter turns, or half ones where sides differ.
        case turns(Int)

        var count: Int {
            switch self {
            case .classes(let count), .turns(let count): count
            }
        }
    }

    /// Trains the classifier on the training items.
    ///
    /// - Parameters:
    ///   - steps: of 64 images each.
    ///   - onStep: called before each of the steps; what it throws ends the work.
    /// - Throws: what reading the dataset throws, and `EngineError`.
    package static func learn(
        from dataset: Dataset, steps: Int = steps, onStep: () throws -> Void = {}
    ) throws -> LearnedFeatures {
        guard let schema = dataset.manifest.schema as? ImageSchema else {
            preconditionFailure("features are learned of images")
        }
        let classes = schema.classes.count
        let task: Task = classes > 1 ? .classes(classes) : .turns(schema.height == schema.width ? 4 : 2)
        let features = try LearnedFeatures(schema.shape, task)
        let parameters = features.layers.parameters(prefix: "layers") + features.head.parameters(prefix: "head")
        let optimiser = try Adam(parameters, configuration: Adam.Configuration(learningRate: 1e-3, beta1: 0.9))
        for step in 0..<steps {
            try onStep()
            let batch = try dataset.batch(count: batchSize, atSample: step * batchSize, seed: seed)
            let loss = try features.loss(of: batch, step: step)
            try optimiser.step(gradients: gradients(of: [loss], with: parameters.map(\.tensor)))
        }
        return features
    }

    private init(_ shape: [Int], _ task: Task) throws {
        self.task = task
        let random = try RandomSource(seed: Self.seed)
        let plan = Self.plan(shape)
        layers = try plan.layers(.fanIn, random: random)
        head = try Linear(inputs: Self.width, outputs: task.count, generator: random)
    }

    /// Convolutions that halve the sides down to about 4, then one hidden layer.
    private static func plan(_ shape: [Int]) -> NetworkPlan {
        var plan = NetworkPlan(inputShape: shape, layers: [])
        // Large images have more places to look at: fewer channels keep the work small beside training's.
        var channels = min(shape[1], shape[2]) <= 32 ? 32 : 16
        while plan.outputShape.dropFirst().min() ?? 0 >= 8 {
            plan.layers += [
                .convolution(ConvolutionPlan(inputs: plan.outputShape[0], outputs: channels, hasBias: true)),
                .activation(.leakyRelu),
            ]
            channels = min(128, channels * 2)
        }
        plan.layers.append(.flatFeatureMap)
        plan.layers += [.linear(inputs: plan.outputShape[0], outputs: width), .activation(.leakyRelu)]
        return plan
    }

    /// `[items, 64]` of images as the networks see them.
    package func features(of items: Tensor) throws -> Tensor {
        try Tensor.concatenated(parts(items).map { try look(at: $0).features })
    }

    /// What the classifier takes each of `[items, channels, height, width]` for; empty where the dataset has no classes.
    package func classes(of items: Tensor) throws -> [Int] {
        try parts(items).flatMap { try look(at: $0).classes?.integers().map { Int($0) } ?? [] }
    }

    /// `[items, …]` cut into parts of at most `itemsAtOnce` items.
    private func parts(_ items: Tensor) throws -> [Tensor] {
        let count = items.shape[0]
        return try stride(from: 0, to: count, by: itemsAtOnce).map { first in
            try items.narrowed(dimension: 0, start: first, length: min(itemsAtOnce, count - first))
        }
    }

    let itemsAtOnce = 100

    var name: FeatureSpaceName {
        if case .classes = task { .learnedClasses } else { .learnedRotations }
    }

    var classCount: Int? {
        if case .classes(let count) = task { count } else { nil }
    }

    func look(at items: Tensor) throws -> (features: Tensor, classes: Tensor?) {
        try withoutGradients {
            let features = try layers.forward(items, mode: .inference)
            guard case .classes = task else { return (features, nil) }
            return (features, try head.forward(features, mode: .inference).indexOfLargest(dimension: 1))
        }
    }

    /// The mean cross-entropy of a batch, as a tensor of one element.
    private func loss(of batch: Batch, step: Int) throws -> Tensor {
        let (items, labels) = try puzzle(batch)
        let logits = try head.forward(layers.forward(items, mode: .training), mode: .training)
        var truth = [Float](repeating: 0, count: labels.count * task.count)
        for (row, label) in labels.enumerated() { truth[row * task.count + label] = 1 }
        let chosen = try Tensor(truth, shape: [labels.count, task.count])
        return try (logits.logSoftmax(dimension: 1) * chosen).sum() * (-1 / Double(labels.count))
    }

    /// What the classifier is shown, `[items, channels, height, width]`, and what it is to say.
    private func puzzle(_ batch: Batch) throws -> (items: Tensor, labels: [Int]) {
        switch task {
        case .classes:
            return (batch.items, try (batch.labels?.doubles() ?? []).map { Int($0) })
        case .turns(let count):
            let size = batch.items.shape[0] / count
            let parts = try (0..<count).map { turn in
                let part = try batch.items.narrowed(dimension: 0, start: turn * size, length: size)
                return try turned(part, by: turn * 4 / count)
            }
            return (try Tensor.concatenated(parts), (0..<count * size).map { $0 / size })
        }
    }

    /// Images `[items, channels, height, width]` turned by so many quarters.
    private func turned(_ items: Tensor, by quarters: Int) throws -> Tensor {
        func reversed(_ tensor: Tensor, _ dimension: Int) throws -> Tensor {
            try tensor.selected(
                dimension: dimension, indices: Tensor((0..<tensor.shape[dimension]).reversed().map { Int64($0) }))
        }
        switch quarters {
        case 1: return try reversed(items.permuted([0, 1, 3, 2]), 2)
        case 2: return try reversed(reversed(items, 2), 3)
        case 3: return try reversed(items.permuted([0, 1, 3, 2]), 3)
        default: return items
        }
    }
}
