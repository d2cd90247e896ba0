import Dispatch
import Synchronization

/// What waits for the threads that draw samples.
final class SamplingQueue: Sendable {
    /// What a thread is to do next.
    enum Work: Sendable {
        case draw(SamplingTurn)
        case forget(model: String)
        /// Nothing was asked for a while.
        case rest
    }

    private let waiting = Mutex<(work: [Work], isClosed: Bool)>(([], false))
    private let available = DispatchSemaphore(value: 0)

    /// Adds to the queue; `false` once it is closed.
    func add(_ work: Work) -> Bool {
        let isClosed = waiting.withLock { waiting in
            if !waiting.isClosed { waiting.work.append(work) }
            return waiting.isClosed
        }
        if !isClosed { available.signal() }
        return !isClosed
    }

    /// Refuses what comes later.
    func close() {
        waiting.withLock { $0.isClosed = true }
        available.signal()
    }

    /// Takes out short turns of the same generator as a first one, in their order, as long as all together draw no more than
    /// a number of samples; waits for more of them until a time.
    func batch(with first: SamplingTurn, samples limit: Int, until end: DispatchTime) -> [SamplingTurn] {
        var turns = [first]
        var count = first.range.count
        while count < limit {
            let isClosed = waiting.withLock { waiting in
                waiting.work.removeAll { work in
                    guard case .draw(let turn) = work, turn.key == first.key, turn.isShort,
                        count + turn.range.count <= limit
                    else { return false }
                    count += turn.range.count
                    turns.append(turn)
                    return true
                }
                return waiting.isClosed
            }
            if isClosed || count >= limit || available.wait(timeout: end) == .timedOut { break }
        }
        // What it waited for may have been the signal of other work, for which another thread is waiting.
        if waiting.withLock({ !$0.work.isEmpty || $0.isClosed }) { available.signal() }
        return turns
    }

    /// Waits for what comes next; `nil` once the queue is closed and nothing waits.
    ///
    /// - Parameter patience: seconds after which it is time to rest; `nil` waits for ever.
    func next(patience: Double?) -> Work? {
        // A signal may be left of work that was taken out with other work, so it says only that it is worth looking.
        while true {
            let (work, isClosed) = waiting.withLock { waiting in
                (waiting.work.isEmpty ? nil : waiting.work.removeFirst(), waiting.isClosed)
            }
            if let work { return work }
            if isClosed {
                // The other threads are to see it too.
                available.signal()
                return nil
            }
            if available.wait(timeout: patience.map { .now() + $0 } ?? .distantFuture) == .timedOut { return .rest }
        }
    }
}
