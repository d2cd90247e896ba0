import Codecs
import TestSupport
import Testing

@Suite struct ArchiveReaderTests {
    private func entries(_ path: String, _ format: ArchiveReader.Format) throws -> [(
        entry: ArchiveEntry, bytes: [UInt8]
    )] {
        let reader = try ArchiveReader(path: path, format: format)
        var entries: [(entry: ArchiveEntry, bytes: [UInt8])] = []
        while let entry = try reader.next() { entries.append((entry, try reader.entrySource().readAll(limit: 1_000))) }
        return entries
    }

    @Test(arguments: [("deflated.zip", ArchiveReader.Format.zip), ("pax.tar", .tar), ("gnu.tar.gz", .gzippedTAR)])
    func readsWhatPythonWrote(name: String, format: ArchiveReader.Format) throws {
        let found = try entries(Golden.path(name), format)
        let prefix = format == .zip ? "" : String(repeating: "deep/", count: 25)
        #expect(found.map(\.entry.name).sorted() == (["a/0.png", "a/1.png", "ü/0.png", "ü/1.png"].map { prefix + $0 }))
        let picture = try Golden.bytes("grey8.png")
        #expect(found.allSatisfy { $0.bytes == picture })
        #expect(found.allSatisfy { $0.entry.kind == .file && $0.entry.declaredSize == picture.count })
    }

    @Test(arguments: [ArchiveReader.Format.zip, .tar, .gzippedTAR])
    func tellsKindsApart(format: ArchiveReader.Format) throws {
        let built: [ArchiveBuilder.Entry] = [
            .init("folder/", kind: .directory), .init("folder/file", [1, 2]),
            .init("link", kind: .symbolicLink, target: "/etc/passwd"),
            .init("hard", kind: .hardLink, target: "folder/file"), .init("device", kind: .device), .init("../up", [3]),
        ]
        // ZIP knows no hard links.
        let entries = built.filter { format != .zip || $0.kind != .hardLink }
        let folder = try TemporaryFolder()
        let bytes =
            switch format {
            case .zip: ArchiveBuilder.zip(entries)
            case .tar: ArchiveBuilder.tar(entries)
            default: ArchiveBuilder.gzip(ArchiveBuilder.tar(entries))
            }
        let reader = try ArchiveReader(path: folder.write(bytes, as: "archive"), format: format)
        var kinds: [String: ArchiveEntry.Kind] = [:]
        while let entry = try reader.next() { kinds[entry.name] = entry.kind }
        #expect(kinds["folder/"] == .directory && kinds["folder/file"] == .file && kinds["link"] == .symbolicLink)
        #expect(kinds["device"] == .special && kinds["../up"] == .file)
        #expect(kinds["hard"] == (format == .zip ? nil : .hardLink))
    }

    @Test func stopsAtTheLimit() throws {
        let folder = try TemporaryFolder()
        let bytes = ArchiveBuilder.zip([.init("a", [UInt8](repeating: 1, count: 100)), .init("b", [2])])
        let reader = try ArchiveReader(path: folder.write(bytes, as: "archive"), format: .zip)
        _ = try reader.next()
        #expect { try reader.entrySource().readAll(limit: 99) } throws: { ($0 as? CodecError)?.kind == .tooLarge }
        #expect(try reader.next()?.name == "b")
        #expect(try reader.entrySource().readAll(limit: 99) == [2])
        #expect(try reader.next() == nil)
    }

    @Test func goesOnAfterADamagedEntry() throws {
        let folder = try TemporaryFolder()
        var bytes = ArchiveBuilder.zip([.init("a", [1, 2, 3, 4]), .init("b", [2])])
        bytes[32] ^= 1
        let reader = try ArchiveReader(path: folder.write(bytes, as: "archive"), format: .zip)
        _ = try reader.next()
        #expect(throws: CodecError.self) { try reader.entrySource().readAll(limit: 99) }
        #expect(!reader.isBroken)
        #expect(try reader.next()?.name == "b")
    }

    @Test(arguments: [ArchiveReader.Format.zip, .tar, .gzippedTAR])
    func refusesWhatIsCutOff(format: ArchiveReader.Format) throws {
        let folder = try TemporaryFolder()
        let contents: [ArchiveBuilder.Entry] = [.init("a", [UInt8](repeating: 7, count: 900)), .init("b", [2])]
        let tar = ArchiveBuilder.tar(contents)
        let (bytes, cuts): ([UInt8], [Int]) =
            switch format {
            case .zip: (ArchiveBuilder.zip(contents), [10, 500, 960, 1_060])
            case .tar: (tar, [100, 700, 1_300])
            default: (ArchiveBuilder.gzip(tar), [5, 100, 700, 1_300])
            }
        for cut in cuts {
            let path = try folder.write(Array(bytes[..<cut]), as: "archive")
            #expect(throws: CodecError.self, "cut after \(cut)") { try entries(path, format) }
        }
    }

    @Test func countsZIPEntries() throws {
        let folder = try TemporaryFolder()
        let bytes = ArchiveBuilder.zip((0..<300).map { .init("\($0)") })
        let file = try ReadableFile(path: folder.write(bytes, as: "archive"))
        let listSize = bytes.suffix(10).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        #expect(try ZIPDirectory.countEntries(of: file, limit: 1_000) == 300)
        #expect(try ZIPDirectory.countEntries(of: file, limit: 299) == 300)
        #expect(try ZIPDirectory.countEntries(of: file, limit: 10) == 11)
        // What the end record says of their number isn't believed.
        var lying = bytes
        lying.replaceSubrange(bytes.count - 14..<bytes.count - 10, with: [1, 0, 1, 0])
        let liar = try ReadableFile(path: folder.write(lying, as: "liar"))
        #expect(try ZIPDirectory.countEntries(of: liar, limit: 1_000) == 300)
        // More entries than 16 bits count: the 64-bit record and its locator stand between the list and the end record.
        let wide =
            Array(bytes.dropLast(22)) + Self.wideRecord(listSize: listSize, end: bytes.count - 22) + bytes.suffix(22)
        let wideFile = try ReadableFile(path: folder.write(wide, as: "wide"))
        #expect(try ZIPDirectory.countEntries(of: wideFile, limit: 1_000) == 300)
        let cut = try ReadableFile(path: folder.write(Array(bytes.dropLast(23)), as: "cut"))
        #expect(throws: CodecError.self) { try ZIPDirectory.countEntries(of: cut, limit: 1_000) }
        // An end record that points into the data of an entry, by place and by size.
        var astray = bytes
        astray.replaceSubrange(bytes.count - 10..<bytes.count - 2, with: [1, 0, 0, 0, 5, 0, 0, 0])
        let astrayFile = try ReadableFile(path: folder.write(astray, as: "astray"))
        #expect(throws: CodecError.self) { try ZIPDirectory.countEntries(of: astrayFile, limit: 1_000) }
        let golden = try ReadableFile(path: Golden.path("deflated.zip"))
        #expect(try ZIPDirectory.countEntries(of: golden, limit: 10) == 4)
    }

    /// PKWARE APPNOTE §4.3.14 and §4.3.15, as far as it is read.
    private static func wideRecord(listSize: Int, end: Int) -> [UInt8] {
        func wide(_ value: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        return [0x50, 0x4B, 6, 6] + [UInt8](repeating: 0, count: 36) + wide(listSize) + wide(end - listSize)
            + [0x50, 0x4B, 6, 7, 0, 0, 0, 0] + wide(end) + [1, 0, 0, 0]
    }
}
