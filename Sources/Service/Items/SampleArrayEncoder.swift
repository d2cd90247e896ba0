import Adversarial
import Codecs
import Datasets

/// Images or points as one NPY array: uint8 `[n, height, width, channels]` or float32 `[n, columns]`.
struct SampleArrayEncoder: SampleEncoder {
    private let header: NPYHeader

    init(_ heading: SampleHeading) {
        switch heading.source.schema {
        case let points as PointSchema:
            header = NPYHeader(element: .float32, shape: [heading.request.count, points.columns.count])
        case let images as ImageSchema:
            header = NPYHeader(
                element: .uint8, shape: [heading.request.count, images.height, images.width, images.channels])
        default: preconditionFailure("rows of a table are records")
        }
    }

    var length: Int? { header.bytes.count + header.dataSize }

    func begin() -> [UInt8] { header.bytes }

    func encode(_ block: SampleBlock, into bytes: inout [UInt8]) {
        switch block.values {
        case .bytes(let pixels): bytes += pixels
        // The header says little-endian, as every processor with a libtorch is.
        case .floats(let values): values.withUnsafeBytes { bytes += $0 }
        case .cells: break
        }
    }
}

/// Rows of a table as a structured NPY array `[n]`, whose fields are the columns.
struct TableArrayEncoder: SampleEncoder {
    private let records: TableRecords
    private let header: NPYRecordHeader

    /// The most bytes of one row: every text takes the room of its column's longest.
    private static let mostBytes = 1 << 16

    /// - Throws: `Problem` where a row would take too many bytes.
    init(_ heading: SampleHeading, _ table: TableEncoding) throws(Problem) {
        records = TableRecords(
            schema: table.schema, categories: table.categories, count: heading.request.count)
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
