package import Codecs

/// What the bytes of an upload are; its name and content type aren't asked.
package enum UploadFormat: Equatable {
    case archive(ArchiveReader.Format)
    case idx(isGzipped: Bool)
    case npy(NPYHeader)
    /// A table.
    case text(TextFormat)
    /// A PNG or a JPEG.
    case picture

    /// Bytes that are looked at.
    static let headSize = 1 << 14

    /// - Throws: `DatasetError` with code `empty_upload`, `unsupported_format`, `unrecognised_format` or `several_tables`;
    ///   `CodecError` where a head is damaged.
    init(of file: ReadableFile, limits: DatasetLimits, shouldStop: @escaping () -> Bool) throws {
        let head = try file.prefix(Self.headSize)
        if head.isEmpty { throw DatasetError(code: "empty_upload", detail: "the upload has no bytes") }
        if head.starts(with: GzipSource.signature) {
            self = try Self.format(ofGzip: file)
        } else if let packed = try PackedFile.head(of: file, head) {
            self = try Self.format(ofPacked: packed, "the \(PackedFile.name(of: head))", .packedTAR, .packed)
        } else if head.starts(with: NPYHeader.signature) {
            self = .npy(try NPYHeader(reading: FileSource(file)))
        } else if let format = Self.format(of: head) {
            self = format
        } else {
            throw Self.refusal(of: head)
        }
        guard case .archive(let format) = self else { return }
        if let table = try ArchivedTable.find(in: file, format, limits: limits, shouldStop: shouldStop) {
            self = .text(table)
        }
    }

    /// What bytes are that are neither packed nor an NPY.
    private static func format(of head: [UInt8]) -> UploadFormat? {
        if head.starts(with: PNG.signature) || head.starts(with: JPEG.signature) { return .picture }
        if head.starts(with: Array("PK\u{3}\u{4}".utf8)) || head.starts(with: Array("PK\u{5}\u{6}".utf8)) {
            return .archive(.zip)
        }
        if isTAR(head) { return .archive(.tar) }
        if IDXHeader.recognises(head) { return .idx(isGzipped: false) }
        return TextFormat(head, in: .file).map { .text($0) }
    }

    private static func format(ofGzip file: ReadableFile) throws -> UploadFormat {
        let head = try GzipSource(FileSource(file)).read(upTo: headSize)
        if IDXHeader.recognises(head) { return .idx(isGzipped: true) }
        return try format(ofPacked: head, "the gzip", .gzippedTAR, .gzip)
    }

    /// - Parameters:
    ///   - head: what it begins with once unpacked.
    ///   - what: what it is packed in, for a sentence.
    private static func format(
        ofPacked head: [UInt8], _ what: String, _ archive: ArchiveReader.Format, _ container: TextFormat.Container
    ) throws -> UploadFormat {
        if isTAR(head) { return .archive(archive) }
        if !head.isEmpty, let text = TextFormat(head, in: container) { return .text(text) }
        let foreign = ForeignFormat(of: head).map { ": it holds \($0.name); \($0.way ?? "send it unpacked")" }
        throw DatasetError(
            code: "unsupported_format",
            detail:
                "\(what) holds neither a TAR, an IDX file nor a table as text\(foreign ?? "; send anything else unpacked")"
        )
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

    private static func refusal(of head: [UInt8]) -> DatasetError {
        if let foreign = ForeignFormat(of: head) { return foreign.refusal }
        if TextFormat.looksLikeUTF16(head) {
            return DatasetError(
                code: "unsupported_format",
                detail:
                    "the bytes look like text in UTF-16 without a byte order mark; save the table as UTF-8, or turn it "
                    + "by iconv -f UTF-16LE -t UTF-8")
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
        case .text(let text): text.description
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
        case .archive, .idx, .text: "unsupported_format"
        }
    }
}
