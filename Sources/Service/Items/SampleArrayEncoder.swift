import Adversarial
import Codecs

/// Samples as one NPY array of their values, as they lie in memory.
struct SampleArrayEncoder: SampleEncoder {
    /// Says what the values are: uint8 for bytes, float32 for floats, float64 for doubles.
    let header: NPYHeader

    var length: Int? { header.bytes.count + header.dataSize }

    func begin() -> [UInt8] { header.bytes }

    func encode(_ block: SampleBlock, into bytes: inout [UInt8]) {
        switch block.values {
        case .bytes(let pixels): bytes += pixels
        // The header says little-endian, as every processor with a libtorch is.
        case .floats(let values): values.withUnsafeBytes { bytes += $0 }
        case .doubles(let values): values.withUnsafeBytes { bytes += $0 }
        case .cells: break
        }
    }
}
