import Codecs

extension ImageSchema {
    /// Reads the pictures of an archive, named as its entries, or of an IDX or an NPY, named by their places.
    ///
    /// Each is resized to the schema's size, from which its proportion may differ by 1 % as in an import, and a grey one
    /// becomes coloured where the schema's are; a coloured one becomes grey only where it loses nothing. Others are problems
    /// and left out. Folders and labels aren't asked for.
    package func reading(_ upload: Upload, with attachment: (any Sendable)?) throws -> any ItemSequence {
        guard Self.reads(upload.format) else { throw upload.cannotBe(Self.self) }
        return try DatasetError.ofUpload {
            guard case .archive(let format) = upload.format else {
                return try PicturesOfArray(upload, PixelArray(upload), self)
            }
            let survey = try ArchiveSurvey(upload, format: format)
            guard survey.imageCount == 0 else { return try PicturesOfArchive(upload, format: format, self) }
            let array = try ArchivedIDX(upload, format: format, survey.idxEntries)
            return try PicturesOfArray(upload, array.pictures(), self)
        }
    }

    /// A picture in the stored form.
    fileprivate func fitted(_ image: PixelImage) throws(UnfitPicture) -> [UInt8] {
        let size = ImageSize(width: image.width, height: image.height)
        let wanted = ImageSize(width: width, height: height)
        guard size.hasSameProportion(as: wanted) else {
            throw UnfitPicture(
                detail: "it has \(size) pixels (width×height), whose proportion isn't that of \(wanted) within 1 %")
        }
        let resized = image.resized(width: width, height: height)
        if channels == 3 { return resized.inColour.pixels }
        guard let grey = resized.inGrey else {
            throw UnfitPicture(detail: "it is in colour, and the pictures that were learned from are grey")
        }
        return grey
    }
}

/// Why a picture can't be an item of a schema.
private struct UnfitPicture: Error {
    /// A sentence.
    let detail: String
}

extension PixelImage {
    /// The shades, where there is nothing else.
    fileprivate var inGrey: [UInt8]? {
        guard channels == 3 else { return pixels }
        let places = stride(from: 0, to: pixels.count, by: 3)
        guard places.allSatisfy({ pixels[$0] == pixels[$0 + 1] && pixels[$0] == pixels[$0 + 2] }) else { return nil }
        return places.map { pixels[$0] }
    }
}

/// The pictures of an archive.
private final class PicturesOfArchive: ItemSequence {
    private let limits: DatasetLimits
    private let schema: ImageSchema
    private var walk: PictureWalk
    private var count = 0
    private(set) var problems = ProblemList()

    init(_ upload: Upload, format: ArchiveReader.Format, _ schema: ImageSchema) throws {
        limits = upload.limits
        self.schema = schema
        walk = try PictureWalk(upload, format: format)
    }

    func next() throws -> NamedItem? {
        try DatasetError.ofUpload {
            while let (_, entry, image) = try walk.next(&problems) {
                count += 1
                guard count <= limits.maximumItems else { throw DatasetError.tooManyItems(limits) }
                do throws(UnfitPicture) {
                    return NamedItem(name: entry.name, bytes: try schema.fitted(image))
                } catch {
                    problems.add(entry.name, error.detail)
                }
            }
            return nil
        }
    }
}

/// The pictures of an IDX or an NPY.
private final class PicturesOfArray: ItemSequence {
    private let shouldStop: () -> Bool
    private let schema: ImageSchema
    private var array: PixelArray
    private var place = 0
    private(set) var problems = ProblemList()

    init(_ upload: Upload, _ array: PixelArray, _ schema: ImageSchema) throws(DatasetError) {
        guard array.count <= upload.limits.maximumItems else { throw DatasetError.tooManyItems(upload.limits) }
        guard array.height > 0, array.width > 0, array.width <= upload.limits.maximumItemPixels / array.height else {
            throw DatasetError(
                code: "size_out_of_range",
                detail: "the pictures have \(array.width)×\(array.height) pixels (width×height); "
                    + "1 to \(upload.limits.maximumItemPixels) are read")
        }
        shouldStop = upload.shouldStop
        self.schema = schema
        self.array = array
    }

    func next() throws -> NamedItem? {
        try DatasetError.ofUpload {
            while let pixels = try array.next() {
                if shouldStop() { throw DatasetError.stopped }
                place += 1
                let name = "picture \(place)"
                let image = PixelImage(
                    width: array.width, height: array.height, channels: array.channels, pixels: pixels)
                do throws(UnfitPicture) {
                    return NamedItem(name: name, bytes: try schema.fitted(image))
                } catch {
                    problems.add(name, error.detail)
                }
            }
            return nil
        }
    }
}
