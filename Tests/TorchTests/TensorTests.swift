import TestSupport
import Testing
import Torch

struct TensorTests {
    init() throws { try Engine.setThreads(1) }

    @Test("Elements come back as they went in", arguments: DType.allCases)
    func roundTrip(_ dtype: DType) throws {
        let bytes: [UInt8] = (0..<(6 * dtype.byteCount)).map { dtype == .bool ? UInt8($0 % 2) : UInt8($0) }
        let tensor = try Tensor(bytes: bytes, shape: [2, 3], dtype: dtype)
        #expect(tensor.shape == [2, 3])
        #expect(tensor.rank == 2)
        #expect(tensor.elementCount == 6)
        #expect(tensor.dtype == dtype)
        #expect(tensor.device == .cpu)
        #expect(try tensor.bytes() == bytes)
        #expect(try tensor.withBytes { Array($0) } == bytes)
    }

    @Test("Bytes are row-major whatever their order in memory")
    func byteOrder() throws {
        let plain = try Tensor((0..<120).map(Float.init), shape: [2, 3, 4, 5])
        let channelsLast = try plain.contiguous(channelsLast: true)
        #expect(channelsLast.isChannelsLast)
        #expect(!plain.isChannelsLast)
        #expect(channelsLast.shape == plain.shape)
        #expect(try channelsLast.bytes() == plain.bytes())
        #expect(try channelsLast.withBytes { Array($0) } == plain.bytes())
        #expect(try channelsLast.flattened().floats() == plain.floats())
        #expect(try channelsLast.permuted([3, 1, 0, 2]).floats() == plain.permuted([3, 1, 0, 2]).floats())
    }

    @Test("Tensors without elements and of a single one")
    func extremes() throws {
        let none = try Tensor([] as [Float], shape: [0, 3])
        #expect(none.shape == [0, 3])
        #expect(try none.floats() == [])
        #expect(try none.bytes() == [])
        let one = try Tensor(2.5)
        #expect(one.shape == [])
        #expect(try one.item() == 2.5)
        #expect(try one.floats() == [2.5])
    }

    @Test("Constants, ranges and conversions")
    func constants() throws {
        #expect(try Tensor.zeros([2]).floats() == [0, 0])
        #expect(try Tensor.ones([2], dtype: .int64).integers() == [1, 1])
        #expect(try Tensor.full([2], -1.5).doubles() == [-1.5, -1.5])
        #expect(try Tensor.integers(2..<5).integers() == [2, 3, 4])
        #expect(try Tensor([1.75, -1.75] as [Float]).cast(to: .int64).floats() == [1, -1])
        #expect(try Tensor([1, 3] as [Float]).cast(to: .bfloat16).doubles() == [1, 3])
        #expect(try Tensor.items(of: [Tensor(1), Tensor([2] as [Int64])]) == [1, 2])
        #expect(try Tensor.items(of: []) == [])
    }

    @Test("Views share elements, copies don't")
    func sharing() throws {
        let base = try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
        let view = try base.narrowed(dimension: 0, start: 1, length: 1)
        let copy = try base.copied()
        try view.copy(from: Tensor([8, 9] as [Float], shape: [1, 2]))
        #expect(try base.floats() == [1, 2, 8, 9])
        #expect(try copy.floats() == [1, 2, 3, 4])
    }

    @Test("Comparisons are averaged to shares")
    func comparison() throws {
        let values = try Tensor([-1, 0, 2, 3] as [Float])
        let cases: [(Comparison, Double)] = [
            (.greater, 0.5), (.greaterOrEqual, 0.75), (.less, 0.25), (.lessOrEqual, 0.5), (.equal, 0.25),
        ]
        for (comparison, share) in cases {
            #expect(try values.compared(comparison, to: 0).mean().item() == share)
            #expect(try values.compared(comparison, to: Tensor.zeros([4])).mean().item() == share)
        }
        #expect(try values.compared(.less, to: 0).dtype == .bool)
        #expect(try values.maximum(1).floats() == [1, 1, 2, 3])
        #expect(try values.minimum(1).floats() == [-1, 0, 1, 1])
        #expect(try values.reshaped([2, 2]).indexOfLargest(dimension: 1).integers() == [1, 1])
    }

    @Test("Stacking makes a new dimension")
    func stacking() throws {
        let rows = try [Tensor([1, 2] as [Float]), Tensor([3, 4] as [Float])]
        #expect(try Tensor.stacked(rows).floats() == [1, 2, 3, 4])
        #expect(try Tensor.stacked(rows, dimension: 1).floats() == [1, 3, 2, 4])
    }

    @Test("The norm of many tensors is that of all their elements, in any byte order")
    func norm() throws {
        let images = try Tensor.full([1, 2, 2, 2], 2).contiguous(channelsLast: true)
        let gapped = try Tensor([3, 100, 3, 100] as [Float], shape: [2, 2]).narrowed(dimension: 1, start: 0, length: 1)
        // 8 × 2² + 2 × 3² = 50.
        #expect(isApproximatelyEqual([try ParameterUpdates.norm(of: [images, gapped])], [7.071_067_811_865]))
        #expect(try ParameterUpdates.norm(of: []) == 0)
        #expect(try ParameterUpdates.norm(of: [Tensor([1, .nan] as [Float])]).isNaN)
        #expect(try ParameterUpdates.norm(of: [Tensor([1, .infinity] as [Float])]) == .infinity)
    }

    @Test("A tensor says what it is")
    func description() throws {
        #expect("\(try Tensor.zeros([2, 3]))" == "Tensor(shape: [2, 3], dtype: float32)")
    }
}
