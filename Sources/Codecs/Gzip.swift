import CZlib

/// Decompresses a gzip stream (RFC 1952), its members one after another, by zlib.
package final class GzipSource: ByteSource {
    /// The first two bytes of every gzip.
    package static let signature: [UInt8] = [0x1F, 0x8B]

    private let compressed: any ByteSource
    /// Allocated, since its address must not change: zlib keeps it (inflate.c, `inflateStateCheck`).
    private let stream: UnsafeMutablePointer<z_stream>
    private var input = [UInt8](repeating: 0, count: 1 << 16)
    private var inputRange = 0..<0
    private var state = State.between
    private var hasBegun = false

    private enum State {
        /// Before a member: at the beginning, or after the end of another.
        case between
        case within
        case finished
    }

    package init(_ compressed: any ByteSource) throws(CodecError) {
        self.compressed = compressed
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window, and 16 more to expect gzip's framing (zlib.h, inflateInit2).
        guard inflateInit2_(stream, 15 + 16, zlibVersion(), Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw CodecError(.malformed, "there is no memory to expand a gzip")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// - Throws: `CodecError` of kind `truncated` or `malformed`, and what the compressed bytes' source throws.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var filled = 0
        while filled < buffer.count, state != .finished {
            if inputRange.isEmpty {
                let count = try input.withUnsafeMutableBytes { try compressed.read(into: $0) }
                inputRange = 0..<count
                if count == 0 {
                    guard state == .between, hasBegun else { throw CodecError(.truncated, "the gzip ends too early") }
                    state = .finished
                    break
                }
            }
            if state == .between {
                // Zeros may pad the last member out to a block (gzip's own rule).
                if hasBegun, input[inputRange.lowerBound] == 0 {
                    state = .finished
                    break
                }
                hasBegun = true
                state = .within
            }
            filled += try inflate(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
        }
        return filled
    }

    private func inflate(into buffer: UnsafeMutableRawBufferPointer) throws(CodecError) -> Int {
        let room = min(buffer.count, Int(UInt32.max))
        let status = input.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress?.advanced(by: inputRange.lowerBound)
            stream.pointee.avail_in = UInt32(inputRange.count)
            stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(room)
            return CZlib.inflate(stream, Z_NO_FLUSH)
        }
        inputRange = (inputRange.upperBound - Int(stream.pointee.avail_in))..<inputRange.upperBound
        switch status {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END:
            state = .between
            inflateReset(stream)
        default:
            let reason = stream.pointee.msg.map { String(cString: $0) } ?? "error \(status)"
            throw CodecError(.malformed, "the gzip cannot be expanded: \(reason)")
        }
        return room - Int(stream.pointee.avail_out)
    }
}
