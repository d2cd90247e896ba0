import Codecs

extension TableSchema {
    /// The cell of a word that is none of its column's categories, in rows that `reading` gives.
    package static let unknownCategory = -1.0

    /// Reads the rows of a CSV or of JSON by its columns' names, or in the schema's order where it doesn't name them.
    ///
    /// Each cell is read by its column's form. A field that isn't of this form is a problem and taken as missing, as in an
    /// import; a row of another length is a problem and left out. Columns whose values aren't stored are missing throughout.
    ///
    /// - Parameter attachment: `TableCategories`.
    package func reading(_ upload: Upload, with attachment: (any Sendable)?) throws -> any ItemSequence {
        guard let categories = (attachment as? TableCategories)?.ofColumns, categories.count == columns.count else {
            throw DatasetError.unreadableManifest("the categories of its columns are missing")
        }
        guard Self.reads(upload.format) else { throw upload.cannotBe(Self.self) }
        return try DatasetError.ofUpload { try RowsOfText(upload, self, categories) }
    }
}

/// The rows of a CSV as a table's cells.
private final class RowsOfText: ItemSequence {
    private var rows: TextRows
    private let reader: CellReader
    private var cells: [Double]
    private(set) var problems = ProblemList()

    init(_ upload: Upload, _ schema: TableSchema, _ categories: [[String]]) throws {
        let table = try upload.finding(TextTable.init)
        let dialect = table.dialect
        let names = schema.columns.map(\.name)
        rows = try TextRows(
            upload, table, columns: names, maximum: upload.limits.maximumTableColumns
        ) { _ in dialect.hasHeader && schema.dialect.hasHeader }
        let readings = zip(schema.columns, categories).map { column, categories -> CellReader.Reading in
            switch column.form {
            case .text: categories.isEmpty ? .nothing : .known(KnownCategories(categories))
            case .number(let form): .number(form)
            case .time(let form): .time(form)
            }
        }
        reader = CellReader(names: names, readings: readings, places: rows.places, mark: dialect.mark)
        cells = [Double](repeating: .nan, count: names.count)
    }

    func next() throws -> NamedItem? {
        try DatasetError.ofUpload {
            guard try rows.next(noting: &problems) else { return nil }
            let row = rows.row
            row.withFields { fields in
                for (column, place) in reader.places.enumerated() {
                    cells[column] = reader.cell(fields[place], column, line: row.line, noting: &problems)
                }
            }
            return NamedItem(name: "line \(row.line)", bytes: cells.withUnsafeBytes { Array($0) })
        }
    }
}
