import CTorch

/// Type of a tensor's elements.
package enum DType: String, Sendable, CaseIterable {
    case float32, float64, bfloat16, int64, uint8, bool

    /// Size of an element in bytes.
    package var byteCount: Int {
        switch self {
        case .float64, .int64: 8
        case .float32: 4
        case .bfloat16: 2
        case .uint8, .bool: 1
        }
    }

    var code: gt_dtype {
        switch self {
        case .float32: .float32
        case .float64: .float64
        case .bfloat16: .bfloat16
        case .int64: .int64
        case .uint8: .uint8
        case .bool: .bool
        }
    }

    init(_ code: gt_dtype) {
        switch code {
        case .float32: self = .float32
        case .float64: self = .float64
        case .bfloat16: self = .bfloat16
        case .int64: self = .int64
        case .uint8: self = .uint8
        case .bool: self = .bool
        }
    }
}
