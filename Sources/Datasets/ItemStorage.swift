import Codecs

/// The items of a dataset, by index: small sets in memory, others read from their file.
///
/// A mapped file would be as fast, but a disk that fails under it ends the process; a failed read fails one job.
package struct ItemStorage: Sendable {
    private static let memoryLimit = 64 << 20

    private let file: ReadableFile
    private let memory: [UInt8]?
    private let item: StoredItem
    private let count: Int
    /// The first item of each group, where items overlap; else empty.
    private let firsts: [Int]

    /// Opens the file of `count` items.
    ///
    /// - Parameter groups: how many items each group has, in their order; empty where items are on their own.
    /// - Throws: `DatasetError` with code `dataset_damaged`, `FileError`.
    init(path: String, _ item: StoredItem, count: Int, groups: [Int32] = []) throws {
        file = try ReadableFile(path: path)
        guard groups.allSatisfy({ $0 > 0 }), !item.isGrouped || groups.reduce(0, { $0 + Int($1) }) == count else {
            throw DatasetError.damaged(path)
        }
        // A group's last item stands whole, each before it as far as the next one's beginning.
        let (tails, tailsOverflow) = (item.size - item.stride).multipliedReportingOverflow(by: groups.count)
        let (strides, stridesOverflow) = item.stride.multipliedReportingOverflow(by: count)
        let (size, overflows) = tails.addingReportingOverflow(strides)
        guard !tailsOverflow, !stridesOverflow, !overflows, file.size == size else { throw DatasetError.damaged(path) }
        memory = size <= Self.memoryLimit ? try file.bytes(at: 0, count: size) : nil
        var firsts: [Int] = []
        if item.stride < item.size {
            var first = 0
            for group in groups {
                firsts.append(first)
                first += Int(group)
            }
        }
        self.item = item
        self.count = count
        self.firsts = firsts
    }

    /// Where in the file an item begins.
    private func offset(of index: Int) -> Int {
        guard !firsts.isEmpty else { return index * item.size }
        // How many groups begin no later: the item is in the last of them.
        var (low, high) = (0, firsts.count)
        while low < high {
            let middle = (low + high) / 2
            if firsts[middle] <= index { low = middle + 1 } else { high = middle }
        }
        return index * item.stride + (low - 1) * (item.size - item.stride)
    }

    /// Lends the bytes of an item.
    func withItem<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        precondition(index >= 0 && index < count)
        let offset = offset(of: index)
        let itemSize = item.size
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
