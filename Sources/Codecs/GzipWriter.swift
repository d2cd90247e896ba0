import CZlib

/// Compresses bytes as one gzip member (RFC 1952), piece by piece, by zlib.
///
/// Not `Sendable`: one thread writes at a time.
package final class GzipWriter {
    /// Allocated, since its address must not change: zlib keeps it (deflate.c, `deflateStateCheck`).
    private let stream: UnsafeMutablePointer<z_stream>
    private var output = [UInt8](repeating: 0, count: 1 << 15)

    /// - Parameter level: 1 (fastest) to 9 (smallest).
    package init(level: Int32 = 1) throws(CodecError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window, and 16 more for gzip's framing; 8 is zlib's usual use of memory (zlib.h, deflateInit2).
        let status = deflateInit2_(
            stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, zlibVersion(), Int32(MemoryLayout<z_stream>.size)
        )
        guard status == Z_OK else { throw CodecError(.malformed, "there is no memory to compress") }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// The compressed bytes that are ready after these; often fewer than went in, or none.
    ///
    /// - Parameter isLast: whether these are the last bytes; no further call is allowed then.
    package func compress(_ bytes: [UInt8], isLast: Bool = false) throws(CodecError) -> [UInt8] {
        var result: [UInt8] = []
        var status = Z_OK
        bytes.withUnsafeBufferPointer { input in
            stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.pointee.avail_in = UInt32(input.count)
            repeat {
                output.withUnsafeMutableBufferPointer { output in
                    stream.pointee.next_out = output.baseAddress
                    stream.pointee.avail_out = UInt32(output.count)
                    status = deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                }
                result.append(contentsOf: output.prefix(output.count - Int(stream.pointee.avail_out)))
            } while stream.pointee.avail_out == 0 && status == Z_OK
        }
        guard status == Z_OK || status == Z_BUF_ERROR || status == Z_STREAM_END else {
            throw CodecError(.malformed, "the bytes could not be compressed: zlib's error \(status)")
        }
        return result
    }
}
