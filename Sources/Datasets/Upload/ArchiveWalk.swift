import Codecs

/// Goes through an archive's files, counting what they expand to and refusing entries that no honest archive has.
struct ArchiveWalk {
    private let reader: ArchiveReader
    private let limits: DatasetLimits
    private let shouldStop: () -> Bool
    private let budget: SharedBudget
    private var count = 0
    private var hasEnded = false

    init(_ upload: Upload, format: ArchiveReader.Format) throws {
        try self.init(upload.file, format: format, limits: upload.limits, shouldStop: upload.shouldStop)
    }

    init(
        _ file: ReadableFile, format: ArchiveReader.Format, limits: DatasetLimits, shouldStop: @escaping () -> Bool
    ) throws {
        reader = try ArchiveReader(path: file.path, format: format)
        self.limits = limits
        self.shouldStop = shouldStop
        budget = SharedBudget(ExpansionBudget(limits: limits, uploadSize: file.size))
    }

    /// Whether nothing after a fault can be read.
    var isBroken: Bool { reader.isBroken }

    /// The next file that isn't passed over; `nil` after the last.
    mutating func next() throws -> (EntryName, ArchiveEntry)? {
        // libarchive takes it for a fault of the caller's to ask again after the end.
        while !hasEnded, let entry = try reader.next() {
            if shouldStop() { throw DatasetError.stopped }
            count += 1
            try Self.checkCount(count, limits)
            let name = try EntryName(entry.name)
            switch entry.kind {
            case .directory: continue
            case .file: break
            case .symbolicLink, .hardLink, .special:
                throw Self.unsafe(entry)
            }
            guard !name.isPassedOver else {
                try passOver(entry)
                continue
            }
            return (name, entry)
        }
        hasEnded = true
        return nil
    }

    /// The data of the file that `next()` gave, whose bytes are counted as they come.
    func source() -> any ByteSource {
        CountedSource(reader.entrySource(), budget)
    }

    /// Counts an entry that isn't read: to go past it in a compressed TAR it is expanded all the same.
    func passOver(_ entry: ArchiveEntry) throws(DatasetError) {
        try budget.spend(max(0, entry.declaredSize ?? 0))
    }

    static func checkCount(_ count: Int, _ limits: DatasetLimits) throws(DatasetError) {
        guard count <= limits.maximumEntries else {
            throw DatasetError(
                code: "too_many_entries",
                detail: "the archive has more than \(limits.maximumEntries) entries, which is the most allowed")
        }
    }

    private static func unsafe(_ entry: ArchiveEntry) -> DatasetError {
        let what =
            switch entry.kind {
            case .symbolicLink: "a symbolic link"
            case .hardLink: "a hard link"
            default: "a device or pipe"
            }
        return DatasetError(
            code: "archive_unsafe_entry",
            detail: "the archive's entry \"\(entry.name.prefix(200))\" is \(what); only files and folders are taken",
            problems: [ItemProblem(item: String(entry.name.prefix(200)), detail: what)])
    }
}
