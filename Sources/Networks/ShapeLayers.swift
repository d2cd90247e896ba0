package import Torch

/// An activation function as a layer.
package final class ActivationLayer: Layer {
    package let activation: Activation

    package init(_ activation: Activation) {
        self.activation = activation
    }

    package func forward(_ input: Tensor, mode: Mode) throws -> Tensor {
        try input.activated(activation)
    }
}

/// `[batch, …]` to `[batch]` and the given sizes.
package final class Reshape: Layer {
    package let shape: Shape

    package init(_ shape: Shape) {
        self.shape = shape
    }

    package func forward(_ input: Tensor, mode: Mode) throws -> Tensor {
        try input.reshaped([-1] + shape)
    }
}

/// `[batch, …]` to `[batch, product]`.
package final class Flatten: Layer {
    package init() {}

    package func forward(_ input: Tensor, mode: Mode) throws -> Tensor {
        try input.flattened()
    }
}

/// The middle of images: `[batch, channels, height, width]` to the given height and width.
///
/// The larger half of an odd surplus is cut off at the bottom and the right.
package final class CentreCrop: Layer {
    package let height: Int
    package let width: Int

    package init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    package func forward(_ input: Tensor, mode: Mode) throws -> Tensor {
        let shape = input.shape
        guard shape.count == 4, shape[2] >= height, shape[3] >= width else {
            throw EngineError(
                operation: "centre crop", detail: "\(shape) has no middle of \(height) × \(width)")
        }
        if shape[2] == height, shape[3] == width { return input }
        return try input.narrowed(dimension: 2, start: (shape[2] - height) / 2, length: height)
            .narrowed(dimension: 3, start: (shape[3] - width) / 2, length: width)
    }
}
