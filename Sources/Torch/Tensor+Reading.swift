import CTorch

extension Tensor {
    /// The only element, as a double.
    /// - Throws: `EngineError` where there are more or fewer.
    package func item() throws(EngineError) -> Double {
        var value = 0.0
        let status = withExtendedLifetime(self) { gt_item(handle, &value) }
        try check(status)
        return value
    }

    /// The only element of each tensor, read in one call.
    package static func items(of tensors: [Tensor]) throws(EngineError) -> [Double] {
        var status = gt_status.ok
        let values = [Double](unsafeUninitializedCapacity: max(tensors.count, 1)) { buffer, count in
            guard let start = buffer.baseAddress else { return }
            status = withHandles(of: tensors) { handles, number in gt_items(handles, number, start) }
            if status == .ok { count = tensors.count }
        }
        try check(status)
        return values
    }

    /// All elements in row-major order, converted to `Float`.
    package func floats() throws(EngineError) -> [Float] {
        try (dtype == .float32 ? self : cast(to: .float32)).elements(of: Float.self)
    }

    /// All elements in row-major order, converted to `Double`.
    package func doubles() throws(EngineError) -> [Double] {
        try (dtype == .float64 ? self : cast(to: .float64)).elements(of: Double.self)
    }

    /// All elements in row-major order, converted to integers (towards zero).
    package func integers() throws(EngineError) -> [Int64] {
        try (dtype == .int64 ? self : cast(to: .int64)).elements(of: Int64.self)
    }

    /// The bytes of all elements in row-major order, little-endian.
    package func bytes() throws(EngineError) -> [UInt8] {
        try elements(of: UInt8.self, count: elementCount * dtype.byteCount)
    }

    /// Lends the bytes of all elements in row-major order, without a copy where they lie so already.
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        let source = try moved(to: .cpu).contiguous()
        var start: UnsafeRawPointer?
        var length = 0
        try check(gt_data(source.handle, &start, &length))
        return try withExtendedLifetime(source) {
            try body(UnsafeRawBufferPointer(start: start, count: length))
        }
    }

    private func elements<Element: BitwiseCopyable>(
        of type: Element.Type, count: Int? = nil
    ) throws(EngineError) -> [Element] {
        let count = count ?? elementCount
        var status = gt_status.ok
        let values = [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            status = withExtendedLifetime(self) {
                gt_copy_bytes(handle, buffer.baseAddress, count * MemoryLayout<Element>.stride)
            }
            if status == .ok { initialized = count }
        }
        try check(status)
        return values
    }
}
