import Codecs

extension DType {
    /// The format's own name of the type.
    package var safetensorsName: String {
        switch self {
        case .float32: "F32"
        case .float64: "F64"
        case .bfloat16: "BF16"
        case .int64: "I64"
        case .uint8: "U8"
        case .bool: "BOOL"
        }
    }

    init?(safetensorsName: String) {
        guard let type = Self.allCases.first(where: { $0.safetensorsName == safetensorsName }) else { return nil }
        self = type
    }
}

/// Writes tensors to a safetensors file, durably; the same tensors and metadata give the same bytes.
/// - Returns: the sha256 of the file, in hexadecimal.
/// - Throws: what `SafetensorsWriter` throws, and `EngineError`; no file is left then.
@discardableResult
package func writeSafetensors(
    _ tensors: [(String, Tensor)], metadata: [String: String] = [:], to path: String
) throws -> String {
    let sources = tensors.map { name, tensor in
        SafetensorsSource(name: name, dtype: tensor.dtype.safetensorsName, shape: tensor.shape) { body in
            try tensor.detached().withBytes(body)
        }
    }
    return try SafetensorsWriter.write(sources, metadata: metadata, to: path)
}

/// Reads all tensors of a safetensors file, which is checked as a whole first.
/// - Throws: what `SafetensorsFile` throws, and `EngineError` for an element type that isn't ours.
package func readSafetensors(_ path: String) throws -> [String: Tensor] {
    let file = try SafetensorsFile(path: path)
    var tensors: [String: Tensor] = [:]
    for entry in file.entries {
        guard let dtype = DType(safetensorsName: entry.dtype) else {
            throw EngineError(
                operation: "reading safetensors",
                detail: "the tensor \"\(entry.name)\" has the element type \(entry.dtype), which is none of ours")
        }
        tensors[entry.name] = try Tensor(bytes: try file.read(entry.name), shape: entry.shape, dtype: dtype)
    }
    return tensors
}
