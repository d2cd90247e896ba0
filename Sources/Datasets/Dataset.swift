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
    /// Of each column of a table its categories, commonest first; empty for columns whose cells are values.
    package let categories: [[String]]
    private let labels: [Int32]
    private let items: ItemStorage
    private let layout: ItemLayout

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
        layout = ItemLayout(manifest.schema)
        if case .table(let table) = manifest.schema {
            categories = try Self.categories(stored.categories, columns: table.columns)
        } else {
            categories = []
        }
        items = try ItemStorage(path: stored.items, itemSize: layout.itemSize, count: manifest.itemCount)
        let holdout = try Self.integers(stored.holdout, count: manifest.holdoutCount)
        guard zip(holdout, holdout.dropFirst()).allSatisfy(<), holdout.first ?? 0 >= 0,
            Int(holdout.last ?? -1) < manifest.itemCount
        else { throw DatasetError.damaged(stored.holdout) }
        holdoutIndices = holdout.map { Int($0) }
        let heldOut = Set(holdout)
        trainingIndices = (0..<manifest.itemCount).filter { !heldOut.contains(Int32($0)) }
        if case .images(_, _, _, let classes) = manifest.schema, !classes.isEmpty {
            labels = try Self.integers(stored.labels, count: manifest.itemCount)
            guard labels.allSatisfy({ classes.indices.contains(Int($0)) }) else {
                throw DatasetError.damaged(stored.labels)
            }
        } else {
            labels = []
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

    /// The same with pictures as they are stored, uint8 `[batch, height, width, channels]`, a quarter of what networks see;
    /// `shown` makes that of them, wherever they are.
    package func storedBatch(count: Int, atSample position: Int, seed: UInt64) throws -> Batch {
        let indices = trainingIndices(count: count, atSample: position, seed: seed)
        guard case .pixels(let height, let width, let channels) = layout else { return try batch(of: indices) }
        let itemBytes = height * width * channels
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
            items: try Tensor(bytes: bytes, shape: [indices.count, height, width, channels], dtype: .uint8),
            labels: try labels(of: indices))
    }

    /// Items as networks see them, of items as they are stored.
    package static func shown(_ items: Tensor) throws -> Tensor {
        guard items.dtype == .uint8 else { return items }
        return try ((items.cast(to: .float32) - 127.5) / 127.5).permuted([0, 3, 1, 2])
    }

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

    /// Held-out items in the order of `holdoutIndices`.
    ///
    /// - Parameter range: places in `holdoutIndices`, not empty.
    package func holdoutBatch(_ range: Range<Int>) throws -> Batch {
        try batch(of: Array(holdoutIndices[range]))
    }

    /// Any items, in the order asked for.
    ///
    /// - Parameter indices: of `0..<manifest.itemCount`, not empty.
    package func batch(of indices: [Int]) throws -> Batch {
        let values = try values(of: indices)
        return Batch(
            items: try Tensor(values, shape: [indices.count] + layout.shape),
            labels: try labels(of: indices))
    }

    /// What `batch(of:)` makes its tensor of: pictures `[items, channels, height, width]` in −1…1, points
    /// `[items, columns]` standardised.
    package func values(of indices: [Int]) throws -> [Float] {
        let valueCount = layout.shape.reduce(1, *)
        return try [Float](unsafeUninitializedCapacity: indices.count * valueCount) { buffer, initialised in
            for index in indices {
                let target = UnsafeMutableBufferPointer(rebasing: buffer[initialised..<initialised + valueCount])
                try items.withItem(index) { layout.normalise($0, into: target) }
                initialised += valueCount
            }
        }
    }

    /// An item as it is stored: pictures uint8 `[height, width, channels]`, points float64 `[columns]`.
    package func item(_ index: Int) throws -> [UInt8] {
        try items.withItem(index) { Array($0) }
    }

    /// The index into the schema's classes; `nil` where there are none.
    package func label(of index: Int) -> Int? {
        labels.isEmpty ? nil : Int(labels[index])
    }

    /// Rows of a table as they are stored, `[rows, columns]`: NaN where there is no value, indices of categories in coded
    /// columns, numbers and times in the others.
    package func cells(of indices: [Int]) throws -> [Double] {
        let columns = layout.itemSize / MemoryLayout<Double>.size
        return try [Double](unsafeUninitializedCapacity: indices.count * columns) { buffer, written in
            for index in indices {
                try items.withItem(index) { item in
                    UnsafeMutableRawBufferPointer(
                        UnsafeMutableBufferPointer(rebasing: buffer[written..<written + columns])
                    ).copyMemory(from: item)
                }
                written += columns
            }
        }
    }

    private static func categories(_ path: String, columns: [TableColumn]) throws -> [[String]] {
        let json = try JSON(parsing: ReadableFile.contents(of: path, limit: 1 << 30))
        let categories = (json.array ?? []).map { ($0.array ?? []).compactMap(\.string) }
        guard categories.count == columns.count else { throw DatasetError.damaged(path) }
        return categories
    }

    private static func integers(_ path: String, count: Int) throws -> [Int32] {
        let bytes = try ReadableFile.contents(of: path, limit: Int(Int32.max) * 4)
        guard bytes.count == count * 4 else { throw DatasetError.damaged(path) }
        return bytes.withUnsafeBytes { bytes in
            (0..<count).map { Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Int32.self)) }
        }
    }
}

/// Items that a network is shown at once.
package struct Batch {
    /// Pictures: float32 `[batch, channels, height, width]` in −1…1; points: float32 `[batch, columns]`, standardised.
    package let items: Tensor
    /// int64 `[batch]`, indices into the schema's classes; `nil` where there are none.
    package let labels: Tensor?

    package init(items: Tensor, labels: Tensor?) {
        self.items = items
        self.labels = labels
    }
}
