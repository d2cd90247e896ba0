import Codecs

/// The elements of an array in row-major order, of a file that has them in column-major (Fortran) order, in which the first index
/// varies fastest.
///
/// The file is read once for each 64 MiB of items, and memory holds so much of them.
final class RowMajorSource: ByteSource {
    static let blockSize = 64 << 20
    /// How often a file is read at most, or hardly more often.
    static let maximumPasses = 16

    private let open: () throws -> any ByteSource
    private let count: Int
    private let itemShape: [Int]
    private let elementSize: Int
    private let itemSize: Int
    private let blockCount: Int
    private var block: [UInt8] = []
    /// How much of the block has been given.
    private var given = 0
    /// Items before the end of the block.
    private var end = 0

    /// - Parameters:
    ///   - header: of an array that `check` takes.
    ///   - open: the elements from the first one on, as often as it is asked.
    init(_ header: NPYHeader, open: @escaping () throws -> any ByteSource) {
        self.open = open
        count = header.shape[0]
        itemShape = Array(header.shape.dropFirst())
        elementSize = header.element.size
        itemSize = header.dataSize / max(1, count)
        blockCount = max(1, Self.blockSize / max(1, itemSize))
    }

    /// Refuses an array that is too large to be read so.
    ///
    /// - Throws: `DatasetError` with code `array_too_large`.
    static func check(_ header: NPYHeader) throws(DatasetError) {
        let itemSize = header.dataSize / max(1, header.shape[0])
        guard itemSize <= blockSize, header.dataSize <= maximumPasses * blockSize else {
            throw DatasetError(
                code: "array_too_large",
                detail:
                    "the array of \(header.element) with the shape \(header.shape) is in column-major (Fortran) order, in "
                    + "which up to \(maximumPasses * blockSize >> 20) MiB are read; numpy.ascontiguousarray makes it row-major"
            )
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var filled = 0
        while filled < buffer.count {
            if given == block.count {
                guard end < count else { break }
                try fill()
            }
            let size = min(buffer.count - filled, block.count - given)
            block.withUnsafeBytes { bytes in
                UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[given..<given + size]))
            }
            filled += size
            given += size
        }
        return filled
    }

    /// Reads the whole file for the next block's items.
    private func fill() throws {
        let items = end..<min(count, end + blockCount)
        block = [UInt8](repeating: 0, count: items.count * itemSize)
        let source = try open()
        var indices = [Int](repeating: 0, count: itemShape.count)
        for _ in 0..<itemSize / elementSize {
            let place = zip(indices, itemShape).reduce(0) { $0 * $1.1 + $1.0 }
            try readRun(source, items, place: place)
            // The next of the item's elements, the first index fastest.
            for dimension in indices.indices {
                indices[dimension] += 1
                guard indices[dimension] == itemShape[dimension] else { break }
                indices[dimension] = 0
            }
        }
        guard try source.read(upTo: 1).isEmpty else {
            throw DatasetError(
                code: "malformed", detail: "the array announces \(count) pictures, and more bytes follow them")
        }
        end = items.upperBound
        given = 0
    }

    /// Reads the same element of all items.
    ///
    /// - Parameter place: that element's in an item, in row-major order.
    private func readRun(_ source: any ByteSource, _ items: Range<Int>, place: Int) throws {
        let pieceCount = 8_192
        for first in stride(from: 0, to: count, by: pieceCount) {
            let piece = first..<min(count, first + pieceCount)
            let bytes = try source.read(upTo: piece.count * elementSize)
            guard bytes.count == piece.count * elementSize else {
                throw DatasetError(
                    code: "truncated", detail: "the array announces \(count) pictures and ends before the last of them")
            }
            for item in piece.clamped(to: items) {
                let target = (item - items.lowerBound) * itemSize + place * elementSize
                let start = (item - first) * elementSize
                for byte in 0..<elementSize { block[target + byte] = bytes[start + byte] }
            }
        }
    }
}
