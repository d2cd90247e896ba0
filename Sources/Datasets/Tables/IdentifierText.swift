/// Texts that are built like a column's identifiers, and are none of them.
///
/// Where the identifiers end in digits, or have some, these have more of them: no identifier of the column is as long.
struct IdentifierText: Sendable {
    private enum Shape: Sendable {
        case uuid
        /// Before the number, how many digits it has besides the first, and what stands after it.
        case numbered(prefix: [UInt8], digits: Int, suffix: [UInt8])
    }

    private let shape: Shape

    /// - Parameter example: one of the column's identifiers.
    init(example: String) {
        let bytes = Array(example.utf8)
        let marks = [8, 13, 18, 23]
        if bytes.count == 36, marks.allSatisfy({ bytes[$0] == UInt8(ascii: "-") }) {
            shape = .uuid
            return
        }
        func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 <= 9 }
        guard let last = bytes.lastIndex(where: isDigit) else {
            // A mail address stays one.
            let end = bytes.firstIndex(of: UInt8(ascii: "@")) ?? bytes.count
            shape = .numbered(prefix: Array(bytes[..<end]), digits: 0, suffix: Array(bytes[end...]))
            return
        }
        let first = (bytes[..<last].lastIndex { !isDigit($0) } ?? -1) + 1
        shape = .numbered(
            prefix: Array(bytes[..<first]), digits: last - first + 1, suffix: Array(bytes[(last + 1)...]))
    }

    /// The text of a number, another for each.
    func text(of number: UInt64) -> [UInt8] {
        switch shape {
        case .numbered(let prefix, let digits, let suffix):
            let text = Array(String(number).utf8)
            let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: max(0, digits - text.count))
            return prefix + [UInt8(ascii: "1")] + zeros + text + suffix
        case .uuid:
            // Version 8, whose bits are anybody's (RFC 9562, section 5.8): the number's own are enough to tell them apart.
            let mixed = (number &+ 1) &* 0x9E37_79B9_7F4A_7C15
            let hex = Self.hexadecimal(mixed ^ mixed >> 29) + Self.hexadecimal(number)
            let parts: [ArraySlice<UInt8>] = [
                hex[..<8], hex[8..<12], [0x38] + hex[13..<16], [0x38] + hex[17..<20], hex[20...],
            ]
            return Array(parts.joined(separator: [UInt8(ascii: "-")]))
        }
    }

    private static func hexadecimal(_ number: UInt64) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return (0..<16).map { digits[Int(number >> (60 - 4 * $0) & 15)] }
    }
}
