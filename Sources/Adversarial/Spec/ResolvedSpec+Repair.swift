package import Codecs

/// How often a job that runs off may be set back and go on.
package struct RepairSpec: Sendable, Equatable {
    /// Repairs over the whole job; 0 lets it fail at once.
    package var attempts: Int

    /// A rule for repairs.
    package init(attempts: Int) {
        self.attempts = attempts
    }
}

extension ResolvedSpec {
    /// The spec with which to try again: half the learning rates, twice the penalties where there are any, and images
    /// augmented as far as the discriminator is too sure of real ones.
    ///
    /// - Returns: the spec, and what has changed, by its path, as `{"from": …, "to": …}`.
    package func repaired() -> (spec: ResolvedSpec, changes: JSON) {
        var spec = self
        var changes: [JSON.Member] = []
        func change(_ name: String, _ path: WritableKeyPath<ResolvedSpec, Double>, by factor: Double) {
            let before = spec[keyPath: path]
            guard before > 0 else { return }
            spec[keyPath: path] = before * factor
            let values: JSON = ["from": .number(before), "to": .number(before * factor)]
            changes.append(JSON.Member(name: name, value: values))
        }
        change(
            "training.generator_optimizer.learning_rate", \.training.generatorOptimiser.learningRate, by: 0.5)
        change(
            "training.discriminator_optimizer.learning_rate", \.training.discriminatorOptimiser.learningRate, by: 0.5)
        change("training.regularisation.r1", \.training.regularisation.realSlope, by: 2)
        change("training.regularisation.r2", \.training.regularisation.fakeSlope, by: 2)
        change("training.regularisation.gradient_penalty", \.training.regularisation.gradientPenalty, by: 2)
        if spec.training.augmentation.kind == .none, model.architecture.name != .multilayerPerceptron {
            spec.training.augmentation = AugmentationSpec(kind: .adaptive)
            changes.append(
                JSON.Member(
                    name: "training.augmentation",
                    value: ["from": training.augmentation.json, "to": spec.training.augmentation.json]))
        }
        return (spec, .object(changes))
    }

    /// Whether training may go on from a checkpoint of this spec with another one: all that shapes the state is the same.
    ///
    /// Limits, and the rates that a repair changes, may differ.
    func fits(_ other: ResolvedSpec) -> Bool {
        var same = self
        same.checkpoint = other.checkpoint
        same.evaluation = other.evaluation
        same.health = other.health
        same.repair = other.repair
        same.training.length = other.training.length
        same.training.augmentation = other.training.augmentation
        same.training.regularisation = other.training.regularisation
        same.training.generatorOptimiser.learningRate = other.training.generatorOptimiser.learningRate
        same.training.discriminatorOptimiser.learningRate = other.training.discriminatorOptimiser.learningRate
        return same == other
    }
}
