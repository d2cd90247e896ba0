/// Builds ZIP and TAR archives in memory byte by byte, also such as no honest program writes.
///
/// It shares no code with what reads them.
package struct ArchiveBuilder {
    /// What an entry says that it is.
    package enum Kind: Sendable {
        case file, directory, symbolicLink, hardLink, device
    }

    package struct Entry: Sendable {
        package var name: [UInt8]
        package var kind: Kind
        package var bytes: [UInt8]
        /// The target of a link.
        package var target: String

        package init(_ name: String, _ bytes: [UInt8] = [], kind: Kind = .file, target: String = "") {
            self.init(name: Array(name.utf8), bytes, kind: kind, target: target)
        }

        package init(name: [UInt8], _ bytes: [UInt8] = [], kind: Kind = .file, target: String = "") {
            self.name = name
            self.kind = kind
            self.bytes = bytes
            self.target = target
        }
    }

    /// A ZIP whose entries are stored as they are (PKWARE APPNOTE §4.3).
    package static func zip(_ entries: [Entry]) -> [UInt8] {
        var archive: [UInt8] = []
        var directory: [UInt8] = []
        for entry in entries {
            let data = entry.kind == .symbolicLink ? Array(entry.target.utf8) : entry.bytes
            let offset = archive.count
            var common = little(0, 2) + little(0, 2) + little(0x21, 2) + little(Int(crc32(data)), 4)
            common += little(data.count, 4) + little(data.count, 4) + little(entry.name.count, 2) + little(0, 2)
            let flags = little(0x0800, 2)
            archive += little(0x0403_4B50, 4) + little(20, 2) + flags + common + entry.name + data
            let mode = unixMode(entry.kind)
            directory += little(0x0201_4B50, 4) + little(3 << 8 | 20, 2) + little(20, 2) + flags + common
            directory +=
                little(0, 2) + little(0, 2) + little(0, 2) + little(mode << 16, 4) + little(offset, 4) + entry.name
        }
        let start = archive.count
        archive += directory
        archive += little(0x0605_4B50, 4) + little(0, 4) + little(entries.count & 0xFFFF, 2)
        archive += little(entries.count & 0xFFFF, 2) + little(directory.count, 4) + little(start, 4) + little(0, 2)
        return archive
    }

    /// A TAR of the `ustar` kind (POSIX pax, "ustar Interchange Format"); names up to 100 bytes.
    package static func tar(_ entries: [Entry]) -> [UInt8] {
        var archive: [UInt8] = []
        for entry in entries {
            var header = [UInt8](repeating: 0, count: 512)
            func put(_ bytes: [UInt8], at offset: Int) {
                header.replaceSubrange(offset..<offset + bytes.count, with: bytes)
            }
            let data = entry.kind == .file ? entry.bytes : []
            put(Array(entry.name.prefix(100)), at: 0)
            put(octal(0o644, 7), at: 100)
            put(octal(0, 7), at: 108)
            put(octal(0, 7), at: 116)
            put(octal(data.count, 11), at: 124)
            put(octal(0, 11), at: 136)
            put([tarType(entry.kind)], at: 156)
            put(Array(entry.target.utf8.prefix(100)), at: 157)
            put(Array("ustar".utf8) + [0] + Array("00".utf8), at: 257)
            put([UInt8](repeating: 0x20, count: 8), at: 148)
            put(octal(header.reduce(0) { $0 + Int($1) }, 6) + [0, 0x20], at: 148)
            archive += header + data + [UInt8](repeating: 0, count: (512 - data.count % 512) % 512)
        }
        return archive + [UInt8](repeating: 0, count: 1024)
    }

    /// A gzip whose blocks are stored as they are (RFC 1952, RFC 1951 §3.2.4).
    package static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
        var rest = bytes[...]
        repeat {
            let block = rest.prefix(65_535)
            rest = rest.dropFirst(block.count)
            stream += [rest.isEmpty ? 1 : 0] + little(block.count, 2) + little(~block.count & 0xFFFF, 2) + block
        } while !rest.isEmpty
        return stream + little(Int(crc32(bytes)), 4) + little(bytes.count, 4)
    }

    /// A Zstandard frame whose blocks are stored as they are (RFC 8878 §3.1.1).
    package static func zstandard(_ bytes: [UInt8]) -> [UInt8] {
        // A single segment, its size in four bytes.
        var frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0xA0] + little(bytes.count, 4)
        var rest = bytes[...]
        repeat {
            let block = rest.prefix(1 << 16)
            rest = rest.dropFirst(block.count)
            frame += little(block.count << 3 | (rest.isEmpty ? 1 : 0), 3) + block
        } while !rest.isEmpty
        return frame
    }

    private static func unixMode(_ kind: Kind) -> Int {
        switch kind {
        case .file, .hardLink: 0o100644
        case .directory: 0o040755
        case .symbolicLink: 0o120777
        case .device: 0o020644
        }
    }

    private static func tarType(_ kind: Kind) -> UInt8 {
        switch kind {
        case .file: UInt8(ascii: "0")
        case .hardLink: UInt8(ascii: "1")
        case .symbolicLink: UInt8(ascii: "2")
        case .device: UInt8(ascii: "3")
        case .directory: UInt8(ascii: "5")
        }
    }

    private static func octal(_ value: Int, _ digits: Int) -> [UInt8] {
        let text = String(value, radix: 8)
        return Array((String(repeating: "0", count: digits - text.count) + text).utf8)
    }

    private static func little(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    /// CRC-32 (ISO 3309), a bit at a time.
    package static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var register = ~UInt32(0)
        for byte in bytes {
            register ^= UInt32(byte)
            for _ in 0..<8 {
                let isOdd = register & 1 == 1
                register >>= 1
                if isOdd { register ^= 0xEDB8_8320 }
            }
        }
        return ~register
    }
}
