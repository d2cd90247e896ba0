/// The head of a NumPy file (numpy.lib.format, versions 1.0 to 3.0).
package struct NPYHeader: Sendable, Equatable {
    /// What an element is, without its byte order.
    package enum Element: String, Sendable {
        case float16 = "f2"
        case float32 = "f4"
        case float64 = "f8"
        case int8 = "i1"
        case int16 = "i2"
        case int32 = "i4"
        case int64 = "i8"
        case uint8 = "u1"
        case uint16 = "u2"
        case uint32 = "u4"
        case uint64 = "u8"
        case boolean = "b1"

        package var size: Int {
            switch self {
            case .int8, .uint8, .boolean: 1
            case .float16, .int16, .uint16: 2
            case .float32, .int32, .uint32: 4
            case .float64, .int64, .uint64: 8
            }
        }
    }

    package let element: Element
    package let isBigEndian: Bool
    /// Whether the first index varies fastest.
    package let isColumnMajor: Bool
    package let shape: [Int]
    /// Bytes that follow the head.
    package let dataSize: Int

    /// The first six bytes of every NPY.
    package static let signature: [UInt8] = [0x93] + Array("NUMPY".utf8)
    /// The most bytes of head that are read; NumPy's own are 64 to 128.
    package static let maximumHeaderSize = 1 << 16

    /// Makes the head of row-major, little-endian data.
    ///
    /// - Precondition: no dimension is negative and the product fits.
    package init(element: Element, shape: [Int]) {
        self.element = element
        self.shape = shape
        isBigEndian = false
        isColumnMajor = false
        dataSize = shape.reduce(element.size, *)
    }

    /// The bytes of the head, version 1.0, to be followed by the elements.
    package var bytes: [UInt8] {
        Self.head("'\(element.size == 1 ? "|" : "<")\(element.rawValue)'", shape: shape)
    }

    /// The bytes of a head of row-major data, in the lowest version that can hold it: 1.0 has two bytes for its length,
    /// 2.0 four, and from 3.0 on it is UTF-8 (numpy.lib.format).
    ///
    /// - Parameter description: a Python literal that describes the elements.
    static func head(_ description: String, shape: [Int]) -> [UInt8] {
        let dimensions = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        let text = Array("{'descr': \(description), 'fortran_order': False, 'shape': (\(dimensions)), }".utf8)
        let isASCII = text.allSatisfy { $0 < 128 }
        // Room for the padding.
        let version: UInt8 = !isASCII ? 3 : text.count + 64 > 65_535 ? 2 : 1
        // Magic, version, length, text and its newline fill a multiple of 64 bytes (numpy.lib.format, "alignment").
        let before = signature.count + 2 + (version == 1 ? 2 : 4)
        let blanks = (64 - (before + text.count + 1) % 64) % 64
        let size = UInt32(text.count + blanks + 1)
        let length = (0..<(version == 1 ? 2 : 4)).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }
        return signature + [version, 0] + length + text + [UInt8](repeating: 0x20, count: blanks) + [0x0A]
    }

    /// Reads the head and leaves the source at the first element.
    package init(reading source: any ByteSource) throws {
        let start = try source.read(upTo: Self.signature.count + 2)
        guard start.starts(with: Self.signature) else {
            throw CodecError(.unrecognised, "not an NPY file: it doesn't begin with an NPY file's signature")
        }
        guard start.count == Self.signature.count + 2 else { throw Self.endsWithinHead }
        let version = start[Self.signature.count]
        guard (1...3).contains(version) else {
            throw CodecError(.unsupported, "the NPY file is of version \(version); 1 to 3 are read")
        }
        let lengthBytes = try source.read(upTo: version == 1 ? 2 : 4)
        guard lengthBytes.count == (version == 1 ? 2 : 4) else { throw Self.endsWithinHead }
        let length = lengthBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= Self.maximumHeaderSize else {
            throw CodecError(
                .tooLarge, "the NPY file announces a head of \(length) bytes; \(Self.maximumHeaderSize) are the most")
        }
        let text = try source.read(upTo: length)
        guard text.count == length else { throw Self.endsWithinHead }
        try self.init(parsing: String(decoding: text, as: UTF8.self))
    }

    private static let endsWithinHead = CodecError(.truncated, "the NPY file ends within its head")

    /// Why elements aren't read, with what would do.
    private static func refusal(of description: String, _ shape: [Int]) -> String {
        let what = "the NPY file's elements are \"\(description.prefix(40))\", with the shape \(shape)"
        guard description.hasSuffix("O") else { return "\(what); integers, booleans and real numbers are read" }
        return
            "\(what): Python's own objects, which only Python can read; numpy.stack makes one array of arrays of one shape"
    }

    /// Reads the dictionary, a Python literal of three items in any order.
    private init(parsing text: String) throws {
        var parser = PythonLiteralParser(text)
        let (description, isColumnMajor, shape) = try parser.npyDictionary()
        let orders: Set<Character> = ["<", ">", "|", "="]
        guard let order = description.first, orders.contains(order),
            let element = Element(rawValue: String(description.dropFirst())), order != "|" || element.size == 1
        else {
            throw CodecError(.unsupported, Self.refusal(of: description, shape))
        }
        var size = element.size
        for dimension in shape {
            let (product, overflows) = size.multipliedReportingOverflow(by: dimension)
            guard !overflows else {
                throw CodecError(.tooLarge, "the NPY file's shape \(shape) announces more bytes than can be")
            }
            size = product
        }
        self.element = element
        self.isColumnMajor = isColumnMajor
        self.shape = shape
        isBigEndian = order == ">"
        dataSize = size
    }
}

extension NPYHeader {
    /// The elements as real numbers, in their order in the file.
    ///
    /// 64-bit integers beyond 2⁵³ are rounded; booleans are 0 and 1.
    ///
    /// - Parameter bytes: a whole number of elements.
    package func values(of bytes: UnsafeRawBufferPointer) -> [Double] {
        let count = bytes.count / element.size
        return (0..<count).map { index in
            var bits: UInt64 = 0
            for byte in 0..<element.size {
                let place = isBigEndian ? element.size - 1 - byte : byte
                bits |= UInt64(bytes[index * element.size + byte]) << UInt64(8 * place)
            }
            return value(ofBits: bits)
        }
    }

    private func value(ofBits bits: UInt64) -> Double {
        switch element {
        case .float16: Self.value(ofHalf: UInt16(truncatingIfNeeded: bits))
        case .float32: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case .float64: Double(bitPattern: bits)
        case .int8: Double(Int8(truncatingIfNeeded: bits))
        case .int16: Double(Int16(truncatingIfNeeded: bits))
        case .int32: Double(Int32(truncatingIfNeeded: bits))
        case .int64: Double(Int64(bitPattern: bits))
        case .uint8, .uint16, .uint32, .uint64: Double(bits)
        case .boolean: bits == 0 ? 0 : 1
        }
    }

    /// Decodes IEEE 754 binary16; Swift's `Float16` isn't available on every processor.
    private static func value(ofHalf bits: UInt16) -> Double {
        let sign: Double = bits >> 15 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 31)
        let fraction = Double(bits & 1023)
        switch exponent {
        case 0: return sign * fraction * 0x1p-24
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * (1024 + fraction) * Double(sign: .plus, exponent: exponent - 25, significand: 1)
        }
    }
}
