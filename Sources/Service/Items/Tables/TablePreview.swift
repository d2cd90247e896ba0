import Codecs
import Datasets

/// A look at a table: some of its rows, or how the values of its columns are spread.
enum TablePreview {
    /// Columns that a picture shows.
    private static let mostCharts = 25
    /// Categories that a chart shows.
    private static let mostBars = 8

    /// Rows as arrays of typed values, without those of text.
    static func json(of dataset: Dataset, _ table: TableSchema, count: Int) throws -> [UInt8] {
        let text = TableText(
            schema: table, categories: zip(table.columns, dataset.categories).map { $0.type == .text ? [] : $1 })
        var rows: [UInt8] = [UInt8(ascii: "[")]
        for index in dataset.previewIndices(count) {
            text.appendJSON(try dataset.cells(of: [index]), to: &rows)
        }
        // In the place of the last comma; a table has rows.
        rows[rows.count - 1] = UInt8(ascii: "]")
        var writer = JSONWriter(reservingCapacity: rows.count + 64 * table.columns.count)
        writer.beginObject()
        writer.name("kind")
        writer.value("table")
        writer.name("columns")
        writer.value(
            .array(table.columns.map { ["name": .string($0.name), "type": .string($0.type.rawValue)] }))
        writer.name("items")
        writer.raw(rows)
        writer.endObject()
        return writer.bytes
    }

    /// A chart for each of the first columns.
    static func charts(of table: TableSchema) -> [ColumnCharts.Chart] {
        table.columns.prefix(mostCharts).map { column in
            ColumnCharts.Chart(
                title: column.name, note: note(on: column), content: content(of: column, table.dialect))
        }
    }

    private static func note(on column: TableColumn) -> String {
        column.missing > 0 ? "\(column.type.rawValue), \(column.missing) missing" : column.type.rawValue
    }

    private static func content(of column: TableColumn, _ dialect: TableDialect) -> ColumnCharts.Content {
        if let statistics = column.statistics {
            let ends = [statistics.minimum, statistics.maximum].map { value in
                var bytes: [UInt8] = []
                column.form.append(value, dialect: dialect, to: &bytes)
                return String(decoding: bytes, as: UTF8.self)
            }
            return .histogram(column.histogram, from: ends[0], to: ends[1])
        }
        switch column.type {
        case .identifier, .text: return .nothing
        default: return .bars(column.commonest.prefix(mostBars).map { ($0.value, $0.count) })
        }
    }
}
