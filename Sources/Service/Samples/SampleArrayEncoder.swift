import Adversarial
import Codecs
import Datasets

/// Samples as one NPY array: uint8 `[n, height, width, channels]` or float32 `[n, columns]`.
struct SampleArrayEncoder: SampleEncoder {
    private let header: NPYHeader

    init(_ heading: SampleHeading) {
        switch heading.source.schema {
        case .table(let table):
            header = NPYHeader(element: .float64, shape: [heading.request.count, table.columns.count])
        case .points(let columns, _, _):
            header = NPYHeader(element: .float32, shape: [heading.request.count, columns.count])
        case .images(let height, let width, let channels, _):
            header = NPYHeader(element: .uint8, shape: [heading.request.count, height, width, channels])
        }
    }

    var length: Int? { header.bytes.count + header.dataSize }

    func begin() -> [UInt8] { header.bytes }

    func encode(_ block: SampleBlock, into bytes: inout [UInt8]) {
        switch block.values {
        case .images(let pixels): bytes += pixels
        // The header says little-endian, as every processor with a libtorch is.
        case .points(let values): values.withUnsafeBytes { bytes += $0 }
        case .cells(let cells): cells.withUnsafeBytes { bytes += $0 }
        }
    }
}
