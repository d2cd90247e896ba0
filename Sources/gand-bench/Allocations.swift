import CAllocationCount
import Torch

/// What the process has asked for in memory so far.
struct Allocations {
    /// Blocks of the C library's heap.
    private let heapBlocks: Int
    /// Bytes of it in use.
    private let heapBytes: Int
    private let engine: MemoryStatistics

    static var now: Allocations {
        Allocations(
            heapBlocks: Int(ca_allocations()), heapBytes: Int(ca_heap_bytes()), engine: Engine.memory)
    }

    /// What was asked for a round since `earlier`, and what of it is still held after all rounds.
    func since(_ earlier: Allocations, rounds: Int) -> [(String, Double)] {
        let asked = engine.requests - earlier.engine.requests
        let cached = engine.requestsFromCache - earlier.engine.requestsFromCache
        return [
            ("heap_allocations", Double(heapBlocks - earlier.heapBlocks) / Double(rounds)),
            ("tensor_blocks", Double(asked) / Double(rounds)),
            ("tensor_blocks_from_system", Double(asked - cached) / Double(rounds)),
            ("heap_grew_bytes", Double(heapBytes - earlier.heapBytes)),
            ("tensors_grew_bytes", Double(engine.liveBytes - earlier.engine.liveBytes)),
        ]
    }
}
