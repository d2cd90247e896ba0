package import Torch

/// Layers one after the other.
///
/// An activation that follows a layer whose result it may overwrite is run as part of it.
package final class Sequential: Layer {
    private let layers: [(name: String, layer: any Layer)]
    private let stages: [Stage]

    private enum Stage {
        case plain(any Layer)
        case activated(any ActivatingLayer, Activation)
    }

    /// - Parameter layers: with the names their parameters are stored under, each used once.
    package init(_ layers: [(name: String, layer: any Layer)]) {
        precondition(Set(layers.map(\.name)).count == layers.count, "two layers have one name")
        self.layers = layers
        stages = Self.stages(of: layers.map(\.layer))
    }

    /// Layers named by their positions, as PyTorch's.
    package convenience init(_ layers: [any Layer]) {
        self.init(layers.enumerated().map { (name: String($0.offset), layer: $0.element) })
    }

    package func forward(_ input: Tensor, mode: Mode) throws -> Tensor {
        var value = input
        for stage in stages {
            value =
                switch stage {
                case .plain(let layer): try layer.forward(value, mode: mode)
                case .activated(let layer, let activation):
                    try layer.forward(value, mode: mode, activation: activation)
                }
        }
        return value
    }

    /// The layers one by one.
    package var parts: [any Layer] { layers.map(\.layer) }

    /// The layers as a perceptron's, with the activation after each; nil where there are others, or weights that aren't used as
    /// they are.
    ///
    /// What only gives the same numbers another shape is left out.
    package var perceptron: [(linear: Linear, activation: Activation)]? {
        var chain: [(linear: Linear, activation: Activation)] = []
        for stage in stages {
            switch stage {
            case .plain(let layer) where layer is Reshape || layer is Flatten: continue
            case .plain(let layer as Linear) where !layer.isSpectral: chain.append((layer, .identity))
            case .activated(let layer as Linear, let activation) where !layer.isSpectral:
                chain.append((layer, activation))
            default: return nil
            }
        }
        return chain
    }

    package func parameters(prefix: String) -> [NamedTensor] {
        layers.flatMap { $0.layer.parameters(prefix: prefix.path($0.name)) }
    }

    package func buffers(prefix: String) -> [NamedTensor] {
        layers.flatMap { $0.layer.buffers(prefix: prefix.path($0.name)) }
    }

    private static func stages(of layers: [any Layer]) -> [Stage] {
        var stages: [Stage] = []
        for layer in layers {
            if let activation = layer as? ActivationLayer, case .plain(let previous)? = stages.last,
                let activating = previous as? any ActivatingLayer
            {
                stages[stages.count - 1] = .activated(activating, activation.activation)
            } else {
                stages.append(.plain(layer))
            }
        }
        return stages
    }
}
