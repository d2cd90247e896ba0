import Codecs
import TestSupport
import Testing
import Torch

struct SafetensorsTests {
    @Test("Tensors of every type come back as they were, whatever their byte order")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        let images = try Tensor((0..<48).map(Float.init), shape: [2, 3, 4, 2])
        var tensors = [
            ("images", try images.contiguous(channelsLast: true)), ("scalar", try Tensor(-2.5)),
            ("empty", try Tensor.zeros([0, 4])),
            ("leaf", try Tensor([1, 2] as [Float]).requiringGradient()),
        ]
        for dtype in DType.allCases { tensors.append((dtype.rawValue, try Tensor.ones([3], dtype: dtype))) }
        let path = folder.file("tensors.safetensors")
        let digest = try writeSafetensors(tensors, metadata: ["step": "7"], to: path)
        #expect(digest == (try SHA256.hex(ofFile: path)))

        let read = try readSafetensors(path)
        #expect(Set(read.keys) == Set(tensors.map(\.0)))
        for (name, tensor) in tensors {
            let other = try #require(read[name])
            #expect(other.shape == tensor.shape)
            #expect(other.dtype == tensor.dtype)
            #expect(try other.bytes() == tensor.detached().bytes())
        }
        #expect(try SafetensorsFile(path: path).metadata == ["step": "7"])
        // The order in which tensors are handed over, and their byte order, don't show.
        let again = try writeSafetensors(
            tensors.reversed().map { ($0.0, try $0.1.contiguous()) }, metadata: ["step": "7"],
            to: folder.file("again.safetensors"))
        #expect(again == digest)
    }

    @Test("A type that isn't ours is refused by name")
    func foreignType() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("half.safetensors")
        let source = SafetensorsSource(name: "weights", dtype: "F16", shape: [1], bytes: [0, 0])
        _ = try SafetensorsWriter.write([source], to: path)
        let error = try #require(throws: EngineError.self) { try readSafetensors(path) }
        #expect(error.detail == "the tensor \"weights\" has the element type F16, which is none of ours")
    }
}
