import CTorch

/// Where a tensor's elements are.
package enum Device: Sendable, Equatable {
    case cpu
    /// A CUDA device by its index; needs a libtorch built for CUDA.
    case cuda(Int)

    var code: gt_device {
        switch self {
        case .cpu: gt_device(kind: .cpu, index: 0)
        case .cuda(let index): gt_device(kind: .cuda, index: Int32(clamping: index))
        }
    }

    init(_ code: gt_device) {
        switch code.kind {
        case .cpu: self = .cpu
        case .cuda: self = .cuda(Int(code.index))
        }
    }
}
