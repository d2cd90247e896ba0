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
    /// The spec with which to try again: lower learning rates, twice the penalties, and, where convolutions make images, these
    /// augmented as far as the discriminator is too sure of real ones.
    ///
    /// Rates are halved for Adam. SGD's are quartered: it runs off where a rate times γ is too large, and that product has
    /// to sink although γ rises. A discriminator without any penalty gets one where its norm admits it, since nothing else
    /// bounds its slope.
    ///
    /// - Returns: the spec, and what has changed, by its path, as `{"from": …, "to": …}`.
    package func repaired() -> (spec: ResolvedSpec, changes: JSON) {
        var spec = self
        var changes: [JSON.Member] = []
        func note(_ name: String, from before: JSON, to after: JSON) {
            changes.append(JSON.Member(name: "training.\(name)", value: ["from": before, "to": after]))
        }
        func change(_ name: String, _ path: WritableKeyPath<TrainingSpec, Double>, to value: Double) {
            let before = spec.training[keyPath: path]
            guard before != value else { return }
            spec.training[keyPath: path] = value
            note(name, from: .number(before), to: .number(value))
        }
        let generator = training.generatorOptimiser
        let discriminator = training.discriminatorOptimiser
        change(
            "generator_optimizer.learning_rate", \.generatorOptimiser.learningRate,
            to: generator.repairedRate)
        change(
            "discriminator_optimizer.learning_rate", \.discriminatorOptimiser.learningRate,
            to: discriminator.repairedRate)
        let penalties = training.regularisation.raised(
            for: training.objective, remedy, mayBegin: model.norms.discriminator != .batch)
        change("regularisation.r1", \.regularisation.realSlope, to: penalties.realSlope)
        change("regularisation.r2", \.regularisation.fakeSlope, to: penalties.fakeSlope)
        change("regularisation.gradient_penalty", \.regularisation.gradientPenalty, to: penalties.gradientPenalty)
        if training.augmentation.kind == .none, let augmentation = remedy.augmentation {
            spec.training.augmentation = augmentation
            note("augmentation", from: training.augmentation.json, to: spec.training.augmentation.json)
        }
        return (spec, .object(changes))
    }

    private var remedy: Remedy { type(of: model.architecture).remedy }

    /// Whether training may go on from a checkpoint of this spec with another one: all that shapes the state is the same.
    ///
    /// Limits, the rates that a repair changes, and what multiplies matrices may differ.
    func fits(_ other: ResolvedSpec) -> Bool {
        var same = self
        same.matrixProduct = other.matrixProduct
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

extension OptimiserSpec {
    /// The learning rate after a repair; above 0 however often it sinks, as a spec has it.
    fileprivate var repairedRate: Double {
        let factor =
            switch self {
            case .adam: 0.5
            case .sgd: 0.25
            }
        return max(learningRate * factor, .leastNormalMagnitude)
    }
}

extension Regularisation {
    /// Twice as much, within what a spec may have; or, where there is nothing, the penalty that the objective is usually trained with.
    fileprivate func raised(for objective: Objective, _ remedy: Remedy, mayBegin: Bool) -> Regularisation {
        var raised = self
        if isPerItem {
            let most = SpecRange.penalty.upperBound
            raised.realSlope = min(most, 2 * realSlope)
            raised.fakeSlope = min(most, 2 * fakeSlope)
            raised.gradientPenalty = min(most, 2 * gradientPenalty)
        } else if mayBegin {
            switch objective {
            case .wasserstein: raised.gradientPenalty = 10
            case .minimax, .nonSaturating, .leastSquares, .hinge, .relativistic: raised.realSlope = remedy.realSlope
            }
        }
        return raised
    }
}
