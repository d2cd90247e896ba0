import Codecs

/// What uploads are pictures.
extension ImageSchema {
    package static var readable: String {
        "pictures as a ZIP or TAR(.gz) archive of PNG or JPEG, IDX(.gz), or NPY or NPZ of [items, height, width]"
    }

    package static func reads(_ format: UploadFormat) -> Bool {
        switch format {
        case .archive, .idx: true
        case .npy(let header): header.shape.count >= 3
        case .text, .picture: false
        }
    }

    package static let importParameters = RequestedSize.parameters

    package static func check(_ parameters: [String: String], _ limits: DatasetLimits) throws(DatasetError) {
        _ = try RequestedSize(parameters, sides: limits.imageSides)
    }

    package static func survey(_ upload: Upload) throws -> (any ItemImport)? {
        switch upload.format {
        case .archive(let format):
            return ArchiveImport(upload: upload, format: format, survey: try ArchiveSurvey(upload, format: format))
        case _ where reads(upload.format):
            return PixelArrayImport(
                upload: upload, parts: [PicturePart(array: try PictureArray(upload))], problems: ProblemList())
        default: return nil
        }
    }
}
