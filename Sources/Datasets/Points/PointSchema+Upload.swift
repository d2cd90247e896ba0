import Codecs

/// What uploads are points.
extension PointSchema {
    package static var readable: String { "points as CSV or NPY, with two or three columns of numbers" }

    package static func reads(_ format: UploadFormat) -> Bool {
        switch format {
        case .csv: true
        case .npy(let header): header.shape.count <= 2
        case .archive, .idx, .picture: false
        }
    }

    /// Whatever the columns of numbers, where the caller said that they are points; else two or three of a CSV in which
    /// nothing else stands, and each NPY.
    package static func survey(_ upload: Upload) throws -> (any ItemImport)? {
        switch upload.format {
        case .csv:
            let text = UploadText(upload: upload)
            if upload.kind == name {
                let dialect = DialectSniffer(try text.source().read(upTo: DialectSniffer.headSize))
                return PointsTableImport(upload: upload, text: text, dialect: dialect)
            }
            let table = try upload.finding(SurveyedTable.init)
            guard (2...3).contains(table.figures.count), table.hasNumbersAlone else { return nil }
            return PointsTableImport(upload: upload, text: text, dialect: table.survey.dialect)
        case .npy: return NPYImport(upload: upload)
        case .archive, .idx, .picture: return nil
        }
    }
}
