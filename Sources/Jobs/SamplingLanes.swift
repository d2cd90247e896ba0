package import Adversarial
import Dispatch
import Synchronization

/// Which generator: a model's weights at a step are the same wherever they come from.
package struct SnapshotKey: Sendable, Equatable {
    package var model: String
    package var step: Int
}

/// A thread that draws samples, and the requests that wait for it.
///
/// One long block on one queue: libtorch's threads belong to the thread that asks, and samplers to one thread at a time.
/// A request is drawn in turns, behind those that wait, so that a long one holds up a short one by a turn at most. Short turns
/// of one generator are drawn together. Every sample's bytes are the same whoever else asks, which `Sampler` sees to.
package final class SamplingLane: Sendable {
    /// What the thread is to do next.
    private enum Work: Sendable {
        case draw(Turn)
        case forget(model: String)
        /// Nothing was asked for a while.
        case rest
    }

    /// The part that the thread holds on to, so that the lane itself can go.
    private final class Requests: Sendable {
        private let waiting = Mutex<(work: [Work], isClosed: Bool)>(([], false))
        private let available = DispatchSemaphore(value: 0)

        /// Adds to the queue; `false` once the lane is closed.
        func add(_ work: Work) -> Bool {
            let isClosed = waiting.withLock { waiting in
                if !waiting.isClosed { waiting.work.append(work) }
                return waiting.isClosed
            }
            if !isClosed { available.signal() }
            return !isClosed
        }

        func close() {
            waiting.withLock { $0.isClosed = true }
            available.signal()
        }

        /// Takes out turns of the same generator as a first one, in their order, as long as all together draw no more than a
        /// number of samples; waits for more of them until a time.
        func company(of first: Turn, samples limit: Int, until end: DispatchTime) -> [Turn] {
            var turns = [first]
            var count = first.range.count
            while count < limit {
                waiting.withLock { waiting in
                    waiting.work.removeAll { work in
                        guard case .draw(let turn) = work, turn.key == first.key, count + turn.range.count <= limit
                        else { return false }
                        count += turn.range.count
                        turns.append(turn)
                        return true
                    }
                }
                if count >= limit || available.wait(timeout: end) == .timedOut { break }
                if waiting.withLock({ $0.isClosed }) { break }
            }
            return turns
        }

        /// Waits for what comes next; `nil` once the lane is closed and nothing waits.
        ///
        /// - Parameter patience: seconds after which it is time to rest; `nil` waits for ever.
        func next(patience: Double?) -> Work? {
            // A signal may be left of work that was taken out with other work, so it says only that it is worth looking.
            while true {
                let (work, isClosed) = waiting.withLock { waiting in
                    (waiting.work.isEmpty ? nil : waiting.work.removeFirst(), waiting.isClosed)
                }
                if let work { return work }
                if isClosed { return nil }
                if available.wait(timeout: patience.map { .now() + $0 } ?? .distantFuture) == .timedOut { return .rest }
            }
        }
    }

    /// A part of a request that is drawn at once.
    private final class Turn: Sendable {
        let generator: SampledGenerator
        let request: SampleRequest
        let range: Range<Int>
        let isAbandoned: @Sendable () -> Bool
        private let result = Mutex<Result<SampleBlock, any Error>?>(nil)
        private let done = DispatchSemaphore(value: 0)

        init(
            _ generator: SampledGenerator, _ request: SampleRequest, _ range: Range<Int>,
            _ isAbandoned: @escaping @Sendable () -> Bool
        ) {
            self.generator = generator
            self.request = request
            self.range = range
            self.isAbandoned = isAbandoned
        }

        var key: SnapshotKey { SnapshotKey(model: generator.model, step: generator.step) }

        func finish(_ result: Result<SampleBlock, any Error>) {
            self.result.withLock { $0 = result }
            done.signal()
        }

        func wait() throws -> SampleBlock {
            done.wait()
            guard let result = result.withLock({ $0 }) else { throw JobsError.shuttingDown }
            return try result.get()
        }
    }

    private let requests = Requests()
    private let turn: Int

    /// How the thread works.
    package struct Pace: Sendable {
        /// Samplers kept ready.
        package var capacity = 8
        /// Samples drawn before another request has its turn.
        package var turn = 2048
        /// Seconds without a request after which no sampler is kept.
        package var patience = 60.0
        /// Samples of several requests that are drawn together at most.
        package var batch = 256
        /// Seconds that a smaller batch waits for more requests.
        package var delay = 0.0

        package init() {}
    }

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - didDraw: told of the requests that were drawn together, each time.
    ///   - didChange: told of the samplers that are kept ready, on the thread that draws.
    package init(
        _ pace: Pace, didDraw: @escaping @Sendable (_ requests: Int) -> Void = { _ in },
        didChange: @escaping @Sendable ([SnapshotKey]) -> Void = { _ in }
    ) {
        turn = max(1, pace.turn)
        DispatchQueue(label: "gand.sampling").async { [requests] in
            Self.work(on: requests, pace, didDraw, didChange)
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

    /// Draws a part of a request's samples; blocks until it is there.
    ///
    /// - Parameter isAbandoned: asked when a turn comes, on the thread that draws.
    /// - Throws: `SampleRequestError`, `CheckpointError`, `EngineError`; `JobsError` where it was abandoned.
    package func samples(
        from generator: SampledGenerator, _ request: SampleRequest, range: Range<Int>,
        isAbandoned: @escaping @Sendable () -> Bool
    ) throws -> SampleBlock {
        var drawn: SampleBlock?
        var lower = range.lowerBound
        repeat {
            // Turns end at multiples of the turn, hence of the tile, so that no tile is drawn twice.
            let upper = min(range.upperBound, (lower / turn + 1) * turn)
            let part = Turn(generator, request, lower..<upper, isAbandoned)
            guard requests.add(.draw(part)) else { throw JobsError.shuttingDown }
            let block = try part.wait()
            if drawn == nil { drawn = block } else { drawn?.append(block) }
            lower = upper
        } while lower < range.upperBound
        guard let drawn else { throw JobsError.shuttingDown }
        return drawn
    }

    private static func work(
        on requests: Requests, _ pace: Pace, _ didDraw: (Int) -> Void, _ didChange: ([SnapshotKey]) -> Void
    ) {
        var samplers = RecentlyUsed<SnapshotKey, ReadySampler>(capacity: pace.capacity)
        while let work = requests.next(patience: samplers.isEmpty ? nil : pace.patience) {
            switch work {
            case .draw(let turn):
                let turns = requests.company(of: turn, samples: pace.batch, until: .now() + pace.delay)
                draw(turns, &samplers, didDraw)
            case .forget(let model): samplers.removeAll { key, _ in key.model == model }
            case .rest: samplers.removeAll { _, _ in true }
            }
            didChange(samplers.keys)
        }
    }

    /// Draws turns of one generator together, but for those that nobody waits for any more or that it can't serve.
    private static func draw(
        _ turns: [Turn], _ samplers: inout RecentlyUsed<SnapshotKey, ReadySampler>, _ didDraw: (Int) -> Void
    ) {
        var wanted: [Turn] = []
        for turn in turns {
            if turn.isAbandoned() { turn.finish(.failure(JobsError.abandoned)) } else { wanted.append(turn) }
        }
        guard let first = wanted.first else { return }
        do {
            let sampler = try sampler(of: first, &samplers)
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
            didDraw(wanted.count)
            let blocks = try sampler.samples(wanted.map { SamplePart(request: $0.request, range: $0.range) })
            for (turn, block) in zip(wanted, blocks) { turn.finish(.success(block)) }
        } catch {
            for turn in wanted { turn.finish(.failure(error)) }
        }
    }

    private static func sampler(
        of turn: Turn, _ samplers: inout RecentlyUsed<SnapshotKey, ReadySampler>
    ) throws -> Sampler {
        let (generator, key) = (turn.generator, turn.key)
        let ready =
            try samplers.value(key)
            ?? ReadySampler(sampler: Sampler(generator.snapshot), isLive: generator.isLive)
        // Of a running job only the newest generator is asked for again.
        if generator.isLive { samplers.removeAll { $0.model == key.model && $1.isLive && $0 != key } }
        samplers.insert(ready, for: key)
        return ready.sampler
    }

    private struct ReadySampler {
        let sampler: Sampler
        let isLive: Bool
    }
}

extension SampleBlock {
    /// Adds the samples that follow in the same request.
    fileprivate mutating func append(_ next: SampleBlock) {
        count += next.count
        classes = classes.map { $0 + (next.classes ?? []) }
        switch (values, next.values) {
        case (.images(var pixels), .images(let more)):
            values = .images([])
            pixels += more
            values = .images(pixels)
        case (.points(var points), .points(let more)):
            values = .points([])
            points += more
            values = .points(points)
        default:
            preconditionFailure("one sampler makes values of one kind")
        }
    }
}
