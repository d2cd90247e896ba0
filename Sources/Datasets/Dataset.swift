import Codecs
package import Torch

/// A stored dataset, open for reading.
///
/// `Sendable`: nothing in it changes, and its file is read by offset. What it gives depends on the arguments alone, so
/// that any number of jobs may share one.
package final class Dataset: Sendable {
    package let manifest: DatasetManifest
    /// The items that training draws from, ascending.
    package let trainingIndices: [Int]
    /// The items that are never trained on, ascending.
    package let holdoutIndices: [Int]
    private let labels: [Int32]
    let items: ItemStorage
    /// What the kind keeps in files of its own.
    package let attachment: (any Sendable)?

    /// Opens a folder that `DatasetImporter` filled.
    ///
    /// - Throws: `DatasetError` with code `manifest_unreadable` or `dataset_damaged`, `FileError`.
    package init(opening folder: String) throws {
        let stored = StoredFolder(path: folder)
        do {
            manifest = try DatasetManifest(
                json: JSON(parsing: try ReadableFile.contents(of: stored.manifest, limit: 64 << 20)))
        } catch let error as JSONSyntaxError {
            throw DatasetError.unreadableManifest(error.detail)
        }
        let schema = manifest.schema
        attachment = try schema.attachment(in: stored)
        items = try ItemStorage(
            path: stored.items, schema.stored, count: manifest.itemCount,
            groups: schema.stored.isGrouped ? try Self.integers(stored.groups) : [])
        let holdout = try Self.integers(stored.holdout, count: manifest.holdoutCount)
        guard zip(holdout, holdout.dropFirst()).allSatisfy(<), holdout.first ?? 0 >= 0,
            Int(holdout.last ?? -1) < manifest.itemCount
        else { throw DatasetError.damaged(stored.holdout) }
        holdoutIndices = holdout.map { Int($0) }
        let heldOut = Set(holdout)
        trainingIndices = (0..<manifest.itemCount).filter { !heldOut.contains(Int32($0)) }
        let classes = schema.classes
        labels = classes.isEmpty ? [] : try Self.integers(stored.labels, count: manifest.itemCount)
        guard labels.allSatisfy({ classes.indices.contains(Int($0)) }) else {
            throw DatasetError.damaged(stored.labels)
        }
    }

    /// The training items that stand at `position`, `position + 1`, … of an endless stream, in which every item comes
    /// once before any comes again, in another random order each time.
    ///
    /// A pure function of its arguments: a run that is resumed goes on by its position alone.
    ///
    /// - Parameters:
    ///   - count: items in the batch, positive; more than there are training items is possible.
    ///   - position: samples drawn before, not negative.
    ///   - seed: chooses the orders.
    package func batch(count: Int, atSample position: Int, seed: UInt64) throws -> Batch {
        try batch(of: trainingIndices(count: count, atSample: position, seed: seed))
    }

    /// The same with items as they are stored where these are smaller than what networks see, `[batch] + compactShape`;
    /// `ItemKind.expanded` makes the latter of them, wherever they are.
    package func storedBatch(count: Int, atSample position: Int, seed: UInt64) throws -> Batch {
        let indices = trainingIndices(count: count, atSample: position, seed: seed)
        guard let shape = manifest.schema.compactShape else { return try batch(of: indices) }
        let itemBytes = manifest.schema.stored.size
        let bytes = try [UInt8](unsafeUninitializedCapacity: indices.count * itemBytes) { buffer, written in
            for index in indices {
                try items.withItem(index) { item in
                    UnsafeMutableRawBufferPointer(
                        UnsafeMutableBufferPointer(rebasing: buffer[written..<written + itemBytes])
                    ).copyMemory(from: item)
                }
                written += itemBytes
            }
        }
        return Batch(
            items: try Tensor(bytes: bytes, shape: [indices.count] + shape, dtype: .uint8),
            labels: try labels(of: indices))
    }

    /// `int64` `[count]`; nil where the dataset has no classes.
    private func labels(of indices: [Int]) throws -> Tensor? {
        labels.isEmpty ? nil : try Tensor(indices.map { Int64(labels[$0]) }, shape: [indices.count])
    }

    /// The indices of the items that `batch(count:atSample:seed:)` holds.
    package func trainingIndices(count: Int, atSample position: Int, seed: UInt64) -> [Int] {
        precondition(count > 0 && position >= 0)
        var epoch = position / trainingIndices.count
        var place = position % trainingIndices.count
        var order = ItemOrder(count: trainingIndices.count, seed: seed, epoch: epoch)
        return (0..<count).map { _ in
            if place == trainingIndices.count {
                epoch += 1
                place = 0
                order = ItemOrder(count: trainingIndices.count, seed: seed, epoch: epoch)
            }
            defer { place += 1 }
            return trainingIndices[order[place]]
        }
    }

    /// Any items, in the order asked for.
    ///
    /// - Parameter indices: of `0..<manifest.itemCount`, not empty.
    package func batch(of indices: [Int]) throws -> Batch {
        let values = try values(of: indices)
        return Batch(
            items: try Tensor(values, shape: [indices.count] + manifest.schema.shape),
            labels: try labels(of: indices))
    }

    /// What `batch(of:)` makes its tensor of: `[items] + shape`, as networks see them.
    package func values(of indices: [Int]) throws -> [Float] {
        let schema = manifest.schema
        return try [Float](unsafeUninitializedCapacity: indices.count * schema.elementCount) { buffer, initialised in
            try schema.read(items, indices, into: buffer)
            initialised = indices.count * schema.elementCount
        }
    }

    /// An item in the stored form of its kind.
    package func item(_ index: Int) throws -> [UInt8] {
        try items.withItem(index) { Array($0) }
    }

    /// The index into the schema's classes; `nil` where there are none.
    package func label(of index: Int) -> Int? {
        labels.isEmpty ? nil : Int(labels[index])
    }

    /// The items that a preview of `count` shows, a prefix of those of any greater count.
    package func previewIndices(_ count: Int) -> [Int] {
        let order = ItemOrder(count: manifest.itemCount, seed: 0, epoch: 0)
        return (0..<min(max(0, count), manifest.itemCount)).map { order[$0] }
    }

    private static func integers(_ path: String, count: Int) throws -> [Int32] {
        let integers = try integers(path)
        guard integers.count == count else { throw DatasetError.damaged(path) }
        return integers
    }

    private static func integers(_ path: String) throws -> [Int32] {
        let bytes = try ReadableFile.contents(of: path, limit: Int(Int32.max) * 4)
        guard bytes.count.isMultiple(of: 4) else { throw DatasetError.damaged(path) }
        return bytes.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 4).map {
                Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: Int32.self))
            }
        }
    }
}

/// Items that a network is shown at once.
package struct Batch {
    /// float32 `[batch]` and the shape of one item as networks see it.
    package let items: Tensor
    /// int64 `[batch]`, indices into the schema's classes; `nil` where there are none.
    package let labels: Tensor?

    package init(items: Tensor, labels: Tensor?) {
        self.items = items
        self.labels = labels
    }
}
