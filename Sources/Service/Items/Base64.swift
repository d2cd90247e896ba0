/// Base 64 with padding (RFC 4648, section 4).
package enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// What padded base 64 stands for; nil where it is none.
    static func bytes(of text: String) -> [UInt8]? {
        let symbols = Array(text.utf8)
        guard symbols.count.isMultiple(of: 4) else { return nil }
        let padding = symbols.reversed().prefix(2).prefix { $0 == UInt8(ascii: "=") }.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(symbols.count / 4 * 3)
        var group: UInt32 = 0
        for (index, symbol) in symbols.dropLast(padding).enumerated() {
            guard let digit = digits.firstIndex(of: symbol) else { return nil }
            group = group << 6 | UInt32(digit)
            if index % 4 == 3 {
                bytes += [UInt8(group >> 16 & 255), UInt8(group >> 8 & 255), UInt8(group & 255)]
                group = 0
            }
        }
        switch padding {
        case 1: bytes += [UInt8(group >> 10 & 255), UInt8(group >> 2 & 255)]
        case 2: bytes.append(UInt8(group >> 4 & 255))
        default: break
        }
        return bytes
    }

    /// Puts the text of bytes behind others.
    package static func append(_ source: [UInt8], to bytes: inout [UInt8]) {
        bytes += digits.withUnsafeBufferPointer { digits in
            [UInt8](unsafeUninitializedCapacity: (source.count + 2) / 3 * 4) { text, count in
                for start in stride(from: 0, to: source.count, by: 3) {
                    let left = source.count - start
                    var group = UInt32(source[start]) << 16
                    if left > 1 { group |= UInt32(source[start + 1]) << 8 }
                    if left > 2 { group |= UInt32(source[start + 2]) }
                    text[count] = digits[Int(group >> 18)]
                    text[count + 1] = digits[Int(group >> 12) & 63]
                    text[count + 2] = left > 1 ? digits[Int(group >> 6) & 63] : UInt8(ascii: "=")
                    text[count + 3] = left > 2 ? digits[Int(group) & 63] : UInt8(ascii: "=")
                    count += 4
                }
            }
        }
    }
}
