import Codecs

extension ImageSchema {
    /// Reads the pictures of an archive, named as its entries, or of arrays, named by their places.
    ///
    /// Each is scaled to the schema's size, as those were that the schema is of; where these had that size, its proportion may
    /// differ by 1 % as in an import. A grey one becomes coloured where the schema's are; a coloured one becomes grey only where
    /// it loses nothing. Others are problems and left out. Folders and labels aren't asked for.
    package func reading(_ upload: Upload, with attachment: (any Sendable)?) throws -> any ItemSequence {
        guard Self.reads(upload.format) else { throw upload.cannotBe(Self.self) }
        let fitting = PictureFitting(size: ImageSize(width: width, height: height), fit: fit, channels: channels)
        return try DatasetError.ofUpload {
            guard case .archive(let format) = upload.format else {
                return try PicturesOfArrays(upload, [PictureArray(upload)], fitting)
            }
            let survey = try ArchiveSurvey(upload, format: format)
            guard survey.imageCount == 0 else {
                return PicturesOfArchive(try PictureWalk(upload, format: format, survey.labels), upload.limits, fitting)
            }
            let arrays = try ArchivedArrays(upload, format: format, survey.arrays)
            return try PicturesOfArrays(upload, arrays.parts.map(\.array), fitting)
        }
    }
}

/// The pictures of an archive.
private final class PicturesOfArchive: ItemSequence {
    private let limits: DatasetLimits
    private let fitting: PictureFitting
    private var walk: PictureWalk
    private var count = 0
    private(set) var problems = ProblemList()

    init(_ walk: PictureWalk, _ limits: DatasetLimits, _ fitting: PictureFitting) {
        self.walk = walk
        self.limits = limits
        self.fitting = fitting
    }

    func next() throws -> NamedItem? {
        try DatasetError.ofUpload {
            while let (_, entry, image) = try walk.next(&problems) {
                count += 1
                guard count <= limits.maximumItems else { throw DatasetError.tooManyItems(limits) }
                do throws(UnfitPicture) {
                    return NamedItem(name: entry.name, bytes: try fitting.fitted(image))
                } catch {
                    problems.add(entry.name, error.detail)
                }
            }
            return nil
        }
    }
}

/// The pictures of arrays, one after another.
private final class PicturesOfArrays: ItemSequence {
    private let shouldStop: () -> Bool
    private let fitting: PictureFitting
    private var rest: ArraySlice<(array: PictureArray, form: ShadeForm?)>
    private let areSeveral: Bool
    private var current: PixelArray?
    private(set) var problems = ProblemList()

    init(_ upload: Upload, _ arrays: [PictureArray], _ fitting: PictureFitting) throws {
        for array in arrays { try array.check(upload.limits) }
        let forms = try arrays.forms(shouldStop: upload.shouldStop)
        areSeveral = arrays.count > 1
        rest = zip(arrays, forms).map { (array: $0, form: $1) }[...]
        shouldStop = upload.shouldStop
        self.fitting = fitting
    }

    func next() throws -> NamedItem? {
        try DatasetError.ofUpload {
            while let (name, image) = try nextPicture() {
                if shouldStop() { throw DatasetError.stopped }
                do throws(UnfitPicture) {
                    return NamedItem(name: name, bytes: try fitting.fitted(image))
                } catch {
                    problems.add(name, error.detail)
                }
            }
            return nil
        }
    }

    private func nextPicture() throws -> (name: String, PixelImage)? {
        while true {
            if let image = try current?.next() { return (current?.name ?? "", image) }
            guard let (array, form) = rest.popFirst() else { return nil }
            current = try PixelArray(array, form, isNamed: areSeveral)
        }
    }
}
