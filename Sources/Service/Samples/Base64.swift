/// Base 64 with padding (RFC 4648, section 4).
enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

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
