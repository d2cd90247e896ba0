import Codecs

/// What a first pass over an archive finds, before anything is decoded or written.
struct ArchiveSurvey {
    /// An IDX file within the archive.
    struct IDXEntry: Equatable {
        let name: String
        let isGzipped: Bool
        let header: IDXHeader
    }

    private(set) var imageCount = 0
    private(set) var sizes = SizeTally()
    private(set) var folders: FolderTally
    private(set) var hasColour = false
    private(set) var idxEntries: [IDXEntry] = []
    /// Files that are neither picture nor IDX, or damaged at their very head.
    private(set) var problems = ProblemList()
    private var decodedBytes: ExpansionBudget

    /// Reads a whole archive and checks its names, its kinds of entries and what it expands to.
    ///
    /// - Throws: `DatasetError` with code `too_many_entries`, `archive_unsafe_name`, `archive_unsafe_entry` or
    ///   `archive_too_large`; `CodecError` where the archive can't be read.
    init(_ upload: Upload, format: ArchiveReader.Format) throws {
        folders = FolderTally(maximumClasses: upload.limits.maximumClasses)
        var absolute = upload.limits
        absolute.maximumExpansionRatio = .max
        decodedBytes = ExpansionBudget(limits: absolute, uploadSize: upload.file.size)
        if format == .zip {
            let count = try ZIPDirectory.countEntries(of: upload.file, limit: upload.limits.maximumEntries)
            try Self.checkCount(count, upload.limits)
            // libarchive takes a ZIP without entries for no ZIP.
            if count == 0 { return }
        }
        var walk = try ArchiveWalk(upload, format: format)
        while let (name, entry) = try walk.next() {
            do {
                try examine(name, entry, &walk, limits: upload.limits)
            } catch let error as CodecError {
                guard !walk.isBroken else { throw error }
                problems.add(entry.name, error.detail)
            }
        }
    }

    static func checkCount(_ count: Int, _ limits: DatasetLimits) throws(DatasetError) {
        guard count <= limits.maximumEntries else {
            throw DatasetError(
                code: "too_many_entries",
                detail: "the archive has more than \(limits.maximumEntries) entries, which is the most allowed")
        }
    }

    private mutating func examine(
        _ name: EntryName, _ entry: ArchiveEntry, _ walk: inout ArchiveWalk, limits: DatasetLimits
    ) throws {
        let source = walk.source()
        let head = try source.read(upTo: 16)
        if ImageFile.isImage(head) {
            imageCount += 1
            let bytes = head + (try source.readAll(limit: limits.maximumItemBytes))
            let (size, channels) = try ImageFile.header(of: bytes)
            guard size.width <= limits.maximumItemPixels / size.height else {
                throw CodecError(
                    .tooLarge, "it has \(size) pixels; \(limits.maximumItemPixels) are the most that is decoded")
            }
            folders.add(name)
            try decodedBytes.spend(size.width * size.height * channels)
            try sizes.add(size)
            if channels == 3 { hasColour = true }
        } else if IDXHeader.recognises(head) || head.starts(with: GzipSource.signature) {
            let isGzipped = head.starts(with: GzipSource.signature)
            let joined = ChainedSource(head, source)
            let unwrapped: any ByteSource = isGzipped ? try GzipSource(joined) : joined
            let header = try IDXHeader(reading: unwrapped)
            idxEntries.append(IDXEntry(name: entry.name, isGzipped: isGzipped, header: header))
        } else {
            throw CodecError(.unrecognised, ImageFile.refusal(name: entry.name, head))
        }
    }
}

/// Goes through an archive's files, counting what they expand to and refusing entries that no honest archive has.
struct ArchiveWalk {
    private let reader: ArchiveReader
    private let limits: DatasetLimits
    private let shouldStop: () -> Bool
    private let budget: SharedBudget
    private var count = 0

    init(_ upload: Upload, format: ArchiveReader.Format) throws {
        reader = try ArchiveReader(path: upload.file.path, format: format)
        limits = upload.limits
        shouldStop = upload.shouldStop
        budget = SharedBudget(ExpansionBudget(limits: upload.limits, uploadSize: upload.file.size))
    }

    /// Whether nothing after a fault can be read.
    var isBroken: Bool { reader.isBroken }

    /// The next file that isn't passed over; `nil` after the last.
    mutating func next() throws -> (EntryName, ArchiveEntry)? {
        while let entry = try reader.next() {
            if shouldStop() { throw DatasetError.stopped }
            count += 1
            try ArchiveSurvey.checkCount(count, limits)
            let name = try EntryName(entry.name)
            switch entry.kind {
            case .directory: continue
            case .file: break
            case .symbolicLink, .hardLink, .special:
                throw Self.unsafe(entry)
            }
            guard !name.isPassedOver else {
                // To pass over an entry of a compressed TAR it is expanded all the same.
                try budget.spend(max(0, entry.declaredSize ?? 0))
                continue
            }
            return (name, entry)
        }
        return nil
    }

    /// The data of the file that `next()` gave, whose bytes are counted as they come.
    func source() -> any ByteSource {
        CountedSource(reader.entrySource(), budget)
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

/// A budget that several sources spend from.
final class SharedBudget {
    private var budget: ExpansionBudget

    init(_ budget: ExpansionBudget) {
        self.budget = budget
    }

    func spend(_ count: Int) throws(DatasetError) {
        try budget.spend(count)
    }
}

/// Bytes that count against a budget as they are read.
final class CountedSource: ByteSource {
    private let source: any ByteSource
    private let budget: SharedBudget

    init(_ source: any ByteSource, _ budget: SharedBudget) {
        self.source = source
        self.budget = budget
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = try source.read(into: buffer)
        try budget.spend(count)
        return count
    }
}

/// Bytes that were read already, and those that follow.
final class ChainedSource: ByteSource {
    private let head: MemorySource
    private let rest: any ByteSource

    init(_ head: [UInt8], _ rest: any ByteSource) {
        self.head = MemorySource(head)
        self.rest = rest
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = head.read(into: buffer)
        guard count < buffer.count else { return count }
        return count + (try rest.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...])))
    }
}
