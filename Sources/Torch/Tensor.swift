import CTorch

/// Sizes of a tensor's dimensions, outermost first; images are `[batch, channels, height, width]`.
package typealias Shape = [Int]

/// An array of numbers with a shape, and its place in a gradient graph.
///
/// A reference: two names for one tensor see the same elements, and views (`reshaped`, `narrowed`, `permuted`,
/// `detached`) share elements with their source. Every operation returns a new tensor, but for those that say
/// `copy(from:)` or are handed to an optimiser. What a tensor means doesn't depend on the order of its bytes in memory;
/// `channelsLast` is a matter of speed alone.
///
/// Not `Sendable`: one thread at a time.
package final class Tensor {
    /// Owned; every call of the shim borrows it.
    let handle: gt_tensor

    /// Takes over a handle from the shim.
    init(owning handle: gt_tensor) {
        self.handle = handle
    }

    deinit {
        gt_tensor_free(handle)
    }

    /// Sizes of the dimensions.
    package var shape: Shape {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: Self.maximumRank) { sizes in
            guard let start = sizes.baseAddress else { return [] }
            var rank: Int32 = 0
            let status = gt_shape(handle, start, Int32(Self.maximumRank), &rank)
            precondition(status == .ok, "a tensor always has a shape")
            return Shape(sizes[..<Int(rank)])
        }
    }

    /// Number of dimensions.
    package var rank: Int {
        var rank: Int32 = 0
        precondition(gt_rank(handle, &rank) == .ok, "a tensor always has a rank")
        return Int(rank)
    }

    /// Number of elements.
    package var elementCount: Int {
        var count = 0
        precondition(gt_element_count(handle, &count) == .ok, "a tensor always has a number of elements")
        return count
    }

    /// Type of the elements.
    package var dtype: DType {
        var code = gt_dtype.float32
        precondition(gt_tensor_dtype(handle, &code) == .ok, "the shim makes no tensor of another type")
        return DType(code)
    }

    /// Where the elements are.
    package var device: Device {
        var code = gt_device(kind: .cpu, index: 0)
        precondition(gt_tensor_device(handle, &code) == .ok, "the shim makes no tensor elsewhere")
        return Device(code)
    }

    /// Whether operations on this tensor are recorded for gradients.
    package var requiresGradient: Bool {
        var required = false
        precondition(gt_requires_gradient(handle, &required) == .ok, "a tensor always answers this")
        return required
    }

    /// Whether the bytes of `[batch, channels, height, width]` lie with the channels innermost.
    package var isChannelsLast: Bool {
        var channelsLast = false
        precondition(gt_is_channels_last(handle, &channelsLast) == .ok, "a tensor always answers this")
        return channelsLast
    }

    /// More dimensions than any tensor of ours has.
    static let maximumRank = 16
}

@available(*, unavailable)
extension Tensor: Sendable {}

extension Tensor: CustomStringConvertible {
    package var description: String { "Tensor(shape: \(shape), dtype: \(dtype.rawValue))" }
}
