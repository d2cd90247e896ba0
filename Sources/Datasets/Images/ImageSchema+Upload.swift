import Codecs

/// What uploads are pictures.
extension ImageSchema {
    package static var readable: String {
        "pictures as a ZIP or TAR(.gz) archive of PNG or JPEG, IDX(.gz), or NPY of uint8"
    }

    package static func reads(_ format: UploadFormat) -> Bool {
        switch format {
        case .archive, .idx: true
        case .npy(let header): header.shape.count >= 3 && header.element == .uint8 && !header.isColumnMajor
        case .text, .picture: false
        }
    }

    package static func survey(_ upload: Upload) throws -> (any ItemImport)? {
        switch upload.format {
        case .archive(let format):
            return ArchiveImport(upload: upload, format: format, survey: try ArchiveSurvey(upload, format: format))
        case _ where reads(upload.format):
            return PixelArrayImport(upload: upload, array: try PixelArray(upload), labels: nil)
        default: return nil
        }
    }
}
