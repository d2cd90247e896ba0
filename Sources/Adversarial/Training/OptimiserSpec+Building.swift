internal import Networks

extension OptimiserSpec {
    /// The optimiser that the spec describes, over some parameters.
    func optimiser(of parameters: [NamedTensor]) throws -> any Optimiser {
        switch self {
        case .adam(let learningRate, let beta1, let beta2):
            try Adam(
                parameters,
                configuration: Adam.Configuration(learningRate: learningRate, beta1: beta1, beta2: beta2))
        case .sgd(let learningRate, let momentum):
            try SGD(parameters, configuration: SGD.Configuration(learningRate: learningRate, momentum: momentum))
        }
    }
}
