import Synchronization

/// What a worker is asked to do at the next step; raised by anyone, lowered by none.
package final class StopSignal: Sendable {
    private let stop = Atomic(false)
    private let handBack = Atomic(false)

    package init() {}

    /// Asks for the job's end.
    package func requestStop() { stop.store(true, ordering: .releasing) }

    /// Asks for the job back, so that another process can go on with it.
    package func requestHandBack() { handBack.store(true, ordering: .releasing) }

    /// How the worker should end now; a stop counts more than a hand-back.
    package var requested: TrainingEnd? {
        if stop.load(ordering: .acquiring) { return .stopped }
        return handBack.load(ordering: .acquiring) ? .handedBack : nil
    }
}
