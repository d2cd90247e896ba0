/// One tensor of a safetensors file: its type, its shape and the range of its bytes.
package struct SafetensorsEntry: Sendable, Equatable {
    package let name: String
    /// The format's own name of the element type, such as `F32`, `BF16` or `U8`.
    package let dtype: String
    package let shape: [Int]
    /// The range of its bytes in the file, little-endian and in row-major order.
    package let byteRange: Range<Int>

    /// The bytes of an element of the type; `nil` for an unknown type.
    package static func elementSize(of dtype: String) -> Int? {
        switch dtype {
        case "BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2": 1
        case "F16", "BF16", "I16", "U16": 2
        case "F32", "I32", "U32": 4
        case "F64", "I64", "U64": 8
        default: nil
        }
    }

    /// The bytes of a tensor; `nil` where the type is unknown, a dimension is negative, or the product overflows.
    static func byteCount(dtype: String, shape: [Int]) -> Int? {
        guard var count = elementSize(of: dtype) else { return nil }
        for dimension in shape {
            let (product, overflows) = count.multipliedReportingOverflow(by: dimension)
            guard dimension >= 0, !overflows else { return nil }
            count = product
        }
        return count
    }
}

/// A safetensors file (github.com/huggingface/safetensors, "Format"), whose header is checked completely before any
/// tensor is read.
///
/// `Sendable`: its members don't change, and reads move no shared position.
package final class SafetensorsFile: Sendable {
    /// The most bytes that a header may have; gand's own have a few thousand.
    package static let maximumHeaderSize = 16 << 20
    static let metadataName = "__metadata__"

    /// The tensors in the order of their bytes.
    package let entries: [SafetensorsEntry]
    package let metadata: [String: String]
    private let file: ReadableFile

    /// Opens a file and checks its header: every tensor must have as many bytes as its type and shape need, and the
    /// tensors must follow one another without gap or overlap, up to the end of the file.
    ///
    /// - Throws: `CodecError`, or `FileError` where the file can't be read.
    package init(path: String) throws {
        file = try ReadableFile(path: path)
        guard file.size >= 8 else {
            throw CodecError(
                .truncated, "not a safetensors file: it has \(file.size) bytes, less than a header's length")
        }
        let headerSize = try file.bytes(at: 0, count: 8).enumerated().reduce(UInt64(0)) { sum, element in
            sum | UInt64(element.element) << UInt64(8 * element.offset)
        }
        guard headerSize <= Self.maximumHeaderSize else {
            throw CodecError(
                .tooLarge,
                "not a safetensors file: it announces a header of \(headerSize) bytes; "
                    + "\(Self.maximumHeaderSize) are the most that is read")
        }
        guard Int(headerSize) <= file.size - 8 else {
            throw CodecError(
                .truncated, "the safetensors header has \(headerSize) bytes, and \(file.size - 8) follow its length")
        }
        let header: JSON
        do {
            header = try JSON(parsing: try file.bytes(at: 8, count: Int(headerSize)))
        } catch let error as JSONSyntaxError {
            throw CodecError(.malformed, "the safetensors header cannot be read: \(error.detail)")
        }
        (entries, metadata) = try Self.contents(of: header, dataStart: 8 + Int(headerSize), fileSize: file.size)
    }

    /// The entry of that name.
    package func entry(_ name: String) -> SafetensorsEntry? {
        entries.first { $0.name == name }
    }

    /// The bytes of a tensor.
    ///
    /// - Throws: `CodecError` where the file has no tensor of that name, `FileError` where it can't be read.
    package func read(_ name: String) throws -> [UInt8] {
        guard let entry = entry(name) else {
            throw CodecError(.malformed, "the safetensors file has no tensor named \"\(name)\"")
        }
        return try file.bytes(at: entry.byteRange.lowerBound, count: entry.byteRange.count)
    }

    /// Reads the bytes of a tensor into existing memory of exactly that size.
    package func read(_ entry: SafetensorsEntry, into buffer: UnsafeMutableRawBufferPointer) throws {
        guard buffer.count == entry.byteRange.count,
            try file.read(into: buffer, at: entry.byteRange.lowerBound) == buffer.count
        else {
            throw CodecError(
                .truncated,
                "tensor \"\(entry.name)\" has \(entry.byteRange.count) bytes, which \(buffer.count) cannot take, "
                    + "or the file has become shorter")
        }
    }

    private static func contents(
        of header: JSON, dataStart: Int, fileSize: Int
    ) throws -> ([SafetensorsEntry], [String: String]) {
        guard let members = header.object else {
            throw CodecError(.malformed, "the safetensors header is not an object")
        }
        var entries: [SafetensorsEntry] = []
        var metadata: [String: String] = [:]
        for member in members {
            if member.name == metadataName {
                for item in member.value.object ?? [] { metadata[item.name] = item.value.string }
            } else {
                entries.append(try entry(member, dataStart: dataStart, fileSize: fileSize))
            }
        }
        entries.sort {
            ($0.byteRange.lowerBound, $0.byteRange.upperBound) < ($1.byteRange.lowerBound, $1.byteRange.upperBound)
        }
        var end = dataStart
        for entry in entries {
            guard entry.byteRange.lowerBound == end else {
                throw CodecError(
                    .malformed,
                    "the bytes of tensor \"\(entry.name)\" begin at \(entry.byteRange.lowerBound - dataStart) "
                        + "where \(end - dataStart) was expected")
            }
            end = entry.byteRange.upperBound
        }
        guard end == fileSize else {
            throw CodecError(
                .malformed, "the safetensors header describes \(end) bytes, and the file has \(fileSize)")
        }
        return (entries, metadata)
    }

    private static func entry(_ member: JSON.Member, dataStart: Int, fileSize: Int) throws -> SafetensorsEntry {
        guard let dtype = member.value["dtype"]?.string,
            let shapeValues = member.value["shape"]?.array,
            let offsets = member.value["data_offsets"]?.array, offsets.count == 2,
            let begin = offsets[0].integer, let end = offsets[1].integer
        else {
            throw CodecError(
                .malformed, "tensor \"\(member.name)\" needs a dtype, a shape and two data_offsets")
        }
        let shape = shapeValues.compactMap { $0.integer.map(Int.init) }
        guard shape.count == shapeValues.count, let size = SafetensorsEntry.byteCount(dtype: dtype, shape: shape) else {
            throw CodecError(
                .malformed, "tensor \"\(member.name)\" has a type or a shape that cannot be: \(dtype) \(shape)")
        }
        guard begin >= 0, end >= begin, end <= fileSize - dataStart, end - begin == size else {
            throw CodecError(
                .malformed,
                "tensor \"\(member.name)\" of \(size) bytes lies at \(begin)..<\(end) of \(fileSize - dataStart)")
        }
        return SafetensorsEntry(
            name: member.name, dtype: dtype, shape: shape, byteRange: dataStart + Int(begin)..<dataStart + Int(end))
    }
}
