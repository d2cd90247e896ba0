import Codecs

/// What uploads are points.
extension PointSchema {
    package static var readable: String { "points as CSV, JSON or NPY, with two or three columns of numbers" }

    package static func reads(_ format: UploadFormat) -> Bool {
        switch format {
        case .text: true
        case .npy(let header): header.shape.count <= 2
        case .archive, .idx, .picture: false
        }
    }

    /// Whatever the columns of numbers, where the caller said that they are points; else two or three of a text in which
    /// nothing else stands, and each NPY.
    package static func survey(_ upload: Upload) throws -> (any ItemImport)? {
        switch upload.format {
        case .text:
            if upload.kind == name {
                return PointsTableImport(upload: upload, table: try upload.finding(TextTable.init))
            }
            let table = try upload.finding(SurveyedTable.init)
            guard (2...3).contains(table.figures.count), table.hasNumbersAlone else { return nil }
            return PointsTableImport(upload: upload, table: table.survey.table)
        case .npy: return NPYImport(upload: upload)
        case .archive, .idx, .picture: return nil
        }
    }
}
