package import Torch

/// A learned map of places, each channel scaled by one number of the input: `[batch, channels]` to
/// `[batch, channels, height, width]`.
///
/// What R3GAN's generator begins with.
package final class LearnedMap: Layer {
    /// Shape `[channels, height, width]`.
    package let weight: Tensor

    package init(channels: Int, height: Int, width: Int, generator: RandomSource) throws {
        weight = try Initialiser.normal(mean: 0, standardDeviation: 1)
            .parameter([channels, height, width], fanIn: 1, generator: generator)
    }

    package func forward(_ input: Tensor, mode: Mode) throws -> Tensor {
        try input.reshaped([-1, weight.shape[0], 1, 1]) * weight
    }

    package func parameters(prefix: String) -> [NamedTensor] { [NamedTensor(prefix.path("weight"), weight)] }
}

/// The reverse of `LearnedMap`: the sum over all places, weighted for each channel; `[batch, channels, height, width]`
/// to `[batch, channels]`.
///
/// What R3GAN's discriminator ends with: a depthwise convolution over the whole map.
package final class WeightedSum: Layer {
    /// Shape `[channels, height, width]`.
    package let weight: Tensor

    package init(channels: Int, height: Int, width: Int, generator: RandomSource) throws {
        weight = try Initialiser.fanInNormal(gain: 1)
            .parameter([channels, height, width], fanIn: height * width, generator: generator)
    }

    package func forward(_ input: Tensor, mode: Mode) throws -> Tensor {
        try (input * weight).sum([2, 3])
    }

    package func parameters(prefix: String) -> [NamedTensor] { [NamedTensor(prefix.path("weight"), weight)] }
}

/// Images of other sides, by bilinear interpolation.
package final class Resize: Layer {
    private let height: Int
    private let width: Int

    package init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    package func forward(_ input: Tensor, mode: Mode) throws -> Tensor {
        try input.resized(height: height, width: width)
    }
}

/// Images of half the sides, rounding up, by the mean of four pixels.
package final class Halve: Layer {
    package init() {}

    package func forward(_ input: Tensor, mode: Mode) throws -> Tensor {
        try input.halved()
    }
}

/// Appends to each item's features how much they vary within its group of consecutive items: `[batch, features]` to
/// `[batch, features + 1]`.
///
/// Karras and others 2018, section 3: the standard deviation of each feature over the group, averaged over the features. A last
/// group that isn't full counts as one of its own.
package final class MinibatchDeviation: Layer {
    private let group: Int
    private static let epsilon = 1e-8

    /// - Parameter group: items in each group.
    package init(group: Int) {
        precondition(group > 0)
        self.group = group
    }

    package func forward(_ input: Tensor, mode: Mode) throws -> Tensor {
        // The differences of what lies close together.
        let input = try input.cast(to: .float32)
        let (count, features) = (input.shape[0], input.shape[1])
        let whole = count / group * group
        var deviations: [Tensor] = []
        for (start, length, size) in [(0, whole, group), (whole, count - whole, count - whole)] where length > 0 {
            let items = try input.narrowed(dimension: 0, start: start, length: length)
                .reshaped([length / size, size, features])
            let centred = try items - items.mean([1], keepingDimensions: true)
            let deviation = try (centred.squared().mean([1]) + Self.epsilon).squareRoot().mean([1])
            deviations.append(
                try deviation.reshaped([length / size, 1]).expanded(to: [length / size, size]).reshaped([length, 1]))
        }
        return try Tensor.concatenated([input, Tensor.concatenated(deviations)], dimension: 1)
    }
}
