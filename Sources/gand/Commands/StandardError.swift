import Glibc

/// Writes messages for the person at the command line, by `write(2)`, since the C library's `stderr` is a shared
/// variable.
enum StandardError {
    static func say(_ message: String) {
        let bytes = Array("gand: \(message)\n".utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
