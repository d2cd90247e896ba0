import Adversarial
import Datasets

/// Rows of a table as CSV, in the dialect of the upload.
struct TableCSVEncoder: SampleEncoder {
    private let text: TableText

    init(_ table: TableEncoding) {
        text = TableText(schema: table.schema, categories: table.categories, identifiers: table.identifiers)
    }

    func begin() -> [UInt8] {
        var bytes: [UInt8] = []
        text.appendHeader(to: &bytes)
        return bytes
    }

    func encode(_ block: SampleBlock, into bytes: inout [UInt8]) {
        guard case .cells(let cells) = block.values else { return }
        bytes.reserveCapacity(cells.count * 8)
        text.appendCSV(cells, to: &bytes)
    }
}
