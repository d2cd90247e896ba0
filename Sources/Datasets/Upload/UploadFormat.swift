package import Codecs

/// What the bytes of an upload are; its name and content type aren't asked.
package enum UploadFormat: Equatable {
    case archive(ArchiveReader.Format)
    case idx(isGzipped: Bool)
    case npy(NPYHeader)
    case csv(isGzipped: Bool)
    /// A PNG or a JPEG.
    case picture

    /// - Throws: `DatasetError` with code `empty_upload`, `unsupported_format` or `unrecognised_format`; `CodecError` where
    ///   a head is damaged.
    init(of file: ReadableFile) throws {
        let head = try file.prefix(1 << 14)
        if head.isEmpty { throw DatasetError(code: "empty_upload", detail: "the upload has no bytes") }
        if head.starts(with: GzipSource.signature) {
            self = try Self.format(ofGzip: file)
        } else if head.starts(with: NPYHeader.signature) {
            self = .npy(try NPYHeader(reading: FileSource(file)))
        } else if let format = Self.format(of: head) {
            self = format
        } else {
            throw Self.refusal(of: head)
        }
    }

    /// What bytes are that are neither a gzip nor an NPY.
    private static func format(of head: [UInt8]) -> UploadFormat? {
        if head.starts(with: PNG.signature) || head.starts(with: JPEG.signature) { return .picture }
        if head.starts(with: Array("PK\u{3}\u{4}".utf8)) || head.starts(with: Array("PK\u{5}\u{6}".utf8)) {
            return .archive(.zip)
        }
        if isTAR(head) { return .archive(.tar) }
        if IDXHeader.recognises(head) { return .idx(isGzipped: false) }
        if foreignFormat(of: head) == nil, isText(head) { return .csv(isGzipped: false) }
        return nil
    }

    private static func format(ofGzip file: ReadableFile) throws -> UploadFormat {
        let head = try GzipSource(FileSource(file)).read(upTo: 1 << 14)
        if isTAR(head) { return .archive(.gzippedTAR) }
        if IDXHeader.recognises(head) { return .idx(isGzipped: true) }
        if format(of: head) == .csv(isGzipped: false), !head.isEmpty { return .csv(isGzipped: true) }
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
        if let name = foreignFormat(of: head) {
            return DatasetError(code: "unsupported_format", detail: "this is \(name); \(DatasetKind.readable)")
        }
        return DatasetError(
            code: "unrecognised_format",
            detail: "the bytes are of no format that is read; \(DatasetKind.readable)")
    }
}

extension UploadFormat: CustomStringConvertible {
    /// The format with its article, for a sentence.
    package var description: String {
        switch self {
        case .archive: "an archive"
        case .idx: "an IDX file"
        case .csv: "a CSV"
        case .picture: "one picture"
        case .npy(let header):
            "an NPY of \(header.element) with the shape \(header.shape)"
                + (header.isColumnMajor
                    ? " in column-major (Fortran) order (numpy.ascontiguousarray makes it row-major)" : "")
        }
    }

    /// The code of the error where no kind makes anything of such an upload.
    var unreadCode: String {
        switch self {
        case .picture: "single_image"
        // From when only points came as NPY.
        case .npy: "npy_not_points"
        case .archive, .idx, .csv: "unsupported_format"
        }
    }
}
