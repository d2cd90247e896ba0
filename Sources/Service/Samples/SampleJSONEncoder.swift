import Adversarial
import Codecs
import Datasets

/// Samples as the contract's JSON object.
struct SampleJSONEncoder: SampleEncoder {
    let length: Int? = nil
    private let heading: SampleHeading
    private let encoding: ImageEncoding
    private var isFirst = true

    /// The class of every sample so far: they stand behind the samples, which are not held.
    private var classes: [UInt16] = []

    init(_ heading: SampleHeading, encoding: ImageEncoding) {
        self.heading = heading
        self.encoding = encoding
    }

    mutating func begin() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("model_id")
        writer.value(heading.source.model)
        writer.name("checkpoint")
        writer.value(heading.source.step)
        writer.name("seed")
        writer.raw(String(heading.request.seed).utf8)
        writer.name("count")
        writer.value(heading.request.count)
        writer.name("kind")
        switch heading.source.schema {
        case .points(let columns, _, _):
            writer.value("points")
            writer.name("columns")
            writer.value(.array(columns.map { .string($0) }))
            writer.name("shape")
            writer.value([.integer(Int64(columns.count))])
        case .images(let height, let width, let channels, _):
            writer.value("images")
            writer.name("shape")
            writer.value([.integer(Int64(height)), .integer(Int64(width)), .integer(Int64(channels))])
        }
        writer.name("samples")
        writer.raw("[".utf8)
        return writer.bytes
    }

    mutating func encode(_ block: SampleBlock) throws -> [UInt8] {
        if let classes = block.classes { self.classes += classes.map { UInt16(clamping: $0) } }
        var bytes: [UInt8] = []
        switch block.values {
        case .points(let values):
            bytes.reserveCapacity(values.count * 13)
            for sample in 0..<block.count {
                separate(&bytes)
                Self.append(values[sample * block.itemShape[0]..<(sample + 1) * block.itemShape[0]], to: &bytes)
            }
        case .images(let pixels):
            bytes.reserveCapacity(pixels.count * 6)
            let size = block.itemShape.reduce(1, *)
            for sample in 0..<block.count {
                separate(&bytes)
                try append(pixels[sample * size..<(sample + 1) * size], shape: block.itemShape, to: &bytes)
            }
        }
        return bytes
    }

    mutating func end() -> [UInt8] {
        var bytes = Array("]".utf8)
        if heading.source.isConditional, case .images(_, _, _, let names) = heading.source.schema {
            let quoted = names.map { JSON.string($0).bytes }
            bytes += Array(",\"classes\":[".utf8)
            for (index, number) in classes.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes += quoted[Int(number)]
            }
            bytes.append(UInt8(ascii: "]"))
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private mutating func separate(_ bytes: inout [UInt8]) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
    }

    private static func append(_ values: ArraySlice<Float>, to bytes: inout [UInt8]) {
        var separator = UInt8(ascii: "[")
        for value in values {
            bytes.append(separator)
            bytes.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
            separator = UInt8(ascii: ",")
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private func append(_ pixels: ArraySlice<UInt8>, shape: [Int], to bytes: inout [UInt8]) throws {
        guard encoding == .nested else {
            let image = PixelImage(width: shape[1], height: shape[0], channels: shape[2], pixels: Array(pixels))
            bytes.append(UInt8(ascii: "\""))
            Base64.append(try PNG.encode(image), to: &bytes)
            bytes.append(UInt8(ascii: "\""))
            return
        }
        var index = pixels.startIndex
        for row in 0..<shape[0] {
            bytes.append(row == 0 ? Self.bracket : Self.comma)
            for column in 0..<shape[1] {
                bytes.append(column == 0 ? Self.bracket : Self.comma)
                for channel in 0..<shape[2] {
                    bytes.append(channel == 0 ? Self.bracket : Self.comma)
                    Self.append(pixels[index], to: &bytes)
                    index += 1
                }
                bytes.append(UInt8(ascii: "]"))
            }
            bytes.append(UInt8(ascii: "]"))
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private static let bracket = UInt8(ascii: "[")
    private static let comma = UInt8(ascii: ",")

    private static func append(_ value: UInt8, to bytes: inout [UInt8]) {
        if value >= 100 { bytes.append(UInt8(ascii: "0") + value / 100) }
        if value >= 10 { bytes.append(UInt8(ascii: "0") + value / 10 % 10) }
        bytes.append(UInt8(ascii: "0") + value % 10)
    }
}

/// Base 64 with padding (RFC 4648, section 4).
enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func append(_ source: [UInt8], to bytes: inout [UInt8]) {
        bytes.reserveCapacity(bytes.count + (source.count + 2) / 3 * 4)
        for start in stride(from: 0, to: source.count, by: 3) {
            let count = min(3, source.count - start)
            var group = UInt32(source[start]) << 16
            if count > 1 { group |= UInt32(source[start + 1]) << 8 }
            if count > 2 { group |= UInt32(source[start + 2]) }
            for digit in 0..<4 {
                bytes.append(
                    digit <= count ? digits[Int(group >> UInt32(18 - 6 * digit)) & 63] : UInt8(ascii: "="))
            }
        }
    }
}
