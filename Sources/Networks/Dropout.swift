package import Torch

/// Sets each number to 0 with a probability while a network learns, and makes up for it in the others.
///
/// Srivastava et al. 2014, "Dropout".
package final class Dropout: Layer {
    package let probability: Double
    /// Uniform numbers in 0..<1, `[count]`; whoever trains the network sets where they come from.
    package var uniform: ((_ count: Int) throws -> Tensor)?

    /// - Parameter probability: in 0..<1.
    package init(probability: Double) {
        precondition((0..<1).contains(probability))
        self.probability = probability
    }

    package func forward(_ input: Tensor, mode: Mode) throws -> Tensor {
        guard mode == .training, probability > 0, let uniform else { return input }
        let shares = try uniform(input.elementCount).reshaped(input.shape)
        let kept = try shares.compared(.greaterOrEqual, to: probability).cast(to: .float32)
        return try input * (kept * (1 / (1 - probability)))
    }
}
