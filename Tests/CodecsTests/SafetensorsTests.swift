import Codecs
import TestSupport
import Testing

@Suite struct SafetensorsTests {
    private static var sources: [SafetensorsSource] {
        [
            SafetensorsSource(name: "b", dtype: "U8", shape: [3], bytes: [1, 2, 3]),
            SafetensorsSource(name: "z", dtype: "F32", shape: [1, 2], bytes: [UInt8](0..<8)),
            SafetensorsSource(name: "a", dtype: "F32", shape: [], bytes: [9, 9, 9, 9]),
            SafetensorsSource(name: "step", dtype: "I64", shape: [1], bytes: [UInt8](repeating: 7, count: 8)),
            SafetensorsSource(name: "empty", dtype: "BF16", shape: [0, 4], bytes: []),
        ]
    }

    @Test func readsBackWhatItWrote() throws {
        let folder = try TemporaryFolder()
        let digest = try SafetensorsWriter.write(
            Self.sources, metadata: ["step": "12", "ü": "\"q\""], to: folder.file("one"))
        #expect(digest == (try SHA256.hex(ofFile: folder.file("one"))))
        let file = try SafetensorsFile(path: folder.file("one"))
        #expect(file.metadata == ["step": "12", "ü": "\"q\""])
        #expect(file.entries.map(\.name) == ["step", "a", "z", "empty", "b"])
        for source in Self.sources {
            let entry = try #require(file.entry(source.name))
            #expect(entry.dtype == source.dtype && entry.shape == source.shape)
        }
        #expect(try file.read("z") == [UInt8](0..<8))
        #expect(try file.read("b") == [1, 2, 3])
        #expect(throws: CodecError.self) { try file.read("absent") }
    }

    @Test func sameContentsGiveSameBytes() throws {
        let folder = try TemporaryFolder()
        let metadata = ["a": "1", "b": "2", "c": "3"]
        let one = try SafetensorsWriter.write(Self.sources, metadata: metadata, to: folder.file("one"))
        let two = try SafetensorsWriter.write(Self.sources.reversed(), metadata: metadata, to: folder.file("two"))
        #expect(one == two)
    }

    @Test func readsWhatThePythonPackageWrote() throws {
        let file = try SafetensorsFile(path: Golden.path("three.safetensors"))
        #expect(file.metadata == ["step": "12"])
        #expect(file.entry("b")?.shape == [3, 2] && file.entry("b")?.dtype == "F32")
        #expect(try file.read("a") == [1, 2, 3])
        #expect(try file.read("c") == [5, 0, 0, 0, 0, 0, 0, 0])
        #expect(try file.read("b").prefix(4) == [0, 0, 0xC0, 0x3F])
    }

    @Test func refusesSourcesThatContradictThemselves() throws {
        let folder = try TemporaryFolder()
        let wrong: [[SafetensorsSource]] = [
            [SafetensorsSource(name: "a", dtype: "F32", shape: [2], bytes: [1, 2, 3, 4])],
            [SafetensorsSource(name: "a", dtype: "F31", shape: [], bytes: [1])],
            [SafetensorsSource(name: "a", dtype: "U8", shape: [-1], bytes: [])],
            [SafetensorsSource(name: "a", dtype: "U8", shape: [.max, .max], bytes: [])],
            [SafetensorsSource(name: "__metadata__", dtype: "U8", shape: [1], bytes: [1])],
            [SafetensorsSource(name: "a", dtype: "U8", shape: [1], lendingBytes: { _ in })],
            [Self.sources[0], Self.sources[0]],
        ]
        for sources in wrong {
            #expect(throws: CodecError.self) { try SafetensorsWriter.write(sources, to: folder.file("file")) }
        }
        #expect(folder.names() == [])
    }

    @Test(arguments: [
        #"[]"#, #"{"a":1}"#, #"{"a":{"dtype":"U8","shape":[4]}}"#,
        #"{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]}}"#,
        #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[1,5]}}"#,
        #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}"#,
        #"{"a":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}"#,
        #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[3],"data_offsets":[1,4]}}"#,
        #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"X","shape":[4],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[-9223372036854775808,9223372036854775807]}}"#, "{", "",
    ])
    func refusesHostileHeaders(header: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            [UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8), 0, 0, 0, 0, 0, 0] + header.utf8 + [
                1, 2, 3, 4,
            ],
            as: "file")
        #expect(throws: CodecError.self) { try SafetensorsFile(path: path) }
    }

    @Test(arguments: [
        [], [1, 2, 3], [UInt8](repeating: 255, count: 8), [0, 0, 0, 2, 0, 0, 0, 0], [9, 0, 0, 0, 0, 0, 0, 0, 1],
    ])
    func refusesHostileLengths(bytes: [UInt8]) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(bytes, as: "file")
        #expect(throws: CodecError.self) { try SafetensorsFile(path: path) }
    }
}
