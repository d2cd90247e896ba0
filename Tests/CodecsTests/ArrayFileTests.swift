import Codecs
import TestSupport
import Testing

@Suite struct ArrayFileTests {
    @Test(arguments: ["f2", "f4", "f8", "f8-big", "i8", "i2-big", "u1", "b1", "u4", "i1", "f4-fortran", "version3"])
    func readsWhatNumPyWrote(name: String) throws {
        let expected = try #require(try Golden.expected()["arrays"]?[name])
        let source = MemorySource(try Golden.bytes(name + ".npy"))
        let header = try NPYHeader(reading: source)
        #expect(header.shape == expected["shape"]?.array?.compactMap { $0.integer.map(Int.init) })
        #expect(header.isColumnMajor == name.hasSuffix("fortran"))
        let data = try source.readAll(limit: 1_000)
        #expect(data.count == header.dataSize)
        let wanted = try #require(expected["values"]?.array).compactMap(\.number)
        #expect(data.withUnsafeBytes { header.values(of: $0) } == wanted)
    }

    @Test func writesTheSameHeadAsNumPy() throws {
        let header = NPYHeader(element: .float32, shape: [3, 2]).bytes
        #expect(try Golden.bytes("f4.npy").starts(with: header))
        #expect(try Golden.bytes("u1.npy").starts(with: NPYHeader(element: .uint8, shape: [5, 7]).bytes))
        #expect(try Golden.bytes("i1.npy").starts(with: NPYHeader(element: .int8, shape: [3]).bytes))
    }

    @Test(arguments: [
        ("", CodecError.Kind.truncated), ("{", .malformed), ("{}", .malformed), ("[]", .malformed),
        ("{'descr': '<f4', 'fortran_order': False}", .malformed),
        ("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}", .malformed),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", .malformed),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", .malformed),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}", .tooLarge),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}", .malformed),
        ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", .malformed),
        ("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", .unsupported),
        ("{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", .unsupported),
        ("{'descr': '|f4', 'fortran_order': False, 'shape': (1,)}", .unsupported),
        ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", .unsupported),
        ("{'descr': '<f4, 'fortran_order': False, 'shape': (1,)}", .malformed),
    ])
    func refusesHeads(text: String, kind: CodecError.Kind) {
        let length = text.isEmpty ? 10 : text.utf8.count
        let bytes = NPYHeader.signature + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + Array(text.utf8)
        #expect { try NPYHeader(reading: MemorySource(bytes)) } throws: { ($0 as? CodecError)?.kind == kind }
    }

    @Test func refusesHugeHeadLengths() {
        let bytes = NPYHeader.signature + [2, 0, 0xF0, 0xFF, 0xFF, 0xFF, 0x7B]
        #expect { try NPYHeader(reading: MemorySource(bytes)) } throws: { ($0 as? CodecError)?.kind == .tooLarge }
        #expect(throws: CodecError.self) { try NPYHeader(reading: MemorySource(NPYHeader.signature + [9, 0, 1, 0])) }
    }

    @Test func readsIDX() throws {
        let source = MemorySource(try Golden.bytes("images.idx"))
        let header = try IDXHeader(reading: source)
        #expect(header.element == .uint8 && header.shape == [1, 5, 7] && header.dataSize == 35)
        #expect(try source.readAll(limit: 35) == Golden.picture("grey8.png")?.pixels)
        let large = try IDXHeader(reading: MemorySource([0, 0, 0x0D, 2, 0, 1, 2, 3, 0, 0, 1, 0]))
        #expect(large.shape == [66_051, 256] && large.dataSize == 67_636_224)
    }

    @Test(arguments: [
        ([], CodecError.Kind.unrecognised), ([0, 0, 8], .unrecognised), ([0, 0, 7, 1], .unrecognised),
        ([0, 0, 8, 0], .unrecognised), ([0, 0, 8, 5], .unrecognised), ([0, 0, 8, 2, 0, 0, 0, 1, 0], .truncated),
        ([0, 0, 14, 4] + [UInt8](repeating: 255, count: 16), .tooLarge),
    ])
    func refusesIDX(bytes: [UInt8], kind: CodecError.Kind) {
        #expect { try IDXHeader(reading: MemorySource(bytes)) } throws: { ($0 as? CodecError)?.kind == kind }
    }

    @Test func expandsGzipMembers() throws {
        let source = try GzipSource(MemorySource(Golden.bytes("two-members.gz")))
        let text = try #require(try Golden.expected()["gzip"]?.string)
        #expect(String(decoding: try source.readAll(limit: 10_000), as: UTF8.self) == text)
        #expect(try source.read(upTo: 10) == [])
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        #expect(try GzipSource(MemorySource(ArchiveBuilder.gzip(bytes))).readAll(limit: 200_000) == bytes)
    }

    @Test func refusesDamagedGzip() throws {
        let whole = ArchiveBuilder.gzip(Array("some bytes that are compressed".utf8))
        for length in 0..<whole.count {
            #expect(throws: CodecError.self, "cut after \(length)") {
                try GzipSource(MemorySource(Array(whole[..<length]))).readAll(limit: 1_000)
            }
        }
        var damaged = whole
        damaged[whole.count - 6] ^= 1
        #expect(throws: CodecError.self) { try GzipSource(MemorySource(damaged)).readAll(limit: 1_000) }
        #expect { try GzipSource(MemorySource(whole)).readAll(limit: 29) } throws: {
            ($0 as? CodecError)?.kind == .tooLarge
        }
    }
}
