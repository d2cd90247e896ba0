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
    /// - Throws: `DatasetError` with code `too_many_entries`, `archive_unsafe_name`, `archive_unsafe_entry`,
    ///   `archive_too_large`, or `not_an_image_archive` where it has neither pictures nor IDX files; `CodecError` where the
    ///   archive can't be read.
    init(_ upload: Upload, format: ArchiveReader.Format) throws {
        folders = FolderTally(maximumClasses: upload.limits.maximumClasses)
        var absolute = upload.limits
        absolute.maximumExpansionRatio = .max
        decodedBytes = ExpansionBudget(limits: absolute, uploadSize: upload.file.size)
        try read(upload, format)
        guard imageCount == 0, idxEntries.isEmpty else { return }
        let held = problems.problems.first.map { "; it holds \"\($0.item)\", for instance" } ?? "; it is empty"
        throw DatasetError(
            code: "not_an_image_archive", detail: "the archive has no PNG, JPEG or IDX files\(held)",
            problems: problems.problems, problemCount: problems.count)
    }

    private mutating func read(_ upload: Upload, _ format: ArchiveReader.Format) throws {
        if format == .zip {
            let count = try ZIPDirectory.countEntries(of: upload.file, limit: upload.limits.maximumEntries)
            try ArchiveWalk.checkCount(count, upload.limits)
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
