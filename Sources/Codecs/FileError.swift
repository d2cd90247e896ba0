import Glibc

/// A file operation that the system refused.
package struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The operation, a verb such as `open`.
    package let operation: String
    package let path: String
    /// The system's `errno`.
    package let code: Int32

    package init(operation: String, path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    /// Whether the disk, or this user's quota on it, is full.
    package var isDiskFull: Bool { code == ENOSPC || code == EDQUOT }

    package var description: String {
        "could not \(operation) \(path): \(Self.sentence(for: code))"
    }

    /// The system's own words for an `errno`.
    package static func sentence(for code: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let base = buffer.baseAddress, strerror_r(code, base, buffer.count) == 0 else {
                return "error \(code)"
            }
            return String(cString: base)
        }
    }
}
