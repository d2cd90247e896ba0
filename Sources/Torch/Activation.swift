import CTorch

/// A function of each element between the layers of a network.
package enum Activation: Sendable, Equatable {
    case identity
    case relu
    /// x where it is positive, else slope × x; the slope is 0 or more.
    case leakyRelu(slope: Double)
    case tanh
    case sigmoid

    var code: gt_activation {
        switch self {
        case .identity: .none
        case .relu: .relu
        case .leakyRelu: .leakyRelu
        case .tanh: .tanh
        case .sigmoid: .sigmoid
        }
    }

    var slope: Double {
        if case .leakyRelu(let slope) = self { slope } else { 0 }
    }
}
