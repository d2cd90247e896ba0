import CNettle

/// SHA-256 (FIPS 180-4) over bytes that come in any number of pieces, by nettle.
package struct SHA256: Sendable {
    private var context = sha256_ctx()

    package init() {
        nettle_sha256_init(&context)
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        nettle_sha256_update(&context, bytes.count, base.assumingMemoryBound(to: UInt8.self))
    }

    package mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The 32 bytes of the digest; bytes added afterwards begin a new one.
    package mutating func finalize() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_SIZE)) { buffer, initialised in
            nettle_sha256_digest(&context, buffer.count, buffer.baseAddress)
            initialised = buffer.count
        }
    }

    /// The digest as 64 lower-case hexadecimal digits; further bytes begin a new one.
    package mutating func hexadecimal() -> String {
        Self.hexadecimal(finalize())
    }

    /// The digest of bytes in memory, in hexadecimal.
    package static func hex(of bytes: [UInt8]) -> String {
        var digest = SHA256()
        digest.update(bytes)
        return digest.hexadecimal()
    }

    /// The digest of a file, read in pieces, in hexadecimal.
    package static func hex(ofFile path: String) throws -> String {
        let file = try ReadableFile(path: path)
        var digest = SHA256()
        try withUnsafeTemporaryAllocation(byteCount: 1 << 18, alignment: 64) { buffer in
            var offset = 0
            while true {
                let count = try file.read(into: buffer, at: offset)
                if count == 0 { break }
                digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                offset += count
            }
        }
        return digest.hexadecimal()
    }

    /// Bytes as two lower-case hexadecimal digits each.
    package static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
            for (index, byte) in bytes.enumerated() {
                buffer[index * 2] = digits[Int(byte >> 4)]
                buffer[index * 2 + 1] = digits[Int(byte & 15)]
            }
            return bytes.count * 2
        }
    }
}
