/// A tensor to be written: its bytes are requested when it is its turn, so that only one tensor need be in memory.
package struct SafetensorsSource {
    package let name: String
    /// The format's own name of the element type, one of those that `SafetensorsEntry.elementSize(of:)` knows.
    package let dtype: String
    package let shape: [Int]
    /// Passes the bytes, little-endian and in row-major order, to the closure it is given.
    let lendBytes: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void

    package init(
        name: String, dtype: String, shape: [Int],
        lendingBytes: @escaping ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) {
        self.name = name
        self.dtype = dtype
        self.shape = shape
        lendBytes = lendingBytes
    }

    package init(name: String, dtype: String, shape: [Int], bytes: [UInt8]) {
        self.init(name: name, dtype: dtype, shape: shape) { body in try bytes.withUnsafeBytes(body) }
    }
}

/// Writes safetensors files: the same tensors and metadata give the same bytes.
package struct SafetensorsWriter {
    /// Writes a file durably.
    ///
    /// Tensors are ordered by the size of their elements, largest first, then by name: so each is aligned to its
    /// elements, on which readers that map the file rely (the format's own writer does the same).
    ///
    /// - Parameters:
    ///   - metadata: strings under `__metadata__`.
    /// - Returns: the sha256 of the whole file, in hexadecimal.
    /// - Throws: `CodecError` where a name is used twice, a type is unknown, or a source gives another number of bytes
    ///   than its type and shape need; `FileError`; and what a source throws. No file is left then.
    package static func write(
        _ tensors: [SafetensorsSource], metadata: [String: String] = [:], to path: String
    ) throws -> String {
        let sources = tensors.map { (source: $0, size: SafetensorsEntry.elementSize(of: $0.dtype) ?? 0) }
            .sorted { ($1.size, $0.source.name) < ($0.size, $1.source.name) }
            .map(\.source)
        var writer = DigestingWriter(file: try DurableFileWriter(path: path))
        try writer.write(try header(sources, metadata: metadata))
        for source in sources {
            let size = SafetensorsEntry.byteCount(dtype: source.dtype, shape: source.shape)
            let start = writer.file.size
            try source.lendBytes { bytes in
                guard bytes.count == size else {
                    throw CodecError(
                        .malformed,
                        "tensor \"\(source.name)\" has \(bytes.count) bytes for \(source.dtype) \(source.shape)")
                }
                try writer.write(bytes)
            }
            guard writer.file.size - start == size else {
                throw CodecError(.malformed, "tensor \"\(source.name)\" gave no bytes")
            }
        }
        try writer.file.commit()
        return writer.digest.hexadecimal()
    }

    /// The header's length and the header, padded with blanks so that the data after it is aligned to 8 bytes.
    private static func header(_ sources: [SafetensorsSource], metadata: [String: String]) throws -> [UInt8] {
        var json = JSONWriter(reservingCapacity: 128 * (sources.count + 1))
        json.beginObject()
        if !metadata.isEmpty {
            json.name(SafetensorsFile.metadataName)
            json.beginObject()
            for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
                json.name(name)
                json.value(value)
            }
            json.endObject()
        }
        var names: Set<String> = [SafetensorsFile.metadataName]
        var offset = 0
        for source in sources {
            guard names.insert(source.name).inserted else {
                throw CodecError(.malformed, "two tensors are named \"\(source.name)\"")
            }
            guard let size = SafetensorsEntry.byteCount(dtype: source.dtype, shape: source.shape) else {
                throw CodecError(
                    .unsupported, "tensor \"\(source.name)\" cannot be written as \(source.dtype) \(source.shape)")
            }
            json.name(source.name)
            json.value([
                "dtype": .string(source.dtype),
                "shape": .array(source.shape.map { .integer(Int64($0)) }),
                "data_offsets": [.integer(Int64(offset)), .integer(Int64(offset + size))],
            ])
            offset += size
        }
        json.endObject()
        let padding = (8 - json.bytes.count % 8) % 8
        let length = UInt64(json.bytes.count + padding)
        return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
            + json.bytes + [UInt8](repeating: UInt8(ascii: " "), count: padding)
    }
}

/// A file that is being written, together with the digest of its bytes.
private struct DigestingWriter {
    let file: DurableFileWriter
    var digest = SHA256()

    mutating func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try write($0) }
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
        digest.update(bytes)
        try file.write(bytes)
    }
}
