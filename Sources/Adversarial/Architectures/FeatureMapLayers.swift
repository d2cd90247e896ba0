internal import Networks
internal import Torch

/// `[batch, features]` to `[batch, channels, height, width]`, without moving a number.
///
/// Features are taken row by row, place by place, channel by channel: the order in which convolutions keep images in
/// memory. PyTorch's `Unflatten` would take them channel by channel, and a copy would have to reorder them on the way
/// there, and in the backward pass all layers after it would run on two orders at once.
final class FeatureMap: Layer {
    private let shape: Shape

    /// - Parameter shape: `[channels, height, width]`.
    init(_ shape: Shape) {
        self.shape = shape
    }

    func forward(_ input: Tensor, mode: Mode) throws -> Tensor {
        try input.reshaped([-1, shape[1], shape[2], shape[0]]).permuted([0, 3, 1, 2])
    }
}

/// The reverse of `FeatureMap`: `[batch, channels, height, width]` to `[batch, features]`.
final class FlatFeatureMap: Layer {
    func forward(_ input: Tensor, mode: Mode) throws -> Tensor {
        try input.permuted([0, 2, 3, 1]).flattened()
    }
}
