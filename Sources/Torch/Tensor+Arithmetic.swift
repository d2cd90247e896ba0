import CTorch

// Shapes are broadcast as NumPy does.

extension Tensor {
    package static func + (left: Tensor, right: Tensor) throws(EngineError) -> Tensor {
        try left.made(with: right) { gt_binary(.add, $0, $1, $2) }
    }

    package static func - (left: Tensor, right: Tensor) throws(EngineError) -> Tensor {
        try left.made(with: right) { gt_binary(.subtract, $0, $1, $2) }
    }

    package static func * (left: Tensor, right: Tensor) throws(EngineError) -> Tensor {
        try left.made(with: right) { gt_binary(.multiply, $0, $1, $2) }
    }

    package static func / (left: Tensor, right: Tensor) throws(EngineError) -> Tensor {
        try left.made(with: right) { gt_binary(.divide, $0, $1, $2) }
    }

    package static func + (left: Tensor, right: Double) throws(EngineError) -> Tensor {
        try left.made { gt_binary_number(.add, $0, right, $1) }
    }

    package static func - (left: Tensor, right: Double) throws(EngineError) -> Tensor {
        try left.made { gt_binary_number(.subtract, $0, right, $1) }
    }

    package static func * (left: Tensor, right: Double) throws(EngineError) -> Tensor {
        try left.made { gt_binary_number(.multiply, $0, right, $1) }
    }

    package static func / (left: Tensor, right: Double) throws(EngineError) -> Tensor {
        try left.made { gt_binary_number(.divide, $0, right, $1) }
    }

    package static func + (left: Double, right: Tensor) throws(EngineError) -> Tensor {
        try right + left
    }

    package static func - (left: Double, right: Tensor) throws(EngineError) -> Tensor {
        try right.made { gt_binary_reversed(.subtract, left, $0, $1) }
    }

    package static func * (left: Double, right: Tensor) throws(EngineError) -> Tensor {
        try right * left
    }

    package static func / (left: Double, right: Tensor) throws(EngineError) -> Tensor {
        try right.made { gt_binary_reversed(.divide, left, $0, $1) }
    }

    package static prefix func - (tensor: Tensor) throws(EngineError) -> Tensor {
        try tensor.negated()
    }

    /// The larger element of each pair.
    package func maximum(_ other: Tensor) throws(EngineError) -> Tensor {
        try made(with: other) { gt_binary(.maximum, $0, $1, $2) }
    }

    /// The larger of each element and a number.
    package func maximum(_ other: Double) throws(EngineError) -> Tensor {
        try made { gt_binary_number(.maximum, $0, other, $1) }
    }

    /// The smaller element of each pair.
    package func minimum(_ other: Tensor) throws(EngineError) -> Tensor {
        try made(with: other) { gt_binary(.minimum, $0, $1, $2) }
    }

    /// The smaller of each element and a number.
    package func minimum(_ other: Double) throws(EngineError) -> Tensor {
        try made { gt_binary_number(.minimum, $0, other, $1) }
    }

    /// Elements cut to a range; a missing bound is none.
    package func clamped(lower: Double? = nil, upper: Double? = nil) throws(EngineError) -> Tensor {
        try made { gt_clamp($0, lower ?? .nan, upper ?? .nan, $1) }
    }
}
