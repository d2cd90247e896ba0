/// Counts the folders that pictures stand in, and decides which of them are classes, and which set pictures apart for testing.
struct FolderTally {
    /// How many levels of folders are looked at.
    private static let depth = 4

    private var total = 0
    /// Pictures under each folder of a level, whatever stands above it; those that have none there are under `nil`.
    private var levels = [[Substring?: Int]](repeating: [:], count: depth)
    /// The same of pictures whose folder one level higher is named as one for training.
    private var trainingLevels = [[Substring?: Int]](repeating: [:], count: depth)
    private let maximum: Int

    init(maximumClasses: Int) {
        maximum = maximumClasses
    }

    /// Counts a picture.
    mutating func add(_ name: EntryName) {
        total += 1
        let folders = name.foldersOnce
        for level in 0..<Self.depth {
            let folder = level < folders.count ? folders[level] : nil
            Self.count(folder, in: &levels[level], maximum)
            guard level > 0, level <= folders.count, folders[level - 1].part == .training else { continue }
            Self.count(folder, in: &trainingLevels[level], maximum)
        }
    }

    private static func count(_ folder: Substring?, in folders: inout [Substring?: Int], _ maximum: Int) {
        // One more than allowed suffices to know that there are too many.
        guard folders[folder] != nil || folders.count <= maximum + 1 else { return }
        folders[folder, default: 0] += 1
    }

    /// How the pictures are classed.
    ///
    /// Where the top folders, or those below folders that all share, are named for training and for testing, these are the
    /// dataset's parts, and the folders below them are looked at in place of the top ones. Otherwise a folder that all share is
    /// stripped. The top folders that are left are the classes, where at least nine tenths of the pictures stand in them; the
    /// few outside are no items then. Otherwise there are no classes.
    ///
    /// - Throws: `DatasetError` with code `too_many_classes`.
    func classes() throws(DatasetError) -> FolderClasses {
        if let level = splitLevel {
            return FolderClasses(
                strippedFolders: level + 1, names: try classes(trainingLevels[level + 1]), splitLevel: level)
        }
        let hasRoot = levels[0].count == 1 && levels[0][nil] == nil
        return FolderClasses(strippedFolders: hasRoot ? 1 : 0, names: try classes(levels[hasRoot ? 1 : 0]))
    }

    private func classes(_ folders: [Substring?: Int]) throws(DatasetError) -> [String] {
        let outside = folders[nil, default: 0]
        let names = folders.keys.compactMap { $0 }.map(String.init)
        guard names.count <= maximum else {
            throw DatasetError(
                code: "too_many_classes",
                detail: "the archive has more than \(maximum) top folders, each of which would be a class")
        }
        guard !names.isEmpty, outside <= folders.values.reduce(0, +) / 10 else { return [] }
        return ClassNames.sorted(names)
    }

    /// The first level at which all folders are parts of the dataset, at least one for training and one for testing; above it
    /// each has one folder that all share.
    private var splitLevel: Int? {
        for level in 0..<Self.depth - 1 {
            let outside = levels[level][nil, default: 0]
            let parts = levels[level].keys.compactMap { $0 }.map(\.part)
            if parts.contains(.training), parts.contains(.holdout), !parts.contains(nil), outside <= total / 10 {
                return level
            }
            guard levels[level].count == 1, outside == 0 else { return nil }
        }
        return nil
    }
}

/// The order of classes.
enum ClassNames {
    /// Numbers by value, everything else by its bytes.
    static func sorted(_ names: [String]) -> [String] {
        let numbers = names.compactMap { name in Int(name).map { (name: name, number: $0) } }
        guard numbers.count == names.count else {
            return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        }
        return numbers.sorted { ($0.number, $0.name) < ($1.number, $1.name) }.map(\.name)
    }
}

/// The classes of an archive's pictures by their folders.
struct FolderClasses {
    /// How many folders are taken off each name first.
    let strippedFolders: Int
    let names: [String]
    /// Where the folder stands that says which part of the dataset a picture belongs to; nil where none does.
    private let splitLevel: Int?
    private let indices: [String: Int32]

    init(strippedFolders: Int, names: [String], splitLevel: Int? = nil) {
        self.strippedFolders = strippedFolders
        self.names = names
        self.splitLevel = splitLevel
        indices = Dictionary(uniqueKeysWithValues: zip(names, (0...).lazy.map { Int32($0) }))
    }

    /// The class of a picture; `nil` for one in no class folder.
    func label(_ name: EntryName) -> Int32? {
        name.foldersOnce.dropFirst(strippedFolders).first.flatMap { indices[String($0)] }
    }

    var isSplit: Bool { splitLevel != nil }

    /// The folder by which a picture belongs to a part of the dataset; nil for one in no such folder.
    func split(_ name: EntryName) -> (folder: String, part: DatasetPart)? {
        let folders = name.foldersOnce
        guard let splitLevel, splitLevel < folders.count, let part = folders[splitLevel].part else { return nil }
        return (String(folders[splitLevel]), part)
    }
}

extension EntryName {
    /// The folders, those once that stand within one of the same name, as where an archive is unpacked into a folder named
    /// after it: `train/train/cats`.
    fileprivate var foldersOnce: [Substring] {
        folders.reduce(into: []) { once, folder in
            if folder.part == nil || folder != once.last { once.append(folder) }
        }
    }
}

extension Substring {
    /// Which part of a dataset a folder of this name is.
    fileprivate var part: DatasetPart? { SplitNames.folders[lowercased()] }
}
