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
