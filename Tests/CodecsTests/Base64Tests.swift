import Codecs
import Testing

@Suite struct Base64Tests {
    /// RFC 4648, section 10.
    private static let standard = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ]

    @Test(arguments: standard)
    func textIsThatOfTheStandard(bytes: String, text: String) {
        var written = Array(">".utf8)
        Base64.append(Array(bytes.utf8), to: &written)
        #expect(String(decoding: written, as: UTF8.self) == ">" + text)
        #expect(Base64.bytes(of: text) == Array(bytes.utf8))
    }

    @Test func everyDigitIsWrittenAndRead() {
        let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        // The numbers 0 to 63 in six bits each.
        let bytes = stride(from: 0, to: 64, by: 4).flatMap { number -> [UInt8] in
            let group = (0..<4).reduce(0) { $0 << 6 | (number + $1) }
            return [UInt8(group >> 16), UInt8(group >> 8 & 255), UInt8(group & 255)]
        }
        var written: [UInt8] = []
        Base64.append(bytes, to: &written)
        #expect(String(decoding: written, as: UTF8.self) == digits)
        #expect(Base64.bytes(of: digits) == bytes)
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "=", "====", "Zg==Zg==", "Z===", "Zm9v=", "Zm 9", "Zm9v\n\n\n\n", "Zm-_", "Zm8é", "\0\0\0\0",
        "Zg=v", "Zh==", "Zm9=",
    ])
    func whatIsNoBase64IsRefused(text: String) {
        #expect(Base64.bytes(of: text) == nil)
    }
}
