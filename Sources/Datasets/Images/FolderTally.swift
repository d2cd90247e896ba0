/// Counts the folders that pictures stand in, and decides which of them are classes.
struct FolderTally {
    private var total = 0
    /// Pictures under each top folder; those in none are under `nil`.
    private var top: [Substring?: Int] = [:]
    /// The same one level deeper, for where one folder holds all.
    private var second: [Substring?: Int] = [:]
    private let maximum: Int

    init(maximumClasses: Int) {
        maximum = maximumClasses
    }

    /// Counts a picture.
    mutating func add(_ name: EntryName) {
        total += 1
        Self.count(name.folders.first, in: &top, maximum)
        Self.count(name.folders.dropFirst().first, in: &second, maximum)
    }

    private static func count(_ folder: Substring?, in folders: inout [Substring?: Int], _ maximum: Int) {
        // One more than allowed suffices to know that there are too many.
        guard folders[folder] != nil || folders.count <= maximum + 1 else { return }
        folders[folder, default: 0] += 1
    }

    /// How the pictures are classed.
    ///
    /// A folder that all share is stripped. The top folders that are left are the classes, where at least nine tenths
    /// of the pictures stand in them; the few outside are no items then. Otherwise there are no classes.
    ///
    /// - Throws: `DatasetError` with code `too_many_classes`.
    func classes() throws(DatasetError) -> FolderClasses {
        let hasRoot = top.count == 1 && top[nil] == nil
        let folders = hasRoot ? second : top
        let outside = folders[nil, default: 0]
        let names = folders.keys.compactMap { $0 }.map(String.init)
        guard names.count <= maximum else {
            throw DatasetError(
                code: "too_many_classes",
                detail: "the archive has more than \(maximum) top folders, each of which would be a class")
        }
        guard !names.isEmpty, outside <= total / 10 else {
            return FolderClasses(strippedFolders: hasRoot ? 1 : 0, names: [])
        }
        return FolderClasses(strippedFolders: hasRoot ? 1 : 0, names: Self.sorted(names))
    }

    /// Numbers by value, everything else by its bytes.
    private static func sorted(_ names: [String]) -> [String] {
        let numbers = names.compactMap { name in Int(name).map { (name: name, number: $0) } }
        guard numbers.count == names.count else {
            return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        }
        return numbers.sorted { ($0.number, $0.name) < ($1.number, $1.name) }.map(\.name)
    }
}

/// The classes of an archive's pictures.
struct FolderClasses {
    /// How many folders are taken off each name first.
    let strippedFolders: Int
    let names: [String]
    private let indices: [String: Int32]

    init(strippedFolders: Int, names: [String]) {
        self.strippedFolders = strippedFolders
        self.names = names
        indices = Dictionary(uniqueKeysWithValues: zip(names, (0...).lazy.map { Int32($0) }))
    }

    /// The class of a picture; `nil` for one in no class folder.
    func label(_ name: EntryName) -> Int32? {
        name.folders.dropFirst(strippedFolders).first.flatMap { indices[String($0)] }
    }
}
