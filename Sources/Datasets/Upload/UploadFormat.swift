import Codecs

/// What the bytes of an upload are; its name and content type aren't asked.
enum UploadFormat: Equatable {
    case archive(ArchiveReader.Format)
    case idx
    case gzippedIDX
    case npy
    case csv
    case gzippedCSV

    /// - Throws: `DatasetError` with code `empty_upload`, `single_image`, `unsupported_format` or
    ///   `unrecognised_format`.
    init(of file: ReadableFile) throws {
        let head = try file.prefix(1 << 14)
        if head.isEmpty { throw DatasetError(code: "empty_upload", detail: "the upload has no bytes") }
        if head.starts(with: GzipSource.signature) {
            self = try Self.format(ofGzip: file)
        } else if !ImageFile.isImage(head), let format = Self.format(of: head) {
            self = format
        } else {
            throw Self.refusal(of: head)
        }
    }

    /// What bytes are that aren't a gzip.
    private static func format(of head: [UInt8]) -> UploadFormat? {
        if head.starts(with: Array("PK\u{3}\u{4}".utf8)) || head.starts(with: Array("PK\u{5}\u{6}".utf8)) {
            return .archive(.zip)
        }
        if isTAR(head) { return .archive(.tar) }
        if head.starts(with: NPYHeader.signature) { return .npy }
        if IDXHeader.recognises(head) { return .idx }
        if foreignFormat(of: head) == nil, isText(head) { return .csv }
        return nil
    }

    private static func format(ofGzip file: ReadableFile) throws -> UploadFormat {
        let head = try GzipSource(FileSource(file)).read(upTo: 1 << 14)
        if isTAR(head) { return .archive(.gzippedTAR) }
        if IDXHeader.recognises(head) { return .gzippedIDX }
        if format(of: head) == .csv, !head.isEmpty { return .gzippedCSV }
        throw DatasetError(
            code: "unsupported_format",
            detail: "the gzip holds neither a TAR, an IDX file nor a CSV in UTF-8; send anything else without gzip")
    }

    /// A TAR has no signature that all have, but the sum over its first header (POSIX pax, "chksum").
    private static func isTAR(_ head: [UInt8]) -> Bool {
        guard head.count >= 512 else { return false }
        let field = head[148..<156].filter { $0 != 0x20 && $0 != 0 }
        guard !field.isEmpty, let announced = Int(String(decoding: field, as: UTF8.self), radix: 8) else {
            return false
        }
        let sum = head[..<512].enumerated().reduce(0) { total, byte in
            total + ((148..<156).contains(byte.offset) ? 0x20 : Int(byte.element))
        }
        return sum == announced
    }

    /// Whether bytes may be text in UTF-8 or one of the old one-byte sets.
    ///
    /// It has hardly any control characters but white space, and none at the beginning. Where one stands in a table, its
    /// import can say.
    private static func isText(_ head: [UInt8]) -> Bool {
        let controls = head.count { $0 < 0x20 ? !(0x09...0x0D).contains($0) : $0 == 0x7F }
        guard controls > 0 else { return true }
        return controls <= max(1, head.count / 64)
            && head.prefix(4).allSatisfy { $0 >= 0x20 ? $0 != 0x7F : (0x09...0x0D).contains($0) }
    }

    /// The name of a format that is known, and not read.
    private static func foreignFormat(of head: [UInt8]) -> String? {
        let signatures: [(offset: Int, bytes: [UInt8], name: String)] = [
            (0, Array("GIF8".utf8), "a GIF picture"), (0, Array("BM".utf8), "a BMP picture"),
            (8, Array("WEBP".utf8), "a WebP picture"), (8, Array("WAVE".utf8), "a WAV recording"),
            (0, [0x49, 0x49, 0x2A, 0], "a TIFF picture"), (0, [0x4D, 0x4D, 0, 0x2A], "a TIFF picture"),
            (0, Array("Rar!".utf8), "a RAR archive"), (0, [0x37, 0x7A, 0xBC, 0xAF], "a 7z archive"),
            (0, Array("BZh".utf8), "a bzip2 file"), (0, [0xFD, 0x37, 0x7A, 0x58, 0x5A], "an xz file"),
            (0, [0x28, 0xB5, 0x2F, 0xFD], "a Zstandard file"), (0, Array("PAR1".utf8), "a Parquet file"),
            (0, Array("%PDF".utf8), "a PDF"), (0, [0x89] + Array("HDF".utf8), "an HDF5 file"),
            (0, [0xFF, 0xFE], "text in UTF-16"), (0, [0xFE, 0xFF], "text in UTF-16"),
        ]
        return signatures.first { signature in
            head.count > signature.offset + signature.bytes.count
                && head[signature.offset...].starts(with: signature.bytes)
                // Two letters may begin a table too.
                && (signature.name != "a BMP picture" || !isText(head))
        }?.name
    }

    private static func refusal(of head: [UInt8]) -> DatasetError {
        if ImageFile.isImage(head) {
            return DatasetError(
                code: "single_image",
                detail: "this is one picture; send a ZIP or TAR archive of PNG or JPEG pictures")
        }
        let readable = "send a ZIP or TAR(.gz) of PNG or JPEG pictures, IDX(.gz), CSV in UTF-8, or NPY"
        if let name = foreignFormat(of: head) {
            return DatasetError(code: "unsupported_format", detail: "this is \(name); \(readable)")
        }
        return DatasetError(code: "unrecognised_format", detail: "the bytes are of no format that is read; \(readable)")
    }
}
