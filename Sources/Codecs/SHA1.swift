import CNettle

/// SHA-1 (FIPS 180-4), by nettle, for clients whose protocol requires it.
///
/// It doesn't protect against deliberate changes.
package struct SHA1 {
    private var context = sha1_ctx()

    package init() {
        nettle_sha1_init(&context)
    }

    package mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            nettle_sha1_update(&context, buffer.count, base)
        }
    }

    /// The 20 bytes of the digest; bytes added afterwards begin a new one.
    package mutating func finalize() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(SHA1_DIGEST_SIZE)) { buffer, initialised in
            nettle_sha1_digest(&context, buffer.count, buffer.baseAddress)
            initialised = buffer.count
        }
    }
}
