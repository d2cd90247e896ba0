import Codecs

/// The items of a dataset, by index: small sets in memory, others read from their file.
///
/// A mapped file would be as fast, but a disk that fails under it ends the process; a failed read fails one job.
package struct ItemStorage: Sendable {
    private static let memoryLimit = 64 << 20

    private let file: ReadableFile
    private let memory: [UInt8]?
    private let itemSize: Int
    private let count: Int

    init(path: String, itemSize: Int, count: Int) throws {
        file = try ReadableFile(path: path)
        let (size, overflows) = itemSize.multipliedReportingOverflow(by: count)
        guard !overflows, file.size == size else { throw DatasetError.damaged(path) }
        memory = size <= Self.memoryLimit ? try file.bytes(at: 0, count: size) : nil
        self.itemSize = itemSize
        self.count = count
    }

    /// Lends the bytes of an item.
    func withItem<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        precondition(index >= 0 && index < count)
        let offset = index * itemSize
        if let memory {
            return try memory.withUnsafeBytes {
                try body(UnsafeRawBufferPointer(rebasing: $0[offset..<offset + itemSize]))
            }
        }
        return try withUnsafeTemporaryAllocation(byteCount: itemSize, alignment: 64) { buffer in
            guard try file.read(into: buffer, at: offset) == itemSize else { throw DatasetError.damaged(file.path) }
            return try body(UnsafeRawBufferPointer(buffer))
        }
    }
}

extension DatasetError {
    static func damaged(_ path: String) -> DatasetError {
        DatasetError(
            code: "dataset_damaged",
            detail: "the stored dataset is damaged: \(path.split(separator: "/").last ?? "") isn't as it was written")
    }
}
