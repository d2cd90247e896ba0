import Codecs

/// What a first pass over an archive finds, before anything is decoded or written.
struct ArchiveSurvey {
    private(set) var imageCount = 0
    /// Pictures whose heads could be read.
    private(set) var usableCount = 0
    private(set) var sizes = SizeTally()
    private(set) var folders: FolderTally
    /// The list from which labels are taken; nil where there is none, or no pictures.
    private(set) var labels: LabelList?
    private(set) var hasColour = false
    private(set) var arrays: [ArchivedArray] = []
    /// Files that are neither picture nor array, or damaged at their very head.
    private(set) var problems = ProblemList()
    /// The size that pictures are to have.
    let requested: RequestedSize?
    private var decodedBytes: ExpansionBudget
    private let format: ArchiveReader.Format

    /// Reads a whole archive and checks its names, its kinds of entries and what it expands to.
    ///
    /// - Throws: `DatasetError` with code `too_many_entries`, `archive_unsafe_name`, `archive_unsafe_entry`,
    ///   `archive_too_large`, `labels_unreadable`, or `not_an_image_archive` where it has neither pictures nor arrays of them;
    ///   `CodecError` where the archive can't be read.
    init(_ upload: Upload, format: ArchiveReader.Format) throws {
        self.format = format
        folders = FolderTally(maximumClasses: upload.limits.maximumClasses)
        requested = try upload.requestedSize()
        decodedBytes = ExpansionBudget(
            limits: upload.limits.ofDecodedPixels(uploadSize: upload.file.size, areScaled: requested != nil),
            uploadSize: upload.file.size)
        try read(upload, format)
        guard imageCount == 0, arrays.isEmpty else { return }
        let held =
            problems.problems.first.map { "; it holds \"\($0.item)\", for instance: \($0.detail)" } ?? "; it is empty"
        throw DatasetError(
            code: "not_an_image_archive", detail: "the archive has no PNG, JPEG, IDX or NPY files\(held)",
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
            try add(name, bytes, limits)
        } else if name.isLabelList {
            let bytes = head + (try source.readAll(limit: min(limits.maximumItemBytes, LabelList.maximumBytes)))
            let list = try LabelList(bytes, name: name, entry: entry.name, limits: limits)
            if labels == nil { labels = list }
        } else if let array = try ArchivedArray(entry.name, ChainedSource(head, source), head) {
            arrays.append(array)
        } else {
            throw CodecError(.unrecognised, ImageFile.refusal(name: entry.name, head))
        }
    }

    /// Takes in a picture by its head.
    private mutating func add(_ name: EntryName, _ bytes: [UInt8], _ limits: DatasetLimits) throws {
        let (size, channels) = try ImageFile.header(of: bytes)
        guard size.width <= limits.maximumItemPixels / size.height else {
            throw CodecError(
                .tooLarge, "it has \(size) pixels; \(limits.maximumItemPixels) are the most that is decoded")
        }
        folders.add(name)
        if requested == nil { try sizes.add(size, sides: limits.imageSides) }
        do {
            try decodedBytes.spend(size.width * size.height * channels)
        } catch {
            // Pictures that are too large for a dataset are so many sooner; that they can be scaled helps more.
            if requested == nil { _ = try sizes.chosen(sides: limits.imageSides) }
            throw error
        }
        usableCount += 1
        if channels == 3 { hasColour = true }
    }

    /// How the pictures become items.
    ///
    /// - Throws: `DatasetError` with code `sizes_differ` or `size_out_of_range`.
    func fitting(sides: ClosedRange<Int>) throws(DatasetError) -> PictureFitting {
        let channels = hasColour ? 3 : 1
        if let requested { return PictureFitting(size: requested.size, fit: requested.fit, channels: channels) }
        return PictureFitting(size: try sizes.chosen(sides: sides), fit: nil, channels: channels)
    }

    /// The pictures' classes.
    ///
    /// - Parameter problems: takes what doesn't agree with a list of labels.
    /// - Throws: `DatasetError` with code `too_many_classes` or `labels_differ`; what going through an archive throws.
    func classes(of upload: Upload, _ problems: inout ProblemList) throws -> PictureClasses {
        guard let labels else { return .ofFolders(try folders.classes()) }
        try labels.compare(with: upload, format: format, &problems)
        return .listed(labels)
    }
}

extension EntryName {
    /// Whether it is that of a list of labels: at the top of an archive, or of a folder that holds all.
    fileprivate var isLabelList: Bool { folders.count <= 1 && components.last?.lowercased() == LabelList.fileName }
}

extension DatasetLimits {
    /// Decoded bytes to one uploaded byte where pictures are scaled: what is stored of them is little, and a photograph's
    /// JPEG expands twentyfold.
    private static let scaledExpansionRatio = 64

    /// The limits of what an archive's pictures may decode to.
    fileprivate func ofDecodedPixels(uploadSize: Int, areScaled: Bool) -> DatasetLimits {
        var limits = self
        limits.maximumExpansionRatio = .max
        if areScaled {
            let (product, overflows) = uploadSize.multipliedReportingOverflow(by: Self.scaledExpansionRatio)
            limits.maximumExpandedBytes = max(maximumExpandedBytes, overflows ? .max : product)
        }
        return limits
    }
}
