import Adversarial
import Codecs
import Datasets
import Jobs

/// Rows of a table as typed values, as CSV in the dialect of the upload, and as an array whose fields are the columns.
struct TableForms: ItemForms {
    static let plural = "tables"
    static let parameters = RowParameters.described

    private let schema: TableSchema
    private var rows = RowParameters()

    init(schema: TableSchema) {
        self.schema = schema
    }

    // MARK: Samples

    var items: String { "rows of a table" }
    var formats: [SampleFormat] { [.json, .csv, .npy] }
    var shortReplyCount: Int { max(1, 8192 / schema.columns.count) }

    mutating func read(_ fields: inout SampleFields) {
        rows = RowParameters(&fields)
    }

    func complete(_ request: inout SampleRequest, of source: SampleSource) throws {
        let wish = try rows.request(to: source.snapshot) {
            try source.jobs.trainingRows(of: source.generator)
        }
        if let wish { request.choice = .selection(wish) }
    }

    /// One for each row that is to be completed.
    func usualCount(of request: SampleRequest, as format: SampleFormat) -> Int {
        rows.like.isEmpty ? SampleParameter.usualCount : rows.like.count
    }

    func encoder(_ format: SampleFormat, _ heading: SampleHeading) throws -> any SampleEncoder {
        guard let table = heading.source.snapshot.table else {
            throw Problem(500, "internal_error", "The model's samples are not of its dataset's kind.")
        }
        switch format {
        case .csv: return TableCSVEncoder(table)
        case .npy: return try TableArrayEncoder(heading, table)
        default:
            let text = TableText(schema: table.schema, categories: table.categories, identifiers: table.identifiers)
            let columns = JSON.array(schema.columns.map { .string($0.name) })
            return SampleJSONEncoder(
                heading, ["columns": columns, "shape": [.integer(Int64(schema.columns.count))]]
            ) { block, bytes in
                guard case .cells(let cells) = block.values else { return }
                bytes.reserveCapacity(cells.count * 10)
                text.appendJSON(cells, to: &bytes)
            }
        }
    }

    // MARK: Pictures and previews

    /// Nothing: what can be drawn of rows is their columns, which a report compares and a preview shows.
    func picture(of samples: SampleBlock, beside real: Dataset?) -> PixelImage? { nil }

    var reportPictureCount: Int { 1 }

    func previewPicture(of dataset: Dataset, count: Int) throws -> PixelImage? {
        try ColumnCharts.draw(TablePreview.charts(of: schema))
    }

    func preview(of dataset: Dataset, count: Int) throws -> [UInt8] {
        try TablePreview.json(of: dataset, schema, count: count)
    }

    // MARK: Reports

    static func writeSections(of result: JSON, to html: inout HTMLText) {
        guard let rows = result["rows"], rows["columns"]?.array != nil else { return }
        TableReportSections(result: rows).write(to: &html)
    }

    static func writeOrigin(of result: JSON, to html: inout HTMLText) {
        let counts = result["rows"]?["counts"]
        html.row(["Held-out rows", ReportPage.number(counts?["held_out"])])
        html.row(["Training rows", ReportPage.number(counts?["training"])])
    }
}
