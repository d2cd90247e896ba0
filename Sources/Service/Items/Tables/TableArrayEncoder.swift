import Adversarial
import Codecs
import Datasets

/// Rows of a table as a structured NPY array `[n]`, whose fields are the columns.
struct TableArrayEncoder: SampleEncoder {
    private let records: TableRecords
    private let header: NPYRecordHeader

    /// The most bytes of one row: every text takes the room of its column's longest.
    private static let mostBytes = 1 << 16

    /// - Throws: `Problem` where a row would take too many bytes.
    init(_ heading: SampleHeading, _ table: TableEncoding) throws(Problem) {
        records = TableRecords(
            schema: table.schema, categories: table.categories, identifiers: table.identifiers,
            count: heading.request.count)
        guard records.recordSize <= Self.mostBytes else {
            throw Problem(
                422, "row_too_large",
                "As NPY, where a text takes the room of its column's longest, a row of this table has "
                    + "\(records.recordSize) bytes, and \(Self.mostBytes) are the most. Its rows can be had as CSV.")
        }
        header = NPYRecordHeader(fields: records.fields, count: heading.request.count)
    }

    var length: Int? { header.bytes.count + header.dataSize }

    func begin() -> [UInt8] { header.bytes }

    func encode(_ block: SampleBlock, into bytes: inout [UInt8]) {
        guard case .cells(let cells) = block.values else { return }
        records.append(cells, to: &bytes)
    }
}
