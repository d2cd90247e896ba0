import CTorch

/// How two elements are compared.
package enum Comparison: Sendable {
    case greater, greaterOrEqual, less, lessOrEqual, equal

    var code: gt_binary_operation {
        switch self {
        case .greater: .greater
        case .greaterOrEqual: .greaterOrEqual
        case .less: .less
        case .lessOrEqual: .lessOrEqual
        case .equal: .equal
        }
    }
}

extension Tensor {
    /// Whether the comparison holds for each pair of elements, `bool`.
    package func compared(_ comparison: Comparison, to other: Tensor) throws(EngineError) -> Tensor {
        try made(with: other) { gt_binary(comparison.code, $0, $1, $2) }
    }

    /// Whether the comparison of each element with a number holds, `bool`.
    package func compared(_ comparison: Comparison, to number: Double) throws(EngineError) -> Tensor {
        try made { gt_binary_number(comparison.code, $0, number, $1) }
    }
}
