import CZlib

/// A file within a ZIP archive, stored without compression, since the contents are PNG (PKWARE APPNOTE 6.3, §4.3.7).
///
/// Its record doesn't depend on its position, so several threads can make an archive's records at once; and it has size
/// and checksum before the file's bytes, so that a reader needn't wait for the archive's end. All entries have the same
/// time, the earliest that ZIP can express, so the same files give the same bytes.
package struct ZIPEntry: Sendable {
    fileprivate let name: [UInt8]
    fileprivate let size: UInt32
    fileprivate let checksum: UInt32

    /// Bytes of the record: its header and the file.
    fileprivate var recordSize: Int { Self.headSize + name.count + Int(size) }

    private static let headSize = 30
    private static let localSignature: UInt32 = 0x0403_4B50
    private static let listSignature: UInt32 = 0x0201_4B50
    /// Version 1.0 of the specification, which suffices for a stored file (§4.4.3).
    private static let storedVersion: UInt16 = 10

    /// Appends a file's record to bytes.
    ///
    /// - Precondition: the name, relative and with slashes, has at most 65,535 bytes of UTF-8, the file fewer than 2³²
    ///   − 1.
    package init(name: String, _ file: [UInt8], appendedTo bytes: inout [UInt8]) {
        self.name = Array(name.utf8)
        precondition(self.name.count <= UInt16.max && file.count < UInt32.max, "an entry must do without ZIP64")
        size = UInt32(file.count)
        checksum = file.withUnsafeBufferPointer { UInt32(truncatingIfNeeded: crc32_z(0, $0.baseAddress, $0.count)) }
        bytes.reserveCapacity(bytes.count + recordSize)
        bytes.append(little: Self.localSignature)
        appendShared(version: Self.storedVersion, extra: 0, to: &bytes)
        bytes += self.name
        bytes += file
    }

    /// The fields that the record and the list share.
    private func appendShared(version: UInt16, extra: Int, to bytes: inout [UInt8]) {
        bytes.append(little: version)
        // Bit 11: the name is UTF-8 (§4.4.4).
        bytes.append(little: UInt16(0x0800))
        // Not compressed; midnight of 1 January 1980.
        bytes.append(little: UInt16(0))
        bytes.append(little: UInt16(0))
        bytes.append(little: UInt16(1 << 5 | 1))
        bytes.append(little: checksum)
        bytes.append(little: size)
        bytes.append(little: size)
        bytes.append(little: UInt16(name.count))
        bytes.append(little: UInt16(extra))
    }

    /// Adds the entry's line in the archive's list (§4.3.12).
    fileprivate func appendLine(offset: UInt64, to bytes: inout [UInt8]) {
        let isFar = offset >= UInt64(UInt32.max)
        let version = isFar ? ZIPList.wideVersion : Self.storedVersion
        bytes.append(little: Self.listSignature)
        // Made on Unix (§4.4.2), so that the external attributes are a file's type and mode (stat(2)).
        bytes.append(little: UInt16(3 << 8) | ZIPList.wideVersion)
        appendShared(version: version, extra: isFar ? 12 : 0, to: &bytes)
        bytes += [UInt8](repeating: 0, count: 6)
        bytes.append(little: UInt32(0o100644) << 16)
        bytes.append(little: isFar ? UInt32.max : UInt32(offset))
        bytes += name
        guard isFar else { return }
        // The field that gives an offset 64 bits (§4.5.3).
        bytes.append(little: UInt16(1))
        bytes.append(little: UInt16(8))
        bytes.append(little: offset)
    }
}

/// The list of entries at a ZIP archive's end, made while their records are written: some 70 bytes each.
package struct ZIPList: Sendable {
    private var lines: [UInt8] = []
    private var count: UInt64 = 0
    private var offset: UInt64

    /// Version 4.5 of the specification, which is the first with 64-bit numbers (§4.4.3).
    fileprivate static let wideVersion: UInt16 = 45
    private static let endSignature: UInt32 = 0x0605_4B50
    private static let wideEndSignature: UInt32 = 0x0606_4B50
    private static let wideLocatorSignature: UInt32 = 0x0706_4B50
    private static let wideEndSize: UInt64 = 56

    /// A list without entries.
    ///
    /// - Parameter offset: bytes of the file before the first entry.
    package init(offset: Int = 0) {
        self.offset = UInt64(offset)
    }

    /// Adds the entry whose record follows those of the entries before.
    package mutating func add(_ entry: ZIPEntry) {
        entry.appendLine(offset: offset, to: &lines)
        offset += UInt64(entry.recordSize)
        count += 1
    }

    /// The archive's last bytes: the list, and the records that locate it (§4.3.14 to §4.3.16).
    package var bytes: [UInt8] {
        var bytes = lines
        let size = UInt64(lines.count)
        if count >= UInt64(UInt16.max) || size >= UInt64(UInt32.max) || offset >= UInt64(UInt32.max) {
            bytes.append(little: Self.wideEndSignature)
            bytes.append(little: Self.wideEndSize - 12)
            bytes.append(little: UInt16(3 << 8) | Self.wideVersion)
            bytes.append(little: Self.wideVersion)
            bytes += [UInt8](repeating: 0, count: 8)
            bytes.append(little: count)
            bytes.append(little: count)
            bytes.append(little: size)
            bytes.append(little: offset)
            bytes.append(little: Self.wideLocatorSignature)
            bytes.append(little: UInt32(0))
            bytes.append(little: offset + size)
            bytes.append(little: UInt32(1))
        }
        bytes.append(little: Self.endSignature)
        bytes += [UInt8](repeating: 0, count: 4)
        bytes.append(little: UInt16(clamping: count))
        bytes.append(little: UInt16(clamping: count))
        bytes.append(little: UInt32(clamping: size))
        bytes.append(little: UInt32(clamping: offset))
        bytes += [0, 0]
        return bytes
    }
}

extension [UInt8] {
    /// Appends a number, its lowest byte first.
    fileprivate mutating func append(little number: some FixedWidthInteger) {
        for place in stride(from: 0, to: number.bitWidth, by: 8) { append(UInt8(truncatingIfNeeded: number >> place)) }
    }
}
