import CTorch

extension Tensor {
    /// A tensor with elements that haven't been set.
    package static func empty(
        _ shape: Shape, dtype: DType = .float32, device: Device = .cpu
    ) throws(EngineError) -> Tensor {
        try made { gt_empty(shape, Int32(shape.count), dtype.code, device.code, $0) }
    }

    /// A tensor whose elements all have one value.
    package static func full(
        _ shape: Shape, _ value: Double, dtype: DType = .float32, device: Device = .cpu
    ) throws(EngineError) -> Tensor {
        try made { gt_full(shape, Int32(shape.count), value, dtype.code, device.code, $0) }
    }

    /// A tensor of zeros.
    package static func zeros(
        _ shape: Shape, dtype: DType = .float32, device: Device = .cpu
    ) throws(EngineError) -> Tensor {
        try full(shape, 0, dtype: dtype, device: device)
    }

    /// A tensor of ones.
    package static func ones(
        _ shape: Shape, dtype: DType = .float32, device: Device = .cpu
    ) throws(EngineError) -> Tensor {
        try full(shape, 1, dtype: dtype, device: device)
    }

    /// The integers of a range, `int64`, shape `[count]`.
    package static func integers(_ range: Range<Int>) throws(EngineError) -> Tensor {
        try made { gt_range(Int64(range.lowerBound), Int64(range.upperBound), $0) }
    }

    /// A `float32` tensor of the given elements in row-major order.
    /// - Throws: `EngineError` where their number isn't what the shape needs.
    package convenience init(_ values: [Float], shape: Shape? = nil) throws(EngineError) {
        try self.init(elements: values, shape: shape ?? [values.count], dtype: .float32)
    }

    /// An `int64` tensor of the given elements in row-major order.
    /// - Throws: `EngineError` where their number isn't what the shape needs.
    package convenience init(_ values: [Int64], shape: Shape? = nil) throws(EngineError) {
        try self.init(elements: values, shape: shape ?? [values.count], dtype: .int64)
    }

    /// A `float64` tensor of the given elements, shape `[count]`.
    package convenience init(_ values: [Double]) throws(EngineError) {
        try self.init(elements: values, shape: [values.count], dtype: .float64)
    }

    /// A tensor of a single `float32` element, shape `[]`.
    package convenience init(_ value: Float) throws(EngineError) {
        try self.init(elements: [value], shape: [], dtype: .float32)
    }

    /// A tensor from bytes: little-endian elements in row-major order.
    /// - Throws: `EngineError` where their number isn't what the shape and the type need.
    package convenience init(
        bytes: [UInt8], shape: Shape, dtype: DType, device: Device = .cpu
    ) throws(EngineError) {
        try self.init(elements: bytes, shape: shape, dtype: dtype, device: device)
    }

    /// A tensor from bytes that are copied: little-endian elements in row-major order.
    /// - Throws: `EngineError` where their number isn't what the shape and the type need.
    package convenience init(
        bytes: UnsafeRawBufferPointer, shape: Shape, dtype: DType, device: Device = .cpu
    ) throws(EngineError) {
        var result = gt_tensor()
        try check(
            gt_from_bytes(
                bytes.baseAddress, bytes.count, shape, Int32(shape.count), dtype.code, device.code, &result))
        self.init(owning: result)
    }

    private convenience init<Element: BitwiseCopyable>(
        elements: [Element], shape: Shape, dtype: DType, device: Device = .cpu
    ) throws(EngineError) {
        var result = gt_tensor()
        let status = elements.withUnsafeBytes { bytes in
            gt_from_bytes(bytes.baseAddress, bytes.count, shape, Int32(shape.count), dtype.code, device.code, &result)
        }
        try check(status)
        self.init(owning: result)
    }
}
