package import Torch

/// Adam with bias correction (Kingma and Ba 2015, algorithm 1), all parameters in one call.
package final class Adam: Optimiser {
    package struct Configuration: Sendable, Equatable {
        package var learningRate: Double
        package var beta1: Double
        package var beta2: Double
        package var epsilon: Double
        /// Added to the gradients, times the parameters.
        package var weightDecay: Double

        package init(
            learningRate: Double = 2e-4, beta1: Double = 0.5, beta2: Double = 0.999, epsilon: Double = 1e-8,
            weightDecay: Double = 0
        ) {
            self.learningRate = learningRate
            self.beta1 = beta1
            self.beta2 = beta2
            self.epsilon = epsilon
            self.weightDecay = weightDecay
        }
    }

    package var configuration: Configuration
    private let parameters: [NamedTensor]
    private let tensors: [Tensor]
    private let firstMoments: [Tensor]
    private let secondMoments: [Tensor]
    private var stepCount = 0
    /// On another device than the CPU, the number of steps and the learning rate as that device has them, so that a step can be
    /// recorded there and taken again.
    private let onDevice: (steps: Tensor, learningRate: Tensor)?

    package init(_ parameters: [NamedTensor], configuration: Configuration) throws {
        self.parameters = parameters
        self.configuration = configuration
        tensors = parameters.map(\.tensor)
        firstMoments = try zerosLike(parameters)
        secondMoments = try zerosLike(parameters)
        let device = tensors.first?.device ?? .cpu
        onDevice =
            device == .cpu
            ? nil
            : (try Tensor.zeros([], device: device), try Tensor.full([], configuration.learningRate, device: device))
    }

    package var learningRate: Double {
        get { configuration.learningRate }
        set { configuration.learningRate = newValue }
    }

    package var beta2: Double? {
        get { configuration.beta2 }
        set { if let newValue { configuration.beta2 = newValue } }
    }

    package func step(gradients: [Tensor]) throws {
        if let onDevice {
            try ParameterUpdates.adam(
                parameters: tensors, gradients: gradients, firstMoments: firstMoments, secondMoments: secondMoments,
                steps: onDevice.steps, learningRate: onDevice.learningRate, beta1: configuration.beta1,
                beta2: configuration.beta2, epsilon: configuration.epsilon, weightDecay: configuration.weightDecay)
        } else {
            try ParameterUpdates.adam(
                parameters: tensors, gradients: gradients, firstMoments: firstMoments, secondMoments: secondMoments,
                step: stepCount + 1, learningRate: configuration.learningRate, beta1: configuration.beta1,
                beta2: configuration.beta2, epsilon: configuration.epsilon, weightDecay: configuration.weightDecay)
        }
        stepCount += 1
    }

    /// Tells the parameters' device, where it isn't the CPU, of a learning rate that was set; not while it is recording.
    package func tellDevice() throws {
        try onDevice?.learningRate.fill(configuration.learningRate)
    }

    /// Both moments of a parameter, for who takes the steps elsewhere.
    ///
    /// Each has the parameter's shape.
    package func moments(ofParameter index: Int) -> (first: Tensor, second: Tensor) {
        (firstMoments[index], secondMoments[index])
    }

    /// Counts a step that is taken elsewhere.
    ///
    /// - Returns: its number, 1 for the first.
    package func countStep() -> Int {
        stepCount += 1
        return stepCount
    }

    package var state: [NamedTensor] {
        get throws { try moments + [StepCount.tensor(stepCount)] }
    }

    package func restore(_ state: [String: Tensor]) throws {
        let count = try StepCount.read(state)
        try NamedTensor.restore(moments, from: state)
        stepCount = count
        try onDevice?.steps.fill(Double(count))
    }

    private var moments: [NamedTensor] {
        zip(parameters, firstMoments).map { NamedTensor($0.name.path("first_moment"), $1) }
            + zip(parameters, secondMoments).map { NamedTensor($0.name.path("second_moment"), $1) }
    }
}
