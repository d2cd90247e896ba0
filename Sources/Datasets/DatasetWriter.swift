import Codecs
import Glibc

/// Writes the stored form of a dataset: items, labels, held-out indices, and the manifest last.
///
/// | file | holds |
/// |---|---|
/// | `items.bin` | the items in the stored form of their kind, one after another |
/// | `labels.bin` | int32 `[items]`, indices into the schema's classes; absent where there are none |
/// | `holdout.bin` | int32, the held-out items' indices, ascending |
/// | `manifest.json` | `DatasetManifest` |
///
/// A kind may have files of its own besides (`ItemKind.ownFiles`). Numbers are little-endian. All files are synchronised; a folder without a manifest is no dataset.
final class DatasetWriter {
    private let folder: StoredFolder
    private let items: DurableFileWriter
    private let itemSize: Int
    private let limits: DatasetLimits
    private let shouldStop: () -> Bool
    private var digests: [UInt64] = []
    private var labels: [Int32] = []

    /// Begins a dataset of an upload's items, each of that many bytes.
    init(_ upload: Upload, folder: String, itemSize: Int) throws {
        self.folder = StoredFolder(path: folder)
        self.itemSize = itemSize
        limits = upload.limits
        shouldStop = upload.shouldStop
        items = try DurableFileWriter(path: self.folder.items)
    }

    var itemCount: Int { digests.count }

    /// Adds an item.
    ///
    /// - Precondition: it has the writer's item size; labels are given for all items or for none.
    func append(_ item: UnsafeRawBufferPointer, label: Int32? = nil) throws {
        precondition(item.count == itemSize)
        guard digests.count < limits.maximumItems else {
            throw DatasetError(
                code: "too_many_items", detail: "the upload has more than \(limits.maximumItems) items")
        }
        if shouldStop() { throw DatasetError.stopped }
        var digest = SHA256()
        digest.update(item)
        digests.append(digest.finalize().prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
        if let label { labels.append(label) }
        try items.write(item)
    }

    func append(_ item: [UInt8], label: Int32? = nil) throws {
        try item.withUnsafeBytes { try append($0, label: label) }
    }

    /// What `finish` knows of the items when it asks for the schema.
    struct Contents {
        let itemsPath: String
        let itemCount: Int
        /// Ascending.
        let holdout: [Int32]
    }

    /// Writes what is left, the manifest last.
    ///
    /// - Parameters:
    ///   - classes: names that labels are indices of; those without any item are dropped.
    ///   - schema: makes the schema of what is stored, given the classes that are left.
    func finish(
        classes: [String] = [], resizedCount: Int = 0, problems: ProblemList = ProblemList(),
        schema: (Contents, [String]) throws -> any ItemKind
    ) throws -> DatasetManifest {
        let holdout = HoldoutSelection.indices(digests: digests)
        try items.commit()
        let usedClasses = dropUnusedClasses(classes)
        if !usedClasses.isEmpty {
            try labels.withUnsafeBytes { try DurableFile.write($0, to: folder.labels) }
        }
        try holdout.withUnsafeBytes { try DurableFile.write($0, to: folder.holdout) }
        var classCounts = [Int](repeating: 0, count: usedClasses.count)
        for label in usedClasses.isEmpty ? [] : labels { classCounts[Int(label)] += 1 }
        for index in usedClasses.isEmpty ? [] : holdout { classCounts[Int(labels[Int(index)])] -= 1 }
        let contents = Contents(itemsPath: folder.items, itemCount: itemCount, holdout: holdout)
        let manifest = DatasetManifest(
            schema: try schema(contents, usedClasses), itemCount: itemCount,
            trainingCount: itemCount - holdout.count, holdoutCount: holdout.count, classCounts: classCounts,
            resizedCount: resizedCount, problems: problems.problems, problemCount: problems.count)
        try DurableFile.write(manifest.json.bytes, to: folder.manifest)
        return manifest
    }

    /// Renumbers the labels to the classes that have items.
    private func dropUnusedClasses(_ classes: [String]) -> [String] {
        let used = Set(labels)
        var newNumbers = [Int32](repeating: 0, count: classes.count)
        var kept: [String] = []
        for (index, name) in classes.enumerated() where used.contains(Int32(index)) {
            newNumbers[index] = Int32(kept.count)
            kept.append(name)
        }
        if kept.count != classes.count {
            labels = labels.map { newNumbers[Int($0)] }
        }
        return kept
    }
}

/// The paths of a stored dataset's files.
package struct StoredFolder: Sendable {
    let path: String

    var items: String { path + "/items.bin" }
    var labels: String { path + "/labels.bin" }
    var holdout: String { path + "/holdout.bin" }
    var manifest: String { path + "/manifest.json" }

    /// Removes what an import that failed may have left.
    func removeFiles() {
        for file in [manifest, items, labels, holdout] { unlink(file) }
        for name in DatasetKind.allCases.flatMap({ $0.type.ownFiles }) { unlink(path + "/" + name) }
    }
}
