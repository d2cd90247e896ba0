import Codecs
import TestSupport
import Testing

/// Thousands of damaged inputs for each parser: whatever they say, nothing traps, and what is refused is refused with a
/// `CodecError` or a `JSONSyntaxError`.
@Suite struct MutationTests {
    private static let rounds = 1_500

    /// A few bytes changed, inserted or removed, or the end cut off.
    private static func mutated(_ original: [UInt8], _ random: inout TestRandom) -> [UInt8] {
        var bytes = original
        for _ in 0...Int.random(in: 0..<4, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            let byte = [UInt8.random(in: 0...255, using: &random), 0, 255, 0x7F].randomElement(using: &random) ?? 0
            switch Int.random(in: 0..<8, using: &random) {
            case 0: bytes.insert(byte, at: place)
            case 1: bytes.remove(at: place)
            case 2: bytes.removeSubrange(place...)
            case 3: bytes.replaceSubrange(place..<min(place + 4, bytes.count), with: [byte, byte, byte, byte])
            default: bytes[place] = byte
            }
        }
        return bytes
    }

    private static func survives(_ originals: [[UInt8]], _ parse: ([UInt8]) throws -> Void) {
        var random = TestRandom(seed: 42)
        for round in 0..<rounds {
            let bytes = mutated(originals[round % originals.count], &random)
            do {
                try parse(bytes)
            } catch is CodecError {
            } catch is JSONSyntaxError {
            } catch {
                Issue.record("round \(round): \(error)")
            }
        }
    }

    @Test func png() throws {
        let originals = try ["grey8.png", "palette-transparent.png", "colour16.png", "grey8-interlaced.png"].map(
            Golden.bytes)
        Self.survives(originals) { _ = try PNG.decode($0, maximumPixels: 10_000) }
        // With checksums set right again the damage reaches the decoder.
        Self.survives(originals) { _ = try PNG.decode(Self.withRightChecksums($0), maximumPixels: 10_000) }
    }

    private static func withRightChecksums(_ bytes: [UInt8]) -> [UInt8] {
        var fixed = bytes
        var position = 8
        while position + 12 <= bytes.count {
            let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            let end = position + 8 + length
            guard end + 4 <= bytes.count else { break }
            let checksum = ArchiveBuilder.crc32(Array(bytes[position + 4..<end]))
            fixed.replaceSubrange(
                end..<end + 4, with: (0..<4).map { UInt8(truncatingIfNeeded: checksum >> (24 - 8 * $0)) })
            position = end + 4
        }
        return fixed
    }

    @Test func jpeg() throws {
        let originals = try ["grey.jpg", "colour.jpg", "progressive.jpg", "four-colour.jpg"].map(Golden.bytes)
        Self.survives(originals) { _ = try JPEG.decode($0, maximumPixels: 10_000) }
    }

    @Test func npy() throws {
        let originals = try ["f4.npy", "version3.npy", "i2-big.npy"].map(Golden.bytes)
        Self.survives(originals) { bytes in
            let source = MemorySource(bytes)
            let header = try NPYHeader(reading: source)
            _ = try source.readAll(limit: 1_000).withUnsafeBytes { header.values(of: $0) }
        }
    }

    @Test func idx() throws {
        Self.survives([try Golden.bytes("images.idx")]) { _ = try IDXHeader(reading: MemorySource($0)) }
    }

    @Test func gzip() throws {
        Self.survives([try Golden.bytes("two-members.gz")]) {
            _ = try GzipSource(MemorySource($0)).readAll(limit: 100_000)
        }
    }

    @Test func csv() {
        Self.survives([Array("x,y\r\n1,\"2\"\"\"\n\"a\nb\",c\n,,\n".utf8)]) { bytes in
            var reader = CSVReader(MemorySource(bytes))
            var row = CSVRow()
            while try reader.next(&row) { _ = row.text(row.count - 1) }
        }
    }

    @Test func json() {
        Self.survives([Array(#"{"a":[1,-2.5e3,null,true,"\u00e9\n"],"b":{"c":"d"}}"#.utf8)]) {
            _ = try JSON(parsing: $0)
        }
    }

    @Test func safetensors() throws {
        let folder = try TemporaryFolder()
        Self.survives([try Golden.bytes("three.safetensors")]) { bytes in
            let file = try SafetensorsFile(path: folder.write(bytes, as: "file"))
            for entry in file.entries { _ = try file.read(entry.name) }
        }
    }

    @Test func archives() throws {
        let folder = try TemporaryFolder()
        let originals = try ["deflated.zip", "pax.tar", "gnu.tar.gz"].map(Golden.bytes)
        Self.survives(originals) { bytes in
            let path = try folder.write(bytes, as: "file")
            let isZIP = bytes.starts(with: [0x50, 0x4B])
            let isGzip = bytes.starts(with: GzipSource.signature)
            if isZIP { _ = try ZIPDirectory.countEntries(of: ReadableFile(path: path), limit: 100) }
            let reader = try ArchiveReader(
                path: path, format: isZIP ? .zip : isGzip ? .gzippedTAR : .tar)
            for _ in 0..<100 {
                guard try reader.next() != nil else { break }
                _ = try reader.entrySource().readAll(limit: 10_000)
            }
        }
    }
}
