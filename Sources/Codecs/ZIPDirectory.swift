/// The list of entries at the end of a ZIP archive (PKWARE APPNOTE 6.3, §4.3.12), which is read but not kept.
///
/// libarchive reads the whole list into memory before it returns the first entry, so its length is checked beforehand.
package enum ZIPDirectory {
    /// Counts the entries, stopping beyond `limit`.
    ///
    /// - Returns: the number of entries, `limit + 1` for any number beyond `limit`.
    /// - Throws: `CodecError` of kind `truncated` where the archive's end record is missing, `malformed` where it
    ///   contradicts the file.
    package static func countEntries(of file: ReadableFile, limit: Int) throws -> Int {
        let counts = try starts(in: file).compactMap { try countEntries(of: file, from: $0, limit: limit) }
        guard let count = counts.max() else { throw contradiction }
        return count
    }

    private static let entrySize = 46
    private static let endSize = 22
    private static let entrySignature = 0x0201_4B50
    private static let endSignature = 0x0605_4B50
    private static let wideEndSignature = 0x0606_4B50
    private static let wideLocatorSignature = 0x0706_4B50

    /// Reads the list for as long as entries follow one another, as libarchive does, whatever number is declared; `nil`
    /// where there is no list at that offset.
    private static func countEntries(of file: ReadableFile, from start: Int, limit: Int) throws -> Int? {
        var count = 0
        var position = start
        var window: [UInt8] = []
        var windowStart = start
        while count <= limit {
            if position + entrySize > windowStart + window.count {
                window = try file.prefix(1 << 18, at: position)
                windowStart = position
            }
            let offset = position - windowStart
            guard window.count - offset >= 4 else { break }
            let signature = littleEndian(window, offset, 4)
            guard signature == entrySignature, window.count - offset >= entrySize else {
                guard count > 0 || signature == endSignature || signature == wideEndSignature else { return nil }
                break
            }
            count += 1
            position += entrySize
            // The lengths of name, extra field and comment.
            for field in [28, 30, 32] { position += littleEndian(window, offset + field, 2) }
        }
        return count
    }

    /// Where the list may begin: according to the end record's offset and to its size, which differ where something
    /// precedes the archive, and according to its 64-bit counterpart where there is one.
    private static func starts(in file: ReadableFile) throws -> [Int] {
        // The end record is followed by a comment of at most 65,535 bytes.
        let tailStart = max(0, file.size - endSize - 65_535)
        let tail = try file.prefix(file.size - tailStart, at: tailStart)
        var end = tail.count - endSize
        while end >= 0, littleEndian(tail, end, 4) != endSignature { end -= 1 }
        guard end >= 0 else {
            throw CodecError(.truncated, "the ZIP archive has no end record: it is cut off")
        }
        var starts: [Int] = []
        let size = littleEndian(tail, end + 12, 4)
        let offset = littleEndian(tail, end + 16, 4)
        if offset + size <= tailStart + end { starts += [offset, tailStart + end - size] }
        if end >= 20, littleEndian(tail, end - 20, 4) == wideLocatorSignature {
            let record = littleEndian64(tail, end - 20 + 8)
            guard let record, record <= file.size - 56,
                let start = littleEndian64(try file.bytes(at: record, count: 56), 48), start <= file.size
            else { throw contradiction }
            starts.append(start)
        }
        return starts
    }

    private static let contradiction = CodecError(
        .malformed, "the ZIP archive's end record doesn't point to a list of its entries")

    /// A number of `count` bytes, the lowest first.
    private static func littleEndian(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
        (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
    }

    /// A 64-bit offset; `nil` where it exceeds what a file can have.
    private static func littleEndian64(_ bytes: [UInt8], _ offset: Int) -> Int? {
        Int(exactly: (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) })
    }
}
