import CTorch

/// A source of random numbers on the CPU (Mersenne twister), of one job's own.
///
/// The same state gives the same numbers. Not `Sendable`: one thread at a time.
package final class RandomSource {
    let handle: gt_generator

    package init(seed: UInt64) throws(EngineError) {
        var result = gt_generator()
        try check(gt_generator_new(seed, &result))
        handle = result
    }

    deinit {
        gt_generator_free(handle)
    }

    /// Everything that determines the numbers to come, as libtorch's opaque bytes (about 5 kB).
    package func state() throws(EngineError) -> [UInt8] {
        var length = 0
        try check(gt_generator_state_size(handle, &length))
        var bytes = [UInt8](repeating: 0, count: length)
        try check(gt_generator_state(handle, &bytes, length))
        return bytes
    }

    /// Goes back to a state that `state()` gave.
    /// - Throws: `EngineError` where the bytes aren't such a state.
    package func restore(_ state: [UInt8]) throws(EngineError) {
        try check(gt_generator_restore(handle, state, state.count))
    }
}

@available(*, unavailable)
extension RandomSource: Sendable {}
