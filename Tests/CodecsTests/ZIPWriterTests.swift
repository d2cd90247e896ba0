import Codecs
import Glibc
import TestSupport
import Testing

@Suite struct ZIPWriterTests {
    private static func entries(_ path: String) throws -> [(name: String, size: Int?, bytes: [UInt8])] {
        let reader = try ArchiveReader(path: path, format: .zip)
        var entries: [(name: String, size: Int?, bytes: [UInt8])] = []
        while let entry = try reader.next() {
            #expect(entry.kind == .file)
            entries.append((entry.name, entry.declaredSize, try reader.entrySource().readAll(limit: 1 << 20)))
        }
        return entries
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("some.zip")
        let files: [(name: String, bytes: [UInt8])] = [
            ("3/000013.png", [1, 2, 3]), ("größe/日本.png", Array(0...255)), ("empty", []),
        ]
        let writer = try ZIPWriter(path: path)
        for file in files { try writer.add(name: file.name, bytes: file.bytes) }
        try writer.finish()
        let read = try Self.entries(path)
        #expect(read.map(\.name) == files.map(\.name))
        #expect(read.map(\.bytes) == files.map(\.bytes))
        #expect(read.map(\.size) == files.map(\.bytes.count))
    }

    @Test func aRecordTellsSizeAndChecksumBeforeTheFile() {
        let file = Array("the file".utf8)
        var record: [UInt8] = [9]
        _ = ZIPEntry(name: "ü.png", file, appendedTo: &record)
        let checksum = ArchiveBuilder.crc32(file)
        let little: (Int) -> [UInt8] = { [UInt8($0), 0, 0, 0] }
        var expected: [UInt8] = [9, 0x50, 0x4B, 3, 4, 10, 0, 0, 8, 0, 0, 0, 0, 0x21, 0]
        expected += (0..<4).map { UInt8(truncatingIfNeeded: checksum >> (8 * $0)) }
        expected += little(file.count) + little(file.count) + [6, 0, 0, 0] + Array("ü.png".utf8) + file
        #expect(record == expected)
    }

    @Test(arguments: [65_534, 65_535, 65_536])
    func moreEntriesThanSixteenBitsCount(count: Int) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("many.zip")
        let writer = try ZIPWriter(path: path)
        for index in 0..<count { try writer.add(name: "\(index)", bytes: [UInt8(index & 255)]) }
        try writer.finish()
        #expect(try ZIPDirectory.countEntries(of: ReadableFile(path: path), limit: 1_000_000) == count)
        let reader = try ArchiveReader(path: path, format: .zip)
        var found = 0
        while try reader.next() != nil { found += 1 }
        #expect(found == count)
    }

    @Test func entriesBeyondFourGigabytesAreFound() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("far.zip")
        let offset = 5 << 30
        var bytes: [UInt8] = []
        var list = ZIPList(offset: offset)
        list.add(ZIPEntry(name: "a", [1, 2], appendedTo: &bytes))
        list.add(ZIPEntry(name: "b", [3], appendedTo: &bytes))
        bytes += list.bytes
        // What stands before is a hole, which takes no room.
        let file = try #require(fopen(path, "wb"))
        #expect(fseek(file, offset, SEEK_SET) == 0 && fwrite(bytes, 1, bytes.count, file) == bytes.count)
        #expect(fclose(file) == 0)
        #expect(try ZIPDirectory.countEntries(of: ReadableFile(path: path), limit: 10) == 2)
        #expect(try Self.entries(path).map(\.bytes) == [[1, 2], [3]])
    }

    @Test func aFileThatCantBeMadeIsNamed() {
        #expect { try ZIPWriter(path: "/nowhere/some.zip") } throws: { ($0 as? FileError)?.code == ENOENT }
    }
}
