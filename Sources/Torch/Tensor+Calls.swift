import CTorch

// The ways into the shim. Each keeps its tensors alive until the call has returned: reading a handle alone would let
// the compiler release the tensor before.

extension Tensor {
    /// A call that makes a tensor out of none.
    @inline(__always)
    static func made(
        by call: (UnsafeMutablePointer<gt_tensor>) -> gt_status
    ) throws(EngineError) -> Tensor {
        var result = gt_tensor()
        try check(call(&result))
        return Tensor(owning: result)
    }

    /// A call that makes a tensor out of this one.
    @inline(__always)
    func made(
        by call: (gt_tensor, UnsafeMutablePointer<gt_tensor>) -> gt_status
    ) throws(EngineError) -> Tensor {
        var result = gt_tensor()
        let status = withExtendedLifetime(self) { call(handle, &result) }
        try check(status)
        return Tensor(owning: result)
    }

    /// A call that makes a tensor out of this one and another.
    @inline(__always)
    func made(
        with other: Tensor, by call: (gt_tensor, gt_tensor, UnsafeMutablePointer<gt_tensor>) -> gt_status
    ) throws(EngineError) -> Tensor {
        var result = gt_tensor()
        let status = withExtendedLifetime((self, other)) { call(handle, other.handle, &result) }
        try check(status)
        return Tensor(owning: result)
    }

    /// A call that makes a tensor out of this one and two that may be missing.
    @inline(__always)
    func made(
        with first: Tensor?, _ second: Tensor?,
        by call: (gt_tensor, gt_tensor, gt_tensor, UnsafeMutablePointer<gt_tensor>) -> gt_status
    ) throws(EngineError) -> Tensor {
        var result = gt_tensor()
        let status = withExtendedLifetime((self, first, second)) {
            call(handle, first.handleOrNone, second.handleOrNone, &result)
        }
        try check(status)
        return Tensor(owning: result)
    }

    /// A call that makes a tensor out of this one, a weight and perhaps a bias.
    @inline(__always)
    func made(
        weight: Tensor, bias: Tensor?,
        by call: (gt_tensor, gt_tensor, gt_tensor, UnsafeMutablePointer<gt_tensor>) -> gt_status
    ) throws(EngineError) -> Tensor {
        var result = gt_tensor()
        let status = withExtendedLifetime((self, weight, bias)) {
            call(handle, weight.handle, bias.handleOrNone, &result)
        }
        try check(status)
        return Tensor(owning: result)
    }

    /// Lends the handles of many tensors to a call.
    @inline(__always)
    static func withHandles<Result>(
        of tensors: [Tensor], _ body: (UnsafePointer<gt_tensor>, Int32) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(of: gt_tensor.self, capacity: max(tensors.count, 1)) { buffer in
            for index in tensors.indices { buffer.initializeElement(at: index, to: tensors[index].handle) }
            // The capacity is never 0, so the buffer has an address.
            guard let start = buffer.baseAddress else { preconditionFailure("a buffer without an address") }
            return withExtendedLifetime(tensors) { body(UnsafePointer(start), Int32(tensors.count)) }
        }
    }
}

extension Tensor? {
    /// The handle, or an empty one where there is no tensor.
    @inline(__always)
    var handleOrNone: gt_tensor { self?.handle ?? gt_tensor(raw: nil) }
}
