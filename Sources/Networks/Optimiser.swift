package import Torch

/// A rule that moves parameters along their gradients, with a state of its own.
package protocol Optimiser: AnyObject {
    /// Size of the steps to come.
    var learningRate: Double { get set }

    /// How much of the squared gradients' average stays from step to step; `nil` where the rule keeps none.
    var beta2: Double? { get set }

    /// Moves all parameters, in place.
    /// - Parameter gradients: one for each parameter, of its shape, in the order of the parameters.
    func step(gradients: [Tensor]) throws

    /// Everything a later run needs to go on as if never stopped, but for the configuration.
    ///
    /// The tensors are those the optimiser works on: to be copied or written out before the next step.
    var state: [NamedTensor] { get throws }

    /// Takes over a state.
    /// - Throws: `StateError` where a tensor is missing or has another shape.
    func restore(_ state: [String: Tensor]) throws
}

/// Number of steps taken, as a tensor of an optimiser's state.
enum StepCount {
    static let name = "step"

    static func tensor(_ count: Int) throws -> NamedTensor {
        NamedTensor(name, try Tensor([Int64(count)]))
    }

    /// The count, stored as `int64` `[1]`.
    static func read(_ state: [String: Tensor]) throws -> Int {
        guard let tensor = state[name] else {
            throw StateError(name: name, detail: "the stored state has no tensor of this name")
        }
        guard tensor.dtype == .int64, tensor.elementCount == 1, let count = try tensor.integers().first, count >= 0
        else {
            throw StateError(name: name, detail: "the stored tensor isn't one integer of 0 or more")
        }
        return Int(count)
    }
}

/// Zeros for each parameter, laid out like it.
func zerosLike(_ parameters: [NamedTensor]) throws(EngineError) -> [Tensor] {
    var zeros: [Tensor] = []
    for parameter in parameters {
        // A copy keeps the order of the bytes.
        let tensor = try parameter.tensor.detached().copied()
        try tensor.copy(from: try Tensor.zeros([]).expanded(to: tensor.shape))
        zeros.append(tensor)
    }
    return zeros
}
