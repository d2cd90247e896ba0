import Adversarial

/// Points as CSV (RFC 4180): the columns' names, then one row a sample.
struct PointCSVEncoder: SampleEncoder {
    private let columns: [String]

    init(columns: [String]) {
        self.columns = columns
    }

    func begin() -> [UInt8] {
        Array((columns.map(Self.field).joined(separator: ",") + "\n").utf8)
    }

    func encode(_ block: SampleBlock, into bytes: inout [UInt8]) {
        switch block.values {
        case .floats(let values): append(values, to: &bytes)
        case .doubles(let values): append(values, to: &bytes)
        case .bytes, .cells: break
        }
    }

    private func append(_ values: [some CustomStringConvertible], to bytes: inout [UInt8]) {
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
