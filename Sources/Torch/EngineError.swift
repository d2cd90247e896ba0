import CTorch

/// A refusal or failure of the tensor engine, as a sentence that names the operation and the shapes it met.
package struct EngineError: Error, Equatable, CustomStringConvertible {
    /// What kind of thing went wrong.
    package enum Cause: Sendable {
        /// The operation refused its arguments: shapes, element types or values.
        case argument
        /// Memory could not be had.
        case memory
        /// Anything else: a defect of ours or of libtorch.
        case `internal`
    }

    package let cause: Cause
    /// Name of the operation, such as `matmul`.
    package let operation: String
    /// A sentence with the shapes and element types of the operation's tensors.
    package let detail: String

    package init(cause: Cause = .argument, operation: String, detail: String) {
        self.cause = cause
        self.operation = operation
        self.detail = detail
    }

    package var description: String { "\(operation): \(detail)" }

    /// Reads the calling thread's last error; to be called right after the failure.
    init(status: gt_status) {
        switch status {
        case .argument: cause = .argument
        case .memory: cause = .memory
        case .ok, .internal: cause = .internal
        }
        operation = Self.lastError(.operation)
        detail = Self.lastError(.detail)
    }

    private static func lastError(_ part: gt_error_part) -> String {
        let length = gt_last_error(part, nil, 0)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: max(length, 1)) { buffer in
            _ = gt_last_error(part, buffer.baseAddress, length)
            return String(decoding: buffer[..<length].lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}

/// Turns a status of the shim into an error.
@inline(__always)
func check(_ status: gt_status) throws(EngineError) {
    if status != .ok { throw EngineError(status: status) }
}
