import CTorch

extension Tensor {
    package func negated() throws(EngineError) -> Tensor { try made { gt_unary(.negate, $0, $1) } }

    package func exponential() throws(EngineError) -> Tensor { try made { gt_unary(.exponential, $0, $1) } }

    package func logarithm() throws(EngineError) -> Tensor { try made { gt_unary(.logarithm, $0, $1) } }

    package func squareRoot() throws(EngineError) -> Tensor { try made { gt_unary(.squareRoot, $0, $1) } }

    package func squared() throws(EngineError) -> Tensor { try made { gt_unary(.square, $0, $1) } }

    package func magnitude() throws(EngineError) -> Tensor { try made { gt_unary(.absolute, $0, $1) } }

    package func sine() throws(EngineError) -> Tensor { try made { gt_unary(.sine, $0, $1) } }

    package func cosine() throws(EngineError) -> Tensor { try made { gt_unary(.cosine, $0, $1) } }

    /// Each element to a power.
    package func raised(to exponent: Double) throws(EngineError) -> Tensor {
        try made { gt_power($0, exponent, $1) }
    }

    /// log(1 + exp(x)), without overflow.
    package func softplus() throws(EngineError) -> Tensor { try made { gt_unary(.softplus, $0, $1) } }

    /// log(1 / (1 + exp(-x))), without overflow.
    package func logSigmoid() throws(EngineError) -> Tensor { try made { gt_unary(.logSigmoid, $0, $1) } }

    package func sigmoid() throws(EngineError) -> Tensor { try activated(.sigmoid) }

    package func relu() throws(EngineError) -> Tensor { try activated(.relu) }

    package func tanh() throws(EngineError) -> Tensor { try activated(.tanh) }

    /// x where it is positive, else slope × x.
    /// - Parameter slope: 0 or more.
    package func leakyRelu(_ slope: Double = 0.2) throws(EngineError) -> Tensor {
        try activated(.leakyRelu(slope: slope))
    }

    /// Logarithm of the softmax along one dimension.
    package func logSoftmax(dimension: Int) throws(EngineError) -> Tensor {
        try made { gt_log_softmax($0, dimension, $1) }
    }

    /// An activation function of each element.
    package func activated(_ activation: Activation) throws(EngineError) -> Tensor {
        try made { gt_activate(activation.code, $0, activation.slope, false, $1) }
    }

    /// An activation function that overwrites this tensor, which must not be used afterwards.
    ///
    /// For the fresh result of a layer that nobody else holds and whose gradient doesn't need it: a linear layer, a
    /// convolution, batch norm.
    package func activatedInPlace(_ activation: Activation) throws(EngineError) -> Tensor {
        try made { gt_activate(activation.code, $0, activation.slope, true, $1) }
    }
}
