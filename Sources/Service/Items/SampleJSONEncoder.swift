import Adversarial
import Codecs
import Datasets

/// Samples as the contract's JSON object.
struct SampleJSONEncoder: SampleEncoder {
    let length: Int? = nil
    private let heading: SampleHeading
    private let encoding: ImageEncoding
    private let rows: TableText?

    /// The class of every sample so far: they stand behind the samples, which are not held.
    private var classes: [UInt16] = []

    init(_ heading: SampleHeading, encoding: ImageEncoding) {
        self.heading = heading
        self.encoding = encoding
        rows = heading.source.table.map { TableText(schema: $0.schema, categories: $0.categories) }
    }

    func begin() -> [UInt8] {
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
        case let table as TableSchema:
            writer.value("table")
            writer.name("columns")
            writer.value(.array(table.columns.map { .string($0.name) }))
            writer.name("shape")
            writer.value([.integer(Int64(table.columns.count))])
        case let points as PointSchema:
            writer.value("points")
            writer.name("columns")
            writer.value(.array(points.columns.map { .string($0) }))
            writer.name("shape")
            writer.value([.integer(Int64(points.columns.count))])
        case let images as ImageSchema:
            writer.value("images")
            writer.name("shape")
            writer.value(
                [.integer(Int64(images.height)), .integer(Int64(images.width)), .integer(Int64(images.channels))])
        default: break
        }
        writer.name("samples")
        writer.raw("[".utf8)
        return writer.bytes
    }

    /// Each sample with a comma behind it.
    ///
    /// - Returns: their classes.
    func encode(_ block: SampleBlock, into bytes: inout [UInt8]) throws -> [Int] {
        switch block.values {
        case .cells(let cells):
            bytes.reserveCapacity(cells.count * 10)
            rows?.appendJSON(cells, to: &bytes)
        case .floats(let values): bytes += NestedNumbers.text(of: values, columns: block.itemShape[0])
        case .bytes(let pixels) where encoding == .nested:
            bytes += NestedNumbers.text(of: pixels, shape: block.itemShape)
        case .bytes:
            try block.forEachPNG { _, file in
                bytes.append(UInt8(ascii: "\""))
                Base64.append(file, to: &bytes)
                bytes += Array("\",".utf8)
            }
        }
        return block.classes ?? []
    }

    mutating func note(_ classes: [Int]) {
        self.classes += classes.map { UInt16(clamping: $0) }
    }

    /// In the place of the last comma.
    func end(_ bytes: inout [UInt8]) {
        bytes[bytes.count - 1] = UInt8(ascii: "]")
        if heading.source.isConditional, let images = heading.source.schema as? ImageSchema {
            let quoted = images.classes.map { JSON.string($0).bytes }
            bytes += Array(",\"classes\":[".utf8)
            for (index, number) in classes.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes += quoted[Int(number)]
            }
            bytes.append(UInt8(ascii: "]"))
        }
        bytes.append(UInt8(ascii: "}"))
    }
}
