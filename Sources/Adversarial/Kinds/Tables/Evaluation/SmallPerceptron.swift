internal import Datasets
internal import Networks
internal import Torch

/// A small network that tells classes of rows apart, trained once for a figure.
struct SmallPerceptron {
    private let network: Sequential
    private let outputs: Int

    /// How it is built and trained.
    struct Configuration {
        var hidden: [Int]
        var activation: Activation
        var batch: Int
        var epochs: Int
        var learningRate: Double
        /// Times the weights in each gradient.
        var weightDecay: Double
    }

    /// Trains a network.
    ///
    /// - Parameters:
    ///   - classes: of each row, in `0..<classCount`.
    ///   - onPart: called after each epoch.
    init(
        _ rows: FeatureMatrix, classes: [Int], classCount: Int, _ configuration: Configuration, seed: UInt64,
        onPart: () throws -> Void
    ) throws {
        precondition(rows.count > 0 && rows.width > 0 && classes.count == rows.count)
        let generator = try RandomSource(seed: seed)
        var layers: [any Layer] = []
        var width = rows.width
        for hidden in configuration.hidden {
            layers.append(try Linear(inputs: width, outputs: hidden, generator: generator))
            layers.append(ActivationLayer(configuration.activation))
            width = hidden
        }
        outputs = classCount == 2 ? 1 : classCount
        layers.append(try Linear(inputs: width, outputs: outputs, generator: generator))
        network = Sequential(layers)
        let parameters = network.parameters()
        let optimiser = try Adam(
            parameters,
            configuration: Adam.Configuration(
                learningRate: configuration.learningRate, beta1: 0.9, weightDecay: configuration.weightDecay))
        let items = try Tensor(rows.values, shape: [rows.count, rows.width])
        let targets = try ClassTargets.tensor(classes, classCount: classCount)
        for epoch in 0..<configuration.epochs {
            let order = ItemOrder(count: rows.count, seed: seed, epoch: epoch)
            let shuffled = (0..<rows.count).map { Int64(order[$0]) }
            for start in stride(from: 0, to: rows.count, by: configuration.batch) {
                let chosen = try Tensor(Array(shuffled[start..<min(start + configuration.batch, rows.count)]))
                let logits = try network.forward(items.selected(indices: chosen), mode: .training)
                let loss = try ClassTargets.losses(logits, targets.selected(indices: chosen)).mean()
                try optimiser.step(gradients: gradients(of: [loss], with: parameters.map(\.tensor)))
            }
            try onPart()
        }
    }

    /// The logits of rows, `[rows, outputs]`: one output, of class 1, where there are two classes.
    func logits(_ rows: FeatureMatrix) throws -> [Float] {
        guard rows.count > 0 else { return [] }
        return try withoutGradients {
            try network.forward(Tensor(rows.values, shape: [rows.count, rows.width]), mode: .inference).floats()
        }
    }

    /// The likeliest class of each row.
    func classes(_ rows: FeatureMatrix) throws -> [Int] { ClassTargets.classes(try logits(rows), outputs: outputs) }
}

/// Classes beside logits: one output, of class 1, where there are two classes, else one for each.
enum ClassTargets {
    /// `[rows, outputs]`, 1 at each row's class.
    static func tensor(_ classes: [Int], classCount: Int) throws -> Tensor {
        let outputs = classCount == 2 ? 1 : classCount
        var values = [Float](repeating: 0, count: classes.count * outputs)
        for (row, wanted) in classes.enumerated() {
            if outputs == 1 { values[row] = Float(wanted) } else { values[row * outputs + wanted] = 1 }
        }
        return try Tensor(values, shape: [classes.count, outputs])
    }

    /// The cross-entropy of each row, `[rows]`.
    static func losses(_ logits: Tensor, _ targets: Tensor) throws -> Tensor {
        guard targets.shape[1] > 1 else { return try (logits.softplus() - logits * targets).sum([1]) }
        return try (logits.logSoftmax(dimension: 1) * targets).sum([1]).negated()
    }

    /// The likeliest class of each row.
    static func classes(_ logits: [Float], outputs: Int) -> [Int] {
        guard outputs > 1 else { return logits.map { $0 > 0 ? 1 : 0 } }
        return stride(from: 0, to: logits.count, by: outputs).map { start in
            (0..<outputs).reduce(0) { logits[start + $1] > logits[start + $0] ? $1 : $0 }
        }
    }
}
