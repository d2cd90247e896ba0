internal import Codecs

/// What uploads are tables.
extension TableSchema {
    package static var readable: String { "a table as CSV or JSON in UTF-8" }

    package static func reads(_ format: UploadFormat) -> Bool {
        if case .text = format { true } else { false }
    }

    package static func survey(_ upload: Upload) throws -> (any ItemImport)? {
        guard reads(upload.format) else { return nil }
        return TableImport(upload: upload, table: try upload.finding(SurveyedTable.init))
    }
}
