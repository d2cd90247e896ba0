package import Torch

/// Whether a network is learning or being used.
package enum Mode: Sendable {
    /// Batch norm normalises by the batch and moves its running statistics.
    case training
    /// Batch norm normalises by its running statistics; nothing in the network is written.
    case inference
}

/// A tensor and the path under which it is stored, such as `stage1.convolution.weight`.
package struct NamedTensor {
    package let name: String
    package let tensor: Tensor

    package init(_ name: String, _ tensor: Tensor) {
        self.name = name
        self.tensor = tensor
    }
}

/// A part of a network: a function of a batch with parameters of its own.
///
/// The tensors that `parameters` and `buffers` name stay the same objects for the life of the layer; training and
/// restoring write into them.
package protocol Layer: AnyObject {
    /// The layer's output for a batch `[batch, …]`; each layer's own description says which shapes it takes and gives.
    ///
    /// - Throws: `EngineError` where the input's shape doesn't fit.
    func forward(_ input: Tensor, mode: Mode) throws -> Tensor

    /// What training changes, in a fixed order, named `prefix.weight` and the like.
    func parameters(prefix: String) -> [NamedTensor]

    /// What belongs to the network's state beside its parameters, such as running statistics.
    func buffers(prefix: String) -> [NamedTensor]
}

extension Layer {
    package func parameters(prefix: String) -> [NamedTensor] { [] }

    package func buffers(prefix: String) -> [NamedTensor] { [] }

    package func parameters() -> [NamedTensor] { parameters(prefix: "") }

    package func buffers() -> [NamedTensor] { buffers(prefix: "") }

    /// Number of trained values.
    package var parameterCount: Int {
        parameters().reduce(0) { $0 + $1.tensor.elementCount }
    }

    /// Overwrites all parameters and buffers with the tensors of their names.
    /// - Throws: `StateError` where one is missing or has another shape; nothing has been written then.
    package func restore(_ tensors: [String: Tensor], prefix: String = "") throws {
        try NamedTensor.restore(parameters(prefix: prefix) + buffers(prefix: prefix), from: tensors)
    }
}

/// A layer whose result is its own and isn't needed for its gradient: an activation may overwrite it.
package protocol ActivatingLayer: Layer {
    /// The layer's output for a batch `[batch, …]`, passed through an activation.
    func forward(_ input: Tensor, mode: Mode, activation: Activation) throws -> Tensor
}

extension ActivatingLayer {
    package func forward(_ input: Tensor, mode: Mode) throws -> Tensor {
        try forward(input, mode: mode, activation: .identity)
    }
}

extension String {
    /// This prefix and a name as one path.
    package func path(_ name: String) -> String { isEmpty ? name : "\(self).\(name)" }
}
