/// Base 64 with padding (RFC 4648, section 4).
enum Base64 {
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

    static func append(_ source: [UInt8], to bytes: inout [UInt8]) {
        bytes.reserveCapacity(bytes.count + (source.count + 2) / 3 * 4)
        for start in stride(from: 0, to: source.count, by: 3) {
            let count = min(3, source.count - start)
            var group = UInt32(source[start]) << 16
            if count > 1 { group |= UInt32(source[start + 1]) << 8 }
            if count > 2 { group |= UInt32(source[start + 2]) }
            for digit in 0..<4 {
                bytes.append(
                    digit <= count ? digits[Int(group >> UInt32(18 - 6 * digit)) & 63] : UInt8(ascii: "="))
            }
        }
    }
}
