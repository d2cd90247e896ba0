import Codecs
import TestSupport
import Testing

@Suite struct DurableFileTests {
    @Test func replacesWhatIsThereAndLeavesNothingElse() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write([1, 2, 3], as: "file")
        _ = try folder.write([4], as: "file")
        #expect(try ReadableFile.contents(of: folder.file("file"), limit: 10) == [4])
        #expect(folder.names() == ["file"])
    }

    @Test func writesPiecesOfEverySize() throws {
        let folder = try TemporaryFolder()
        let writer = try DurableFileWriter(path: folder.file("file"))
        var expected: [UInt8] = []
        for size in [0, 1, 100_000, 300_000, 7, 262_144, 262_143, 2] {
            let piece = (0..<size).map { UInt8(truncatingIfNeeded: $0 &+ size) }
            try writer.write(piece)
            expected += piece
        }
        #expect(writer.size == expected.count)
        try writer.commit()
        #expect(try ReadableFile.contents(of: folder.file("file"), limit: 1 << 21) == expected)
    }

    @Test func leavesNoTraceWhereItIsGivenUp() throws {
        let folder = try TemporaryFolder()
        do {
            let writer = try DurableFileWriter(path: folder.file("file"))
            try writer.write([1, 2, 3])
        }
        #expect(folder.names() == [])
    }

    @Test func errorsAreSentences() throws {
        #expect { try DurableFile.write([1], to: "/nowhere/file") } throws: { error in
            "\(error)" == "could not create /nowhere/file.partial: No such file or directory"
        }
        // A device on which every write fails as on a full disk (full(4)).
        #expect(FileError(operation: "write", path: "/dev/full", code: 28).isDiskFull)
        let folder = try TemporaryFolder()
        #expect(throws: FileError.self) { try ReadableFile(path: folder.path) }
        #expect(throws: FileError.self) { try ReadableFile(path: "/dev/null") }
    }

    @Test func readsWithinTheFileAlone() throws {
        let folder = try TemporaryFolder()
        let file = try ReadableFile(path: folder.write([1, 2, 3, 4], as: "file"))
        #expect(try file.bytes(at: 1, count: 2) == [2, 3])
        #expect(try file.prefix(10, at: 3) == [4])
        #expect { try file.bytes(at: 2, count: 3) } throws: { ($0 as? CodecError)?.kind == .truncated }
        #expect { try ReadableFile.contents(of: file.path, limit: 3) } throws: {
            ($0 as? CodecError)?.kind == .tooLarge
        }
    }
}
