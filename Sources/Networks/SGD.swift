package import Torch

/// Stochastic gradient descent with momentum as PyTorch defines it, all parameters in one call.
///
/// momentum buffer = momentum × buffer + (1 - dampening) × gradient (the first gradient itself at first); the
/// parameters move by the learning rate times the buffer, with Nesterov by gradient + momentum × buffer.
package final class SGD: Optimiser {
    package struct Configuration: Sendable, Equatable {
        package var learningRate: Double
        package var momentum: Double
        package var dampening: Double
        /// Added to the gradients, times the parameters.
        package var weightDecay: Double
        package var isNesterov: Bool

        package init(
            learningRate: Double, momentum: Double = 0, dampening: Double = 0, weightDecay: Double = 0,
            isNesterov: Bool = false
        ) {
            self.learningRate = learningRate
            self.momentum = momentum
            self.dampening = dampening
            self.weightDecay = weightDecay
            self.isNesterov = isNesterov
        }
    }

    package var configuration: Configuration
    private let parameters: [NamedTensor]
    private let tensors: [Tensor]
    /// Absent without momentum.
    private let momenta: [Tensor]?
    private var stepCount = 0

    package init(_ parameters: [NamedTensor], configuration: Configuration) throws {
        self.parameters = parameters
        self.configuration = configuration
        tensors = parameters.map(\.tensor)
        momenta = configuration.momentum == 0 ? nil : try zerosLike(parameters)
    }

    package var learningRate: Double {
        get { configuration.learningRate }
        set { configuration.learningRate = newValue }
    }

    package var beta2: Double? {
        get { nil }
        set {}
    }

    package func step(gradients: [Tensor]) throws {
        try ParameterUpdates.sgd(
            parameters: tensors, gradients: gradients, momenta: momenta, isFirst: stepCount == 0,
            learningRate: configuration.learningRate, momentum: configuration.momentum,
            dampening: configuration.dampening, weightDecay: configuration.weightDecay,
            nesterov: configuration.isNesterov)
        stepCount += 1
    }

    package var state: [NamedTensor] {
        get throws { try namedMomenta + [StepCount.tensor(stepCount)] }
    }

    package func restore(_ state: [String: Tensor]) throws {
        let count = try StepCount.read(state)
        try NamedTensor.restore(namedMomenta, from: state)
        stepCount = count
    }

    private var namedMomenta: [NamedTensor] {
        zip(parameters, momenta ?? []).map { NamedTensor($0.name.path("momentum"), $1) }
    }
}
