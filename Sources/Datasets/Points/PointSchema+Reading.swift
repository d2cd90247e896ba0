import Codecs

extension PointSchema {
    /// Reads the rows of a CSV or of JSON by its columns' names, or in the schema's order where it doesn't name them, and those of an
    /// NPY in the schema's order.
    ///
    /// A row with anything but finite numbers is a problem and left out.
    package func reading(_ upload: Upload, with attachment: (any Sendable)?) throws -> any ItemSequence {
        try DatasetError.ofUpload {
            switch upload.format {
            case .text: try PointsOfText(upload, columns: columns)
            case .npy where Self.reads(upload.format): try PointsOfArray(upload, columns: columns)
            default: throw upload.cannotBe(Self.self)
            }
        }
    }
}

/// The points of a text.
private final class PointsOfText: ItemSequence {
    private var rows: TextRows
    private let fields: NumberFields
    private var values: [Double]
    private(set) var problems = ProblemList()

    init(_ upload: Upload, columns: [String]) throws {
        let table = try upload.finding(TextTable.init)
        let dialect = table.dialect
        rows = try TextRows(
            upload, table, columns: columns, maximum: upload.limits.maximumTableColumns
        ) { NumberFields.isHeader($0, mark: dialect.mark) }
        fields = NumberFields(columns: columns, places: rows.places, mark: dialect.mark)
        values = [Double](repeating: 0, count: columns.count)
    }

    func next() throws -> NamedItem? {
        try DatasetError.ofUpload {
            while try rows.next(noting: &problems) {
                guard fields.read(rows.row, into: &values, noting: &problems) else { continue }
                return NamedItem(name: "line \(rows.row.line)", bytes: values.withUnsafeBytes { Array($0) })
            }
            return nil
        }
    }
}

/// The points of an NPY.
private final class PointsOfArray: ItemSequence {
    private let upload: Upload
    private var rows: NPYRows
    private(set) var problems = ProblemList()

    init(_ upload: Upload, columns: [String]) throws {
        self.upload = upload
        rows = try NPYRows(upload)
        guard rows.columnCount == columns.count else {
            throw DatasetError.columnsDiffer("the array", rows.columnCount, columns)
        }
        guard rows.count > 0 else { throw DatasetError(code: "no_usable_item", detail: "the array has no rows") }
        guard rows.count <= upload.limits.maximumItems else { throw DatasetError.tooManyItems(upload.limits) }
    }

    func next() throws -> NamedItem? {
        try DatasetError.ofUpload {
            while let row = try rows.next() {
                if upload.shouldStop() { throw DatasetError.stopped }
                guard rows.check(row, noting: &problems) else { continue }
                return NamedItem(name: "row \(rows.place)", bytes: row.withUnsafeBytes { Array($0) })
            }
            try rows.checkEnd()
            return nil
        }
    }
}
