import CNettle

/// Base 64 with padding (RFC 4648, section 4), by nettle.
package enum Base64 {
    /// Decodes padded base 64; nil where the text isn't that, has white space, or has bits left over after the last
    /// byte.
    package static func bytes(of text: String) -> [UInt8]? {
        // nettle skips white space.
        guard text.utf8.count.isMultiple(of: 4), text.utf8.allSatisfy({ $0 > UInt8(ascii: " ") }) else { return nil }
        var context = base64_decode_ctx()
        nettle_base64_decode_init(&context)
        var isWhole = false
        let bytes = [UInt8](unsafeUninitializedCapacity: text.utf8.count / 4 * 3 + 1) { buffer, count in
            var size = buffer.count
            isWhole =
                nettle_base64_decode_update(&context, &size, buffer.baseAddress, text.utf8.count, text) == 1
                && nettle_base64_decode_final(&context) == 1
            count = isWhole ? size : 0
        }
        return isWhole ? bytes : nil
    }

    /// Appends the text of `source` to `bytes`.
    package static func append(_ source: [UInt8], to bytes: inout [UInt8]) {
        guard !source.isEmpty else { return }
        bytes += [UInt8](unsafeUninitializedCapacity: (source.count + 2) / 3 * 4) { text, count in
            text.withMemoryRebound(to: CChar.self) { nettle_base64_encode_raw($0.baseAddress, source.count, source) }
            count = text.count
        }
    }
}
