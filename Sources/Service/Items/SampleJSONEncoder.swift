import Adversarial
import Codecs
import Datasets

/// Samples as the contract's JSON object.
struct SampleJSONEncoder: SampleEncoder {
    private let heading: SampleHeading
    private let members: KeyValuePairs<String, JSON>
    private let append: @Sendable (SampleBlock, inout [UInt8]) throws -> Void

    /// The class of every sample so far: they stand after the samples, which are not held.
    private var classes: [UInt16] = []

    /// - Parameters:
    ///   - members: what the kind says of its samples before them.
    ///   - append: adds a block's samples, each with a comma after it; called by several threads at once.
    init(
        _ heading: SampleHeading, _ members: KeyValuePairs<String, JSON>,
        append: @escaping @Sendable (SampleBlock, inout [UInt8]) throws -> Void
    ) {
        self.heading = heading
        self.members = members
        self.append = append
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
        writer.value(heading.source.schema.kind.rawValue)
        for member in members {
            writer.name(member.key)
            writer.value(member.value)
        }
        writer.name("samples")
        writer.raw("[".utf8)
        return writer.bytes
    }

    /// Adds each sample with a comma after it.
    ///
    /// - Returns: their classes.
    func encode(_ block: SampleBlock, into bytes: inout [UInt8]) throws -> [Int] {
        try append(block, &bytes)
        return block.classes ?? []
    }

    mutating func note(_ classes: [Int]) {
        self.classes += classes.map { UInt16(clamping: $0) }
    }

    /// Ends the array in the place of the last comma.
    func end(_ bytes: inout [UInt8]) {
        bytes[bytes.count - 1] = UInt8(ascii: "]")
        let names = heading.source.schema.classes
        if heading.source.isConditional, !names.isEmpty {
            let quoted = names.map { JSON.string($0).bytes }
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
