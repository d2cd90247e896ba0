/// The name of an archive's entry, taken apart.
struct EntryName {
    /// Folders and file, without empty components and `.`.
    let components: [Substring]

    /// Takes a name apart.
    ///
    /// - Throws: `DatasetError` with code `archive_unsafe_name` for names that lead out of the folder that the archive
    ///   would be unpacked into, on any system: absolute, with a drive, or with `..`.
    init(_ name: String) throws(DatasetError) {
        let isSeparator: (Character) -> Bool = { $0 == "/" || $0 == "\\" }
        let parts = name.split(whereSeparator: isSeparator)
        let hasDrive = name.dropFirst().first == ":" && name.first?.isLetter == true
        if name.first.map(isSeparator) == true || hasDrive || parts.contains("..") || name.contains("\0") {
            throw DatasetError(
                code: "archive_unsafe_name",
                detail: "the archive has the entry \"\(name.prefix(200))\", whose name leads out of the archive; "
                    + "names must be relative and without \"..\"",
                problems: [ItemProblem(item: String(name.prefix(200)), detail: "unsafe name")])
        }
        components = parts.filter { $0 != "." }
    }

    var folders: ArraySlice<Substring> { components.dropLast() }

    /// Folders that file managers and notebooks leave behind, whose contents nobody meant to upload.
    static let leftFolders: Set<Substring> = [
        "__MACOSX", ".ipynb_checkpoints", ".git", "@eaDir", ".Trashes", ".Spotlight-V100", ".fseventsd",
    ]

    /// Whether this is what file managers leave behind and nobody meant to upload.
    var isPassedOver: Bool {
        components.contains(where: Self.leftFolders.contains) || components.isEmpty
            || components.last.map {
                $0.hasPrefix(".") || $0.lowercased() == "thumbs.db" || $0.lowercased() == "desktop.ini"
            } == true
    }
}
