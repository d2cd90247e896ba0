/// A sequence of bytes: a file, the contents of a gzip, an entry of an archive.
package protocol ByteSource: AnyObject {
    /// Fills `buffer` with as many bytes as there are.
    ///
    /// - Returns: how many were read: fewer than the buffer holds only at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

extension ByteSource {
    /// Reads at most `count` bytes; fewer at the end.
    package func read(upTo count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
            initialised = try read(into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// Everything that is left.
    ///
    /// - Throws: `CodecError` of kind `tooLarge` where that is more than `limit` bytes.
    package func readAll(limit: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let piece = try read(upTo: min(1 << 16, max(1, limit - bytes.count + 1)))
            if piece.isEmpty { return bytes }
            bytes.append(contentsOf: piece)
            guard bytes.count <= limit else {
                throw CodecError(.tooLarge, "it has more than \(limit) bytes")
            }
        }
    }
}

/// A file from its beginning to its end, read in large pieces, however small the requested ones are.
package final class FileSource: ByteSource {
    private let file: ReadableFile
    /// The offset of the next piece in the file.
    private var position = 0
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    /// The part of the buffer that hasn't been consumed.
    private var range = 0..<0

    package init(_ file: ReadableFile) {
        self.file = file
    }

    package func read(into target: UnsafeMutableRawBufferPointer) throws -> Int {
        var filled = give(into: target)
        guard filled < target.count else { return filled }
        let rest = UnsafeMutableRawBufferPointer(rebasing: target[filled...])
        if rest.count >= buffer.count {
            let count = try file.read(into: rest, at: position)
            position += count
            return filled + count
        }
        let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0, at: position) }
        position += count
        range = 0..<count
        filled += give(into: rest)
        return filled
    }

    private func give(into target: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(range.count, target.count)
        buffer.withUnsafeBytes { bytes in
            target.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes[range.lowerBound..<range.lowerBound + count]))
        }
        range = (range.lowerBound + count)..<range.upperBound
        return count
    }
}

/// Bytes in memory.
package final class MemorySource: ByteSource {
    private var remaining: ArraySlice<UInt8>

    package init(_ bytes: [UInt8]) {
        remaining = bytes[...]
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let piece = remaining.prefix(buffer.count)
        buffer.copyBytes(from: piece)
        remaining = remaining.dropFirst(piece.count)
        return piece.count
    }
}
