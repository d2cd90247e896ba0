import Adversarial
import Datasets

/// Points as CSV (RFC 4180): the columns' names, then one row a sample.
struct SampleCSVEncoder: SampleEncoder {
    let length: Int? = nil
    private let columns: [String]

    init(columns: [String]) {
        self.columns = columns
    }

    func begin() -> [UInt8] {
        Array((columns.map(Self.field).joined(separator: ",") + "\n").utf8)
    }

    func encode(_ block: SampleBlock, into bytes: inout [UInt8]) {
        guard case .floats(let values) = block.values else { return }
        bytes.reserveCapacity(values.count * 12)
        for (index, value) in values.enumerated() {
            bytes.append(contentsOf: value.description.utf8)
            bytes.append((index + 1).isMultiple(of: columns.count) ? UInt8(ascii: "\n") : UInt8(ascii: ","))
        }
    }

    private static func field(_ text: String) -> String {
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

/// Rows of a table as CSV, in the dialect of the upload.
struct TableCSVEncoder: SampleEncoder {
    let length: Int? = nil
    private let text: TableText

    init(_ table: TableEncoding) {
        text = TableText(schema: table.schema, categories: table.categories)
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
