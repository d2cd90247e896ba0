import Codecs
import Glibc

/// Writes the stored form of a dataset: items, labels, held-out indices, and the manifest last.
///
/// | file | holds |
/// |---|---|
/// | `items.bin` | the items in the stored form of their kind, one after another; of items that overlap what they share once |
/// | `labels.bin` | int32 `[items]`, indices into the schema's classes; absent where there are none |
/// | `groups.bin` | int32 `[groups]`, how many items each group has; absent where items are on their own |
/// | `holdout.bin` | int32, the held-out items' indices, ascending, whoever chose them |
/// | `manifest.json` | `DatasetManifest` |
///
/// A kind may have files of its own besides (`ItemKind.ownFiles`). Numbers are little-endian. All files are synchronised; a folder without a manifest is no dataset.
final class DatasetWriter {
    private let folder: StoredFolder
    private let items: DurableFileWriter
    private let stored: StoredItem
    private let limits: DatasetLimits
    private let shouldStop: () -> Bool
    private(set) var itemCount = 0
    /// One of each item, or of each group that has ended.
    private var digests: [UInt64] = []
    /// How many items each group has, the one that is being written included.
    private var groupCounts: [Int32] = []
    private var currentGroup: Int?
    /// What stands in the item or group that is being written.
    private var digest = SHA256()
    private var labels: [Int32] = []
    /// The items that the upload itself holds out, ascending.
    private var givenHoldout: [Int32] = []

    /// Begins a dataset of an upload's items.
    init(_ upload: Upload, folder: String, _ stored: StoredItem) throws {
        self.folder = StoredFolder(path: folder)
        self.stored = stored
        limits = upload.limits
        shouldStop = upload.shouldStop
        items = try DurableFileWriter(path: self.folder.items)
    }

    /// Adds an item.
    ///
    /// - Parameters:
    ///   - identity: what decides with which others it is held out, where that isn't all of it.
    ///   - group: what is held out together with it: another number than the item before it has begins another group. Where
    ///     items overlap, it begins with what that item has from `stride` on, unless it begins a group.
    ///   - isHeldOut: whether the upload says that it is to be held out. Where it says so of any, those are held out and no others.
    /// - Precondition: it has the size of a stored item; labels are given for all items or for none, and groups just where
    ///   items come in groups.
    func append(
        _ item: UnsafeRawBufferPointer, identity: UnsafeRawBufferPointer? = nil, label: Int32? = nil, group: Int? = nil,
        isHeldOut: Bool = false
    ) throws {
        precondition(item.count == stored.size && (group != nil) == stored.isGrouped)
        guard itemCount < limits.maximumItems else { throw DatasetError.tooManyItems(limits) }
        if shouldStop() { throw DatasetError.stopped }
        var new = item
        if group != nil, group == currentGroup {
            groupCounts[groupCounts.count - 1] += 1
            new = UnsafeRawBufferPointer(rebasing: item.suffix(stored.stride))
        } else if group != nil {
            if currentGroup != nil { endDigest() }
            currentGroup = group
            groupCounts.append(1)
        }
        digest.update(identity ?? new)
        if group == nil { endDigest() }
        if isHeldOut { givenHoldout.append(Int32(itemCount)) }
        itemCount += 1
        if let label { labels.append(label) }
        try items.write(new)
    }

    private func endDigest() {
        digests.append(digest.finalize().prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
        digest = SHA256()
    }

    func append(_ item: [UInt8], label: Int32? = nil, group: Int? = nil, isHeldOut: Bool = false) throws {
        try item.withUnsafeBytes { try append($0, label: label, group: group, isHeldOut: isHeldOut) }
    }

    /// How many items were held out by the upload itself.
    var givenHoldoutCount: Int { givenHoldout.count }

    /// How many of those have a copy among the others, by their digests.
    ///
    /// - Precondition: items are on their own.
    var heldOutCopyCount: Int {
        precondition(!stored.isGrouped)
        let heldOut = Set(givenHoldout)
        let trained = Set(digests.indices.lazy.filter { !heldOut.contains(Int32($0)) }.map { self.digests[$0] })
        return givenHoldout.count { trained.contains(digests[Int($0)]) }
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
        if currentGroup != nil { endDigest() }
        let holdout =
            if !givenHoldout.isEmpty {
                givenHoldout
            } else if stored.isGrouped {
                HoldoutSelection.indices(digests: digests, counts: groupCounts)
            } else {
                HoldoutSelection.indices(digests: digests)
            }
        try items.commit()
        let usedClasses = dropUnusedClasses(classes)
        if !usedClasses.isEmpty {
            try labels.withUnsafeBytes { try DurableFile.write($0, to: folder.labels) }
        }
        if stored.isGrouped {
            try groupCounts.withUnsafeBytes { try DurableFile.write($0, to: folder.groups) }
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
    var groups: String { path + "/groups.bin" }
    var holdout: String { path + "/holdout.bin" }
    var manifest: String { path + "/manifest.json" }

    /// Removes what an import that failed may have left.
    func removeFiles() {
        for file in [manifest, items, labels, groups, holdout] { unlink(file) }
        for name in DatasetKind.allCases.flatMap({ $0.type.ownFiles }) { unlink(path + "/" + name) }
    }
}
