import Codecs

/// Goes through an archive's pictures and decodes them.
struct PictureWalk {
    private var walk: ArchiveWalk
    private let limits: DatasetLimits
    /// The name of an entry that was read before, and is no picture.
    private let read: String?

    init(_ upload: Upload, format: ArchiveReader.Format, _ list: LabelList?) throws {
        read = list?.entry
        walk = try ArchiveWalk(upload, format: format)
        limits = upload.limits
    }

    /// The next picture that can be decoded; nil after the last.
    ///
    /// - Parameter problems: takes those before it that can't.
    /// - Throws: what `ArchiveWalk` throws; `CodecError` where nothing further can be read.
    mutating func next(_ problems: inout ProblemList) throws -> (EntryName, ArchiveEntry, PixelImage)? {
        while let (name, entry) = try walk.next() {
            guard entry.name != read else { continue }
            do {
                return (name, entry, try decode(entry))
            } catch let error as CodecError {
                guard !walk.isBroken else { throw error }
                problems.add(entry.name, error.detail)
            }
        }
        return nil
    }

    private func decode(_ entry: ArchiveEntry) throws -> PixelImage {
        let bytes = try walk.source().readAll(limit: limits.maximumItemBytes)
        guard ImageFile.isImage(bytes) else {
            throw CodecError(.unrecognised, ImageFile.refusal(name: entry.name, bytes))
        }
        return try ImageFile.decode(bytes, maximumPixels: limits.maximumItemPixels)
    }
}
