import TestSupport
import Testing
import Torch

struct GeneratorTests {
    @Test("The same seed gives the same numbers, another seed others")
    func seeds() throws {
        let draw = { (seed: UInt64) in try Tensor.normal([100], generator: RandomSource(seed: seed)).bytes() }
        #expect(try draw(7) == draw(7))
        #expect(try draw(7) != draw(8))
        #expect(try draw(.max) == draw(.max))
    }

    @Test("A restored generator goes on as the first one did")
    func state() throws {
        let first = try RandomSource(seed: 3)
        // An odd number: the state then holds half a pair of normal numbers, too.
        _ = try Tensor.normal([5], generator: first)
        let state = try first.state()
        let second = try RandomSource(seed: 99)
        try second.restore(state)
        for _ in 0..<3 {
            #expect(
                try Tensor.normal([3], generator: first).bytes() == Tensor.normal([3], generator: second).bytes())
            #expect(
                try Tensor.uniform([40], generator: first).bytes() == Tensor.uniform([40], generator: second).bytes())
        }
        #expect(try first.state() == second.state())
    }

    /// Numbers in 0..<2 come from libtorch's own loop, and halving them is exact.
    @Test(
        "Numbers drawn many at once are those that libtorch draws one by one",
        arguments: [[1], [623], [624], [625], [1, 623, 1, 624, 5], [5_000, 3, 1_248]])
    func manyAtOnce(_ counts: [Int]) throws {
        let (first, second) = (try RandomSource(seed: 17), try RandomSource(seed: 17))
        for count in counts {
            let many = try Tensor.uniform([count], generator: first).floats()
            let each = try Tensor.uniform([count], lower: 0, upper: 2, generator: second).floats()
            #expect(many == each.map { $0 / 2 })
            #expect(try first.state() == second.state())
            for generator in [first, second] { _ = try Tensor.normal([3], generator: generator) }
        }
    }

    @Test("Generators of several threads don't disturb each other")
    func independence() async throws {
        @Sendable func draw() throws -> [UInt8] {
            let generator = try RandomSource(seed: 11)
            return try (0..<20).flatMap { _ in try Tensor.normal([50], generator: generator).bytes() }
        }
        let expected = try draw()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 { group.addTask { try draw() == expected } }
            for try await same in group { #expect(same) }
        }
    }

    @Test("Draws have the mean, spread and range asked for")
    func distributions() throws {
        let generator = try RandomSource(seed: 5)
        let normal = try Tensor.normal([100_000], mean: 3, standardDeviation: 2, generator: generator)
        let mean = try normal.mean().item()
        #expect(abs(mean - 3) < 0.03)
        #expect(abs(try (normal - mean).squared().mean().item() - 4) < 0.08)
        let uniform = try Tensor.uniform([100_000], lower: -2, upper: 4, generator: generator)
        #expect(try uniform.smallest().item() >= -2)
        #expect(try uniform.largest().item() < 4)
        #expect(abs(try uniform.mean().item() - 1) < 0.03)
    }
}
