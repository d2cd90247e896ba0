package import Torch

/// A stored state that doesn't fit the network or optimiser it is meant for.
package struct StateError: Error, Equatable, CustomStringConvertible {
    /// Path of the tensor at fault.
    package let name: String
    package let detail: String

    package init(name: String, detail: String) {
        self.name = name
        self.detail = detail
    }

    package var description: String { "\(name): \(detail)" }
}

extension NamedTensor {
    /// Overwrites tensors with those of their names; names that aren't asked for are passed over.
    /// - Throws: `StateError` where one is missing or has another shape; nothing has been written then.
    package static func restore(_ targets: [NamedTensor], from stored: [String: Tensor]) throws {
        let sources = try targets.map { target in
            guard let source = stored[target.name] else {
                throw StateError(name: target.name, detail: "the stored state has no tensor of this name")
            }
            guard source.shape == target.tensor.shape else {
                throw StateError(
                    name: target.name,
                    detail: "the stored tensor has the shape \(source.shape), not \(target.tensor.shape)")
            }
            return source
        }
        try Tensor.copy(from: sources, into: targets.map(\.tensor))
    }
}
