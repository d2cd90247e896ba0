import Codecs
import TestSupport

/// The readers of files: what they can't read they refuse with a `CodecError` or a `JSONSyntaxError`.
enum FileReaders {
    /// The first byte chooses the delimiter.
    static func csv(_ bytes: [UInt8]) throws {
        guard let first = bytes.first else { return }
        let delimiters = Array(",;\t|".utf8)
        var reader = CSVReader(MemorySource(Array(bytes.dropFirst())), delimiter: delimiters[Int(first) % 4])
        var row = CSVRow()
        try refusing {
            while try reader.next(&row) {
                for field in 0..<row.count { _ = row.text(field) }
            }
        }
    }

    /// What is read is written to bytes that read as the same.
    static func json(_ bytes: [UInt8]) throws {
        try refusing {
            let value = try JSON(parsing: bytes)
            let again = try JSON(parsing: value.bytes)
            precondition(again == value)
        }
    }

    /// Objects are read twice, as an import does: with the names that the first pass finds the second has as many.
    static func jsonRows(_ bytes: [UInt8]) throws {
        var row = CSVRow()
        try refusing {
            var first = JSONRowReader(MemorySource(bytes))
            var count = 0
            while try first.next(&row) { count += 1 }
            guard !first.names.isEmpty else { return }
            var second = JSONRowReader(MemorySource(bytes), names: first.names)
            while try second.next(&row) {
                count -= 1
                precondition(row.count == first.names.count)
                for field in 0..<row.count { _ = row.text(field) }
            }
            precondition(count == 0)
        }
    }

    /// The first byte chooses the conversion; whatever it is read by, it comes out the same.
    static func text(_ bytes: [UInt8]) throws {
        guard let first = bytes.first else { return }
        let text = Array(bytes.dropFirst())
        func convert(_ source: any ByteSource) -> any ByteSource {
            switch first % 3 {
            case 0: ConvertedSource(source, UTF16Conversion(.little))
            case 1: ConvertedSource(source, UTF16Conversion(.big))
            default: ConvertedSource(source, BlankRunConversion())
            }
        }
        try refusing {
            let whole = try convert(MemorySource(text)).readAll(limit: 1 << 20)
            if first % 3 < 2 { precondition(String(validating: whole, as: UTF8.self) != nil) }
            let source = convert(MemorySource(text))
            var pieces: [UInt8] = []
            while true {
                let piece = try source.read(upTo: 3)
                pieces += piece
                if piece.count < 3 { break }
            }
            precondition(pieces == whole)
        }
    }

    static func npy(_ bytes: [UInt8]) throws {
        try refusing {
            let source = MemorySource(bytes)
            let header = try NPYHeader(reading: source)
            let data = try source.readAll(limit: 1 << 16)
            let size = header.element.size
            let whole = data.prefix(data.count / size * size)
            precondition(whole.withUnsafeBytes { header.values(of: $0) }.count == whole.count / size)
        }
    }

    static func idx(_ bytes: [UInt8]) throws {
        try refusing {
            let header = try IDXHeader(reading: MemorySource(bytes))
            precondition(header.dataSize >= 0)
        }
    }

    static func png(_ bytes: [UInt8]) throws {
        for bytes in [bytes, withRightChecksums(bytes)] {
            try refusing {
                _ = try PNG.header(of: bytes)
                check(try PNG.decode(bytes, maximumPixels: 1 << 14))
            }
        }
    }

    static func jpeg(_ bytes: [UInt8]) throws {
        try refusing {
            _ = try JPEG.header(of: bytes)
            check(try JPEG.decode(bytes, maximumPixels: 1 << 14))
        }
    }

    /// A TAR may come in a gzip.
    static func archive(_ bytes: [UInt8], _ format: ArchiveReader.Format) throws {
        let path = try FuzzFolder.shared.write(bytes, as: "file")
        let isGzip = bytes.starts(with: GzipSource.signature)
        try refusing {
            if case .zip = format { _ = try ZIPDirectory.countEntries(of: ReadableFile(path: path), limit: 100) }
            let reader = try ArchiveReader(path: path, format: isGzip ? .gzippedTAR : format)
            for _ in 0..<100 {
                guard try reader.next() != nil else { break }
                do {
                    _ = try reader.entrySource().readAll(limit: 1 << 16)
                } catch  where !reader.isBroken {
                    // The entries after one that is damaged may be whole.
                    try refusing { throw error }
                }
            }
        }
    }

    static func gzip(_ bytes: [UInt8]) throws {
        try refusing { _ = try GzipSource(MemorySource(bytes)).readAll(limit: 1 << 20) }
    }

    static func safetensors(_ bytes: [UInt8]) throws {
        try refusing {
            let file = try SafetensorsFile(path: FuzzFolder.shared.write(bytes, as: "file"))
            for entry in file.entries {
                let bytes = try file.read(entry.name)
                precondition(bytes.count == entry.byteRange.count)
            }
        }
    }

    /// Passes over the two errors that say what is wrong with bytes.
    private static func refusing(_ read: () throws -> Void) throws {
        do {
            try read()
        } catch is CodecError {
        } catch is JSONSyntaxError {
        }
    }

    private static func check(_ image: PixelImage) {
        precondition(image.pixels.count == image.width * image.height * image.channels)
    }

    /// With its checksums set right damage reaches what is behind them.
    private static func withRightChecksums(_ bytes: [UInt8]) -> [UInt8] {
        var fixed = bytes
        var position = 8
        while position + 12 <= bytes.count {
            let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            let end = position + 8 + length
            guard end + 4 <= bytes.count else { break }
            let checksum = ArchiveBuilder.crc32(Array(bytes[position + 4..<end]))
            for place in 0..<4 { fixed[end + place] = UInt8(truncatingIfNeeded: checksum >> (24 - 8 * place)) }
            position = end + 4
        }
        return fixed
    }
}

/// A folder for what is read as a file, used again at each read; `scripts/fuzz` has it lie in memory.
enum FuzzFolder {
    static let shared: TemporaryFolder = {
        do {
            return try TemporaryFolder()
        } catch {
            fatalError("no folder for files: \(error)")
        }
    }()
}
