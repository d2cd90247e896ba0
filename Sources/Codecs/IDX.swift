/// The head of an IDX file, the form in which MNIST is distributed (yann.lecun.com/exdb/mnist, "the IDX file format").
package struct IDXHeader: Sendable, Equatable {
    /// What an element is; the numbers are the format's own.
    package enum Element: UInt8, Sendable {
        case uint8 = 0x08
        case int8 = 0x09
        case int16 = 0x0B
        case int32 = 0x0C
        case float32 = 0x0D
        case float64 = 0x0E

        package var size: Int {
            switch self {
            case .uint8, .int8: 1
            case .int16: 2
            case .int32, .float32: 4
            case .float64: 8
            }
        }
    }

    package let element: Element
    /// The dimensions, the slowest first; elements are big-endian.
    package let shape: [Int]
    /// Bytes that follow the head.
    package let dataSize: Int

    /// Whether bytes begin as an IDX file does: two zeros, a known type, one to four dimensions.
    package static func recognises(_ bytes: some Collection<UInt8>) -> Bool {
        let head = Array(bytes.prefix(4))
        return head.count == 4 && head[0] == 0 && head[1] == 0 && Element(rawValue: head[2]) != nil
            && (1...4).contains(head[3])
    }

    /// Reads the head and leaves the source at the first element.
    package init(reading source: any ByteSource) throws {
        let start = try source.read(upTo: 4)
        guard Self.recognises(start), let element = Element(rawValue: start[2]) else {
            throw CodecError(.unrecognised, "not an IDX file: it doesn't begin with an IDX file's magic number")
        }
        let dimensions = try source.read(upTo: 4 * Int(start[3]))
        guard dimensions.count == 4 * Int(start[3]) else {
            throw CodecError(.truncated, "the IDX file ends within its head")
        }
        var size = element.size
        var shape: [Int] = []
        for start in stride(from: 0, to: dimensions.count, by: 4) {
            let dimension = dimensions[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
            let (product, overflows) = size.multipliedReportingOverflow(by: dimension)
            guard !overflows else { throw CodecError(.tooLarge, "the IDX file announces more bytes than can be") }
            size = product
            shape.append(dimension)
        }
        self.element = element
        self.shape = shape
        dataSize = size
    }
}
