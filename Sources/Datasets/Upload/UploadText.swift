import Codecs

/// The text of an upload from its beginning, in UTF-8, as often as it is asked for.
struct UploadText {
    let upload: Upload
    let format: TextFormat

    /// The text; what it expands to counts against the upload's limits.
    func source() throws -> any ByteSource {
        let packed = try unpacked()
        guard case .utf16(let order) = format.encoding else { return packed }
        return ConvertedSource(packed, UTF16Conversion(order))
    }

    private func unpacked() throws -> any ByteSource {
        let file = FileSource(upload.file)
        switch format.container {
        case .file: return file
        case .gzip: return counted(try GzipSource(file))
        case .packed: return counted(try PackedFile.source(of: upload.file))
        case .archive(let format, let entry, let isGzipped):
            var walk = try ArchiveWalk(
                upload.file, format: format, limits: upload.limits, shouldStop: upload.shouldStop)
            while let (_, found) = try walk.next() {
                guard found.name == entry else { continue }
                return isGzipped ? counted(try GzipSource(walk.source())) : walk.source()
            }
            throw DatasetError(code: "malformed", detail: "the archive's entry \"\(entry)\" cannot be found again")
        }
    }

    private func counted(_ source: any ByteSource) -> any ByteSource { upload.counted(source) }
}

extension Upload {
    /// What comes of expanding the upload, or a file in it, no more of which is given than the limits have.
    func counted(_ source: any ByteSource) -> any ByteSource {
        CountedSource(source, SharedBudget(ExpansionBudget(limits: limits, uploadSize: file.size)))
    }
}

/// A file in bzip2 or Zstandard.
enum PackedFile {
    private static let signatures: [(bytes: [UInt8], name: String)] = [
        (Array("BZh".utf8), "bzip2 file"), ([0x28, 0xB5, 0x2F, 0xFD], "Zstandard file"),
    ]

    static func name(of head: [UInt8]) -> String {
        signatures.first { head.starts(with: $0.bytes) }?.name ?? "packed file"
    }

    /// What such a file begins with once unpacked; nil where it is none.
    ///
    /// - Throws: `CodecError` where it is damaged.
    static func head(of file: ReadableFile, _ head: [UInt8]) throws -> [UInt8]? {
        guard signatures.contains(where: { head.starts(with: $0.bytes) }) else { return nil }
        return try source(of: file).read(upTo: UploadFormat.headSize)
    }

    static func source(of file: ReadableFile) throws -> any ByteSource {
        let reader = try ArchiveReader(path: file.path, format: .packedFile)
        guard try reader.next() != nil else { return MemorySource([]) }
        return reader.entrySource()
    }
}
