import CArchive

/// One entry of an archive.
package struct ArchiveEntry: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case file
        case directory
        case symbolicLink
        /// Another name for an earlier entry.
        case hardLink
        /// A device, a pipe or a socket.
        case special
    }

    /// The name as the archive has it, even if it is unsafe.
    package let name: String
    package let kind: Kind
    /// The size that the archive declares, which may differ from the data's; `nil` where it declares none.
    package let declaredSize: Int?
}

/// Reads a ZIP or TAR archive, or one packed file, entry by entry, by libarchive; nothing is ever written to a path from an entry's name.
///
/// Not `Sendable`: one thread reads it.
package final class ArchiveReader {
    /// The formats that are read.
    package enum Format: Sendable {
        case zip
        case tar
        /// A TAR within a gzip.
        case gzippedTAR
        /// A TAR within bzip2 or Zstandard.
        case packedTAR
        /// One file within bzip2 or Zstandard, whatever it is: the only entry.
        case packedFile
    }

    private let archive: OpaquePointer
    /// Keeps the descriptor open.
    private let file: ReadableFile
    private let locale: UTF8Locale
    /// Whether a fault has occurred after which no further entry can be read.
    package private(set) var isBroken = false

    /// Opens an archive.
    ///
    /// - Throws: `CodecError` where the file isn't an archive of that format, `FileError` where it can't be read.
    package init(path: String, format: Format) throws {
        file = try ReadableFile(path: path)
        locale = UTF8Locale()
        guard let archive = archive_read_new() else {
            throw CodecError(.malformed, "there is no memory to read an archive")
        }
        self.archive = archive
        switch format {
        case .zip:
            // The streaming reader isn't enabled, since it would take a ZIP without its end for a complete one.
            try require(archive_read_support_format_zip_seekable(archive))
        case .tar:
            try require(archive_read_support_format_tar(archive))
        case .gzippedTAR:
            try require(archive_read_support_filter_gzip(archive))
            try require(archive_read_support_format_tar(archive))
        case .packedTAR:
            try supportPacking()
            try require(archive_read_support_format_tar(archive))
        case .packedFile:
            try supportPacking()
            try require(archive_read_support_format_raw(archive))
        }
        let status = locale.during { archive_read_open_filename(archive, path, 1 << 16) }
        try require(status)
    }

    deinit {
        archive_read_free(archive)
    }

    /// xz is left out: its decoder takes as much memory as the file's head asks for, up to 4 GiB.
    private func supportPacking() throws {
        try require(archive_read_support_filter_bzip2(archive))
        try require(archive_read_support_filter_zstd(archive))
    }

    /// Proceeds to the next entry.
    ///
    /// - Returns: `nil` after the last one.
    /// - Throws: `CodecError`; no entry can be read afterwards.
    package func next() throws -> ArchiveEntry? {
        var entry: OpaquePointer?
        var status = ARCHIVE_RETRY
        for _ in 0..<16 where status == ARCHIVE_RETRY {
            status = locale.during { archive_read_next_header(archive, &entry) }
        }
        if status == ARCHIVE_EOF { return nil }
        // A warning is about a name that isn't in the expected character set; `name(of:)` copes with that.
        guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry else {
            isBroken = true
            throw fault()
        }
        return ArchiveEntry(
            name: locale.during { name(of: entry) }, kind: kind(of: entry),
            declaredSize: archive_entry_size_is_set(entry) != 0 ? Int(archive_entry_size(entry)) : nil)
    }

    /// The data of the entry that `next()` returned, to be read before `next()` is called again.
    ///
    /// Where its data is damaged reading throws `CodecError`; `isBroken` says whether entries after it can't be read.
    package func entrySource() -> any ByteSource {
        ArchiveEntrySource(self)
    }

    fileprivate func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var filled = 0
        while filled < buffer.count {
            let count = archive_read_data(archive, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
            if count == 0 { break }
            guard count > 0 else {
                if count == Int(ARCHIVE_RETRY) { continue }
                isBroken = count == Int(ARCHIVE_FATAL)
                throw fault()
            }
            filled += count
        }
        return filled
    }

    private func name(of entry: OpaquePointer) -> String {
        if let name = archive_entry_pathname_utf8(entry) { return String(cString: name) }
        // Neither UTF-8 nor the declared character set: taken as UTF-8, with invalid bytes replaced.
        if let name = archive_entry_pathname(entry) { return String(cString: name) }
        return ""
    }

    private func kind(of entry: OpaquePointer) -> ArchiveEntry.Kind {
        if archive_entry_hardlink(entry) != nil { return .hardLink }
        // AE_IFREG and its siblings are cast macros, which Swift doesn't import; they are those of stat(2).
        switch archive_entry_filetype(entry) {
        case 0o100000, 0: return .file
        case 0o040000: return .directory
        case 0o120000: return .symbolicLink
        default: return .special
        }
    }

    private func require(_ status: Int32) throws {
        guard status == ARCHIVE_OK || status == ARCHIVE_WARN else {
            isBroken = true
            throw fault()
        }
    }

    private func fault() -> CodecError {
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "unknown error"
        let lowered = reason.lowercased()
        guard !lowered.contains("truncated"), !lowered.contains("unexpected end") else {
            return CodecError(.truncated, "the archive is cut off: \(reason)")
        }
        return CodecError(.malformed, "the archive cannot be read: \(reason)")
    }
}

private final class ArchiveEntrySource: ByteSource {
    private let reader: ArchiveReader

    init(_ reader: ArchiveReader) {
        self.reader = reader
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try reader.read(into: buffer)
    }
}
