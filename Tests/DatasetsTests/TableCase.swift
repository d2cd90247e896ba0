import Codecs
import Datasets
import TestSupport
import Testing

/// A CSV imported as a table.
struct TableCase {
    let imported: ImportCase
    let schema: TableSchema
    let dataset: Dataset

    init(_ text: String, limits: DatasetLimits = DatasetLimits()) throws {
        try self.init(Array(text.utf8), limits: limits)
    }

    init(_ bytes: [UInt8], limits: DatasetLimits = DatasetLimits()) throws {
        imported = try ImportCase(bytes, kind: .table, limits: limits)
        guard let schema = imported.manifest.schema as? TableSchema else {
            throw DatasetError(code: "no_table", detail: "")
        }
        self.schema = schema
        dataset = try imported.dataset()
    }

    /// A table of one column that is tested, beside one of which there is always something to learn.
    init(column values: [String], name: String = "tested", delimiter: String = ",") throws {
        let lines = values.enumerated().map { "\($0.element)\(delimiter)\($0.offset % 2 == 0 ? "up" : "down")" }
        try self.init((["\(name)\(delimiter)side"] + lines).joined(separator: "\n"))
    }

    var column: TableColumn { schema.columns[0] }

    /// All cells of a column.
    func cells(_ column: Int = 0) throws -> [Double] {
        let cells = try dataset.cells(of: Array(0..<imported.manifest.itemCount))
        return stride(from: column, to: cells.count, by: schema.columns.count).map { cells[$0] }
    }

    /// All rows as text.
    func csv() throws -> [UInt8] {
        let text = TableText(schema: schema, categories: dataset.categories)
        var bytes: [UInt8] = []
        text.appendHeader(to: &bytes)
        text.appendCSV(try dataset.cells(of: Array(0..<imported.manifest.itemCount)), to: &bytes)
        return bytes
    }
}

extension [Double] {
    /// Whether values are the same, NaN being NaN.
    func isSame(as others: [Double]) -> Bool {
        count == others.count && zip(self, others).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
    }
}
