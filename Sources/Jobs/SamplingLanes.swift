package import Adversarial
import Dispatch
import Glibc
package import Store
import Synchronization
import Torch

/// Which generator: after a roll back a model comes to a step again, with other weights at another time.
package struct SnapshotKey: Sendable, Equatable {
    package var model: String
    package var step: Int
    /// When the checkpoint was written, or the snapshot published.
    package var madeAt: Timestamp
}

/// Threads that draw samples for the requests that wait.
///
/// Each is one long block on a queue of its own and computes alone, since libtorch's settings belong to the thread that
/// asks. A request is drawn in turns of a few tiles, a few of them ahead, and after those that wait, so that a long one
/// holds up a short one by no more than these. Turns of less than a tile of one generator are drawn together. Every sample's
/// bytes are the same whoever else asks, which `Sampler` sees to.
package final class SamplingLanes: Sendable {
    /// How the threads work.
    package struct Pace: Sendable {
        /// Threads that draw.
        package var threads = 1
        /// Samplers kept ready.
        package var capacity = 8
        /// Seconds without a request after which no sampler is kept.
        package var patience = 60.0
        /// Samples of several requests that are drawn together at most.
        package var batch = 256
        /// Seconds that a smaller batch waits for more requests.
        package var delay = 0.0

        package init() {}
    }

    private let requests = SamplingQueue()
    /// Turns of one request that wait or are drawn at most: some for each thread, so that none waits for the reader.
    private let turnsAhead: Int

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - didDraw: told of how many requests were drawn together and of their samples, each time.
    ///   - didChange: told of the samplers that are kept ready, on a thread that draws.
    package init(
        _ pace: Pace, didDraw: @escaping @Sendable (_ requests: Int, _ samples: Int) -> Void = { _, _ in },
        didChange: @escaping @Sendable ([SnapshotKey]) -> Void = { _ in }
    ) {
        let threads = max(1, pace.threads)
        turnsAhead = 2 * threads
        let lane = SamplingLane(requests, pace, didDraw, didChange)
        for number in 0..<threads {
            DispatchQueue(label: "gand.sampling.\(number)").async { lane.work() }
        }
    }

    deinit {
        requests.close()
    }

    /// Finishes what waits, and refuses what comes later.
    package func close() {
        requests.close()
    }

    /// Lets go of all samplers of a model that is gone; returns at once.
    package func forget(model: String) {
        _ = requests.add(.forget(model: model))
    }

    /// The samples of a part of a request, to be taken piece by piece.
    ///
    /// - Parameters:
    ///   - isAbandoned: asked when a turn comes, on the thread that draws.
    ///   - make: makes a piece of a block, on the thread that drew it.
    package func samples<Piece>(
        from generator: SampledGenerator, _ request: SampleRequest, range: Range<Int>,
        isAbandoned: @escaping @Sendable () -> Bool, make: @escaping @Sendable (SampleBlock) throws -> Piece
    ) -> SamplePieces<Piece> {
        SamplePieces(
            requests, generator, request, range, ahead: turnsAhead, isAbandoned: isAbandoned, make: make)
    }
}

/// What each thread that draws does, and the samplers that they share.
private final class SamplingLane: Sendable {
    private struct State {
        var samplers: RecentlyUsed<SnapshotKey, ReadySampler>
        var lastUse = DispatchTime.now()
    }

    private struct ReadySampler {
        let sampler: Sampler
        let isLive: Bool
    }

    private let requests: SamplingQueue
    private let pace: SamplingLanes.Pace
    private let didDraw: @Sendable (Int, Int) -> Void
    private let didChange: @Sendable ([SnapshotKey]) -> Void
    private let state: Mutex<State>

    init(
        _ requests: SamplingQueue, _ pace: SamplingLanes.Pace, _ didDraw: @escaping @Sendable (Int, Int) -> Void,
        _ didChange: @escaping @Sendable ([SnapshotKey]) -> Void
    ) {
        self.requests = requests
        self.pace = pace
        self.didDraw = didDraw
        self.didChange = didChange
        state = Mutex(State(samplers: RecentlyUsed(capacity: pace.capacity)))
    }

    /// Draws until the queue is closed.
    func work() {
        // Behind the threads of jobs, which would otherwise lose a third of their time to a long request, and those that send.
        // On Linux the calling thread's own (setpriority(2)).
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 5)
        while let work = requests.next(patience: state.withLock { $0.samplers.isEmpty } ? nil : pace.patience) {
            switch work {
            case .draw(let turn):
                draw(
                    turn.isShort ? requests.batch(with: turn, samples: pace.batch, until: .now() + pace.delay) : [turn])
            case .forget(let model):
                state.withLock { $0.samplers.removeAll { key, _ in key.model == model } }
                Engine.trimMemory()
            case .rest:
                state.withLock { state in
                    // Another thread may have drawn meanwhile.
                    if state.lastUse + pace.patience <= .now() { state.samplers.removeAll { _, _ in true } }
                }
                Engine.trimMemory()
            }
            didChange(
                state.withLock { state in
                    if case .draw = work { state.lastUse = .now() }
                    return state.samplers.keys
                })
        }
    }

    /// Draws turns of one generator together, but for those that nobody waits for any more or that it can't serve.
    private func draw(_ turns: [SamplingTurn]) {
        var wanted: [SamplingTurn] = []
        for turn in turns {
            if turn.isAbandoned { turn.finish(.failure(JobsError.abandoned)) } else { wanted.append(turn) }
        }
        guard let first = wanted.first else { return }
        do {
            let sampler = try sampler(of: first)
            wanted.removeAll { turn in
                do {
                    try sampler.check(turn.request, range: turn.range)
                    return false
                } catch {
                    turn.finish(.failure(error))
                    return true
                }
            }
            guard !wanted.isEmpty else { return }
            let blocks = try sampler.samples(wanted.map { SamplePart(request: $0.request, range: $0.range) })
            didDraw(wanted.count, blocks.reduce(0) { $0 + $1.count })
            for (turn, block) in zip(wanted, blocks) { turn.finish(.success(block)) }
        } catch {
            for turn in wanted { turn.finish(.failure(error)) }
        }
    }

    private func sampler(of turn: SamplingTurn) throws -> Sampler {
        let (generator, key) = (turn.generator, turn.key)
        // Made within the lock, so that two threads don't both make it.
        return try state.withLock { state in
            let ready =
                try state.samplers.value(key)
                ?? ReadySampler(sampler: Sampler(generator.snapshot), isLive: generator.isLive)
            // Of a running job only the newest generator is asked for again.
            if generator.isLive { state.samplers.removeAll { $0.model == key.model && $1.isLive && $0 != key } }
            state.samplers.insert(ready, for: key)
            return ready.sampler
        }
    }
}
