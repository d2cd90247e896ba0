import CTorch

/// Work of a CUDA device that is recorded once and then replayed, without the CPU's naming each kernel again.
///
/// Made on the thread that uses it, whose work on the device goes to the graph's own stream from then on. Not `Sendable`.
package final class DeviceGraph {
    private let handle: gt_graph

    /// Whether there are graphs at all: where libtorch, and this build against it, has CUDA.
    package static var isSupported: Bool { gt_can_record() }

    package init(on device: Device) throws(EngineError) {
        var made = gt_graph()
        try check(gt_graph_new(device.code, &made))
        handle = made
    }

    deinit { gt_graph_free(handle) }

    /// Records what a body tells the device, which isn't done before the first replay.
    ///
    /// The body must neither wait for the device nor copy from or to the CPU. Tensors that it makes and that outlive it are
    /// written by each replay.
    package func record<Result>(_ body: () throws -> Result) throws -> Result {
        try check(gt_graph_begin(handle))
        let result: Result
        do {
            result = try body()
        } catch {
            _ = gt_graph_end(handle)
            throw error
        }
        try check(gt_graph_end(handle))
        return result
    }

    /// Has the device do what was recorded, after all it was told before.
    package func replay() throws(EngineError) {
        try check(gt_graph_replay(handle))
    }
}

@available(*, unavailable)
extension DeviceGraph: Sendable {}
