import CTorch

/// Where a tensor's elements are.
package enum Device: Sendable, Equatable, CustomStringConvertible {
    case cpu
    /// A CUDA device by its index; needs a libtorch built for CUDA.
    case cuda(Int)

    var code: gt_device {
        switch self {
        case .cpu: gt_device(kind: .cpu, index: 0)
        case .cuda(let index): gt_device(kind: .cuda, index: Int32(clamping: index))
        }
    }

    /// All devices of this machine that libtorch can use, the CPU first.
    package static var all: [Device] {
        [.cpu] + (0..<Int(gt_cuda_device_count())).map { .cuda($0) }
    }

    /// Reads a name such as `cpu` or `cuda:0`; `cuda` is the first one.
    package init?(name: String) {
        switch name {
        case "cpu": self = .cpu
        case "cuda": self = .cuda(0)
        default:
            guard name.hasPrefix("cuda:"), let index = Int(name.dropFirst(5)), (0..<100).contains(index),
                name == "cuda:\(index)"
            else { return nil }
            self = .cuda(index)
        }
    }

    init(_ code: gt_device) {
        switch code.kind {
        case .cpu: self = .cpu
        case .cuda: self = .cuda(Int(code.index))
        }
    }

    /// Its name, such as `cuda:0`.
    package var description: String {
        switch self {
        case .cpu: "cpu"
        case .cuda(let index): "cuda:\(index)"
        }
    }
}
