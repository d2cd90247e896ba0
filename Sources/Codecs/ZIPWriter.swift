import CArchive

/// A ZIP archive written to a file, entry by entry; entries are stored as they are, since what goes in is PNG.
///
/// Over libarchive's writer. Entries carry one fixed time, so that the same entries give the same bytes.
package final class ZIPWriter {
    private let archive: OpaquePointer
    private var isOpen = true

    /// Opens the file `path`, replacing what is there.
    ///
    /// Throws ``ZIPWriterError`` with libarchive's reason, such as a folder that doesn't exist.
    package init(path: String) throws {
        guard let archive = archive_write_new() else {
            throw ZIPWriterError(operation: "open", detail: "out of memory")
        }
        self.archive = archive
        try check(archive_write_set_format_zip(archive), "open")
        try check(archive_write_zip_set_compression_store(archive), "open")
        try check(archive_write_add_filter_none(archive), "open")
        try check(archive_write_open_filename(archive, path), "open")
    }

    deinit {
        archive_write_free(archive)
    }

    /// Adds a file with an ASCII name such as `3/000013.png`.
    package func add(name: String, bytes: [UInt8]) throws {
        guard let entry = archive_entry_new() else {
            throw ZIPWriterError(operation: "add", detail: "out of memory")
        }
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname(entry, name)
        archive_entry_set_size(entry, Int64(bytes.count))
        archive_entry_set_filetype(entry, Self.regularFile)
        archive_entry_set_perm(entry, 0o644)
        archive_entry_set_mtime(entry, Self.fixedTime, 0)
        try check(archive_write_header(archive, entry), "add")
        let written = bytes.withUnsafeBytes { archive_write_data(archive, $0.baseAddress, $0.count) }
        guard written == bytes.count else { throw failure("add") }
    }

    /// Writes the central directory and closes the file; nothing can be added afterwards.
    package func finish() throws {
        guard isOpen else { return }
        isOpen = false
        try check(archive_write_close(archive), "finish")
    }

    /// `AE_IFREG`, a cast macro, which Swift doesn't import.
    private static let regularFile: UInt32 = 0o100000

    /// 2 January 1980, noon: ZIP's own times start in 1980, in local time.
    private static let fixedTime = 315_662_400

    private func check(_ status: Int32, _ operation: String) throws {
        guard status == ARCHIVE_OK else { throw failure(operation) }
    }

    private func failure(_ operation: String) -> ZIPWriterError {
        ZIPWriterError(
            operation: operation, detail: archive_error_string(archive).map { String(cString: $0) } ?? "unknown reason")
    }
}

/// libarchive binds a writer to one thread at a time.
@available(*, unavailable)
extension ZIPWriter: Sendable {}

/// A ZIP archive that could not be written, with libarchive's reason.
package struct ZIPWriterError: Error, CustomStringConvertible {
    /// What was being done: `open`, `add` or `finish`.
    package let operation: String

    /// The reason, as a sentence's end.
    package let detail: String

    package var description: String {
        "The ZIP archive cannot be written (\(operation)): \(detail)"
    }
}
