import CTorch

extension Tensor {
    /// The same elements in another shape; one size may be -1 and follows from the others.
    package func reshaped(_ shape: Shape) throws(EngineError) -> Tensor {
        try made { gt_reshape($0, shape, Int32(shape.count), $1) }
    }

    /// Everything after the first dimension as one: `[batch, …]` to `[batch, product]`.
    package func flattened() throws(EngineError) -> Tensor {
        let shape = shape
        return try reshaped([shape.first ?? 1, shape.dropFirst().reduce(1, *)])
    }

    /// A view that repeats dimensions of size 1.
    package func expanded(to shape: Shape) throws(EngineError) -> Tensor {
        try made { gt_expand($0, shape, Int32(shape.count), $1) }
    }

    /// A view with the dimensions in another order.
    package func permuted(_ order: [Int]) throws(EngineError) -> Tensor {
        try made { gt_permute($0, order, Int32(order.count), $1) }
    }

    /// A view of `length` entries from `start` on along one dimension.
    package func narrowed(dimension: Int, start: Int, length: Int) throws(EngineError) -> Tensor {
        try made { gt_narrow($0, dimension, start, length, $1) }
    }

    /// Entries along one dimension in the order of `indices` (`int64`, rank 1).
    package func selected(dimension: Int = 0, indices: Tensor) throws(EngineError) -> Tensor {
        try made(with: indices) { gt_index_select($0, dimension, $1, $2) }
    }

    /// Tensors one after the other along one dimension; the other sizes must agree.
    package static func concatenated(_ tensors: [Tensor], dimension: Int = 0) throws(EngineError) -> Tensor {
        try made { result in
            withHandles(of: tensors) { gt_concatenate($0, $1, dimension, result) }
        }
    }

    /// Tensors of one shape as entries of a new dimension.
    package static func stacked(_ tensors: [Tensor], dimension: Int = 0) throws(EngineError) -> Tensor {
        var widened: [Tensor] = []
        for tensor in tensors {
            var shape = tensor.shape
            shape.insert(1, at: min(max(dimension, 0), shape.count))
            widened.append(try tensor.reshaped(shape))
        }
        return try concatenated(widened, dimension: dimension)
    }

    /// Images with a border of one value.
    /// - Parameters: numbers of rows and columns on each side; negative ones cut off.
    package func padded(
        top: Int, bottom: Int, left: Int, right: Int, value: Double = 0
    ) throws(EngineError) -> Tensor {
        try made { gt_pad($0, [left, right, top, bottom], 4, value, $1) }
    }

    /// The tensor itself where its bytes have the order asked for, else a copy that has.
    package func contiguous(channelsLast: Bool = false) throws(EngineError) -> Tensor {
        try made { gt_contiguous($0, channelsLast ? .channelsLast : .rowMajor, $1) }
    }

    /// The elements as another type.
    package func cast(to dtype: DType) throws(EngineError) -> Tensor {
        try made { gt_cast($0, dtype.code, $1) }
    }

    /// The elements on another device.
    package func moved(to device: Device) throws(EngineError) -> Tensor {
        try made { gt_move($0, device.code, $1) }
    }

    /// Sets all elements, outside any gradient graph.
    package func fill(_ value: Double) throws(EngineError) {
        try check(gt_fill(handle, value))
    }

    /// Moves the elements to another device; the tensor, a leaf of the graph, stays the same one for all who have it.
    package func move(to device: Device) throws(EngineError) {
        try check(gt_move_in_place(handle, device.code))
    }

    /// The same elements outside any gradient graph.
    package func detached() throws(EngineError) -> Tensor {
        try made { gt_detach($0, $1) }
    }

    /// Elements of its own; within the gradient graph.
    package func copied() throws(EngineError) -> Tensor {
        try made { gt_clone($0, $1) }
    }

    /// Overwrites the elements with those of a tensor of the same shape, outside any gradient graph.
    package func copy(from source: Tensor) throws(EngineError) {
        let status = withExtendedLifetime((self, source)) { gt_copy_into(handle, source.handle) }
        try check(status)
    }

    /// Overwrites each tensor with its partner, in one call.
    package static func copy(from sources: [Tensor], into destinations: [Tensor]) throws(EngineError) {
        precondition(sources.count == destinations.count, "every destination needs its source")
        let status = withHandles(of: destinations) { targets, count in
            withHandles(of: sources) { handles, _ in gt_copy_all(targets, handles, count) }
        }
        try check(status)
    }
}
