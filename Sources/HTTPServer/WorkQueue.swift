import Dispatch
import Synchronization

/// A bounded number of threads for work that may block, with a bounded number of pieces waiting for them.
///
/// It consists of serial queues, since only these get threads of their own on Linux: a concurrent queue shares the
/// global pool, and long computations elsewhere in the process can hold all of the pool's threads at once.
package final class WorkQueue: Sendable {
    package typealias Work = @Sendable () -> Void

    private struct State {
        var idleLanes: [DispatchQueue]
        var waiting: [Work] = []
        /// The index of the first piece in `waiting` that hasn't been taken.
        var next = 0
        var admitted = 0

        mutating func takeNext() -> Work? {
            guard next < waiting.count else { return nil }
            let work = waiting[next]
            next += 1
            if next == waiting.count || next >= 1024 {
                waiting.removeFirst(next)
                next = 0
            }
            return work
        }
    }

    private let state: Mutex<State>
    private let limit: Int
    private let group = DispatchGroup()

    /// - Parameters:
    ///   - width: how many pieces of work run at once.
    ///   - limit: how many more may wait; nil for no limit.
    package init(label: String, width: Int, limit: Int?) {
        let lanes = (0..<max(1, width)).map { DispatchQueue(label: "\(label).\($0)") }
        state = Mutex(State(idleLanes: lanes))
        self.limit = limit.map { $0 + lanes.count } ?? .max
    }

    /// How many pieces run or wait.
    package var count: Int { state.withLock { $0.admitted } }

    /// Reserves a place, which a call of `run` must then use.
    ///
    /// - Returns: false where none is free.
    package func reserve() -> Bool {
        state.withLock { state in
            guard state.admitted < limit else { return false }
            state.admitted += 1
            return true
        }
    }

    /// Frees the place that `reserve` took.
    package func cancelReservation() {
        state.withLock { $0.admitted -= 1 }
    }

    /// Runs work whether or not a place is free, for work that must be done in any case.
    package func runUnbounded(_ work: @escaping Work) {
        state.withLock { $0.admitted += 1 }
        run(work)
    }

    /// Runs work in the place that `reserve` took.
    package func run(_ work: @escaping Work) {
        group.enter()
        let lane: DispatchQueue? = state.withLock { state in
            if let lane = state.idleLanes.popLast() { return lane }
            state.waiting.append(work)
            return nil
        }
        lane?.async { self.drain(beginningWith: work, on: lane) }
    }

    /// Waits until nothing runs or waits.
    ///
    /// - Returns: false where that took longer than `timeout`.
    package func waitUntilIdle(timeout: Duration) -> Bool {
        group.wait(timeout: .now() + .nanoseconds(Int(clamping: timeout.nanoseconds))) == .success
    }

    private func drain(beginningWith work: @escaping Work, on lane: DispatchQueue?) {
        var current: Work? = work
        while let work = current {
            work()
            current = state.withLock { state in
                state.admitted -= 1
                if let next = state.takeNext() { return next }
                if let lane { state.idleLanes.append(lane) }
                return nil
            }
            group.leave()
        }
    }
}
