import CTorch

// `dimensions` nil means all of them.

extension Tensor {
    /// Sum over dimensions.
    package func sum(_ dimensions: [Int]? = nil, keepingDimensions: Bool = false) throws(EngineError) -> Tensor {
        try reduced(.sum, dimensions, keepingDimensions)
    }

    /// Mean over dimensions; of booleans and integers as `float32`.
    package func mean(_ dimensions: [Int]? = nil, keepingDimensions: Bool = false) throws(EngineError) -> Tensor {
        try reduced(.mean, dimensions, keepingDimensions)
    }

    /// Largest element over dimensions.
    package func largest(_ dimensions: [Int]? = nil, keepingDimensions: Bool = false) throws(EngineError) -> Tensor {
        try reduced(.maximum, dimensions, keepingDimensions)
    }

    /// Smallest element over dimensions.
    package func smallest(_ dimensions: [Int]? = nil, keepingDimensions: Bool = false) throws(EngineError) -> Tensor {
        try reduced(.minimum, dimensions, keepingDimensions)
    }

    /// Index of the largest entry along one dimension, `int64`.
    package func indexOfLargest(dimension: Int) throws(EngineError) -> Tensor {
        try made { gt_argmax($0, dimension, $1) }
    }

    /// Mean binary cross-entropy between sigmoid of these logits and one target for all, shape `[]`.
    /// - Parameter target: 0 to 1.
    package func binaryCrossEntropy(target: Double) throws(EngineError) -> Tensor {
        try made { gt_binary_cross_entropy($0, target, $1) }
    }

    private func reduced(
        _ operation: gt_reduction_operation, _ dimensions: [Int]?, _ keepingDimensions: Bool
    ) throws(EngineError) -> Tensor {
        let dimensions = dimensions ?? []
        return try made { gt_reduce(operation, $0, dimensions, Int32(dimensions.count), keepingDimensions, $1) }
    }
}
