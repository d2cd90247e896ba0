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
/// A request is drawn in turns, behind those that wait, so that a long one holds up a short one by a turn at most. Every
/// sample's bytes are the same whoever else asks, since the generator runs in full tiles of one request's samples.
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

        /// Waits for what comes next; `nil` once the lane is closed and nothing waits.
        ///
        /// - Parameter patience: seconds after which it is time to rest; `nil` waits for ever.
        func next(patience: Double?) -> Work? {
            while true {
                if available.wait(timeout: patience.map { .now() + $0 } ?? .distantFuture) == .timedOut { return .rest }
                let (work, isClosed) = waiting.withLock { waiting in
                    (waiting.work.isEmpty ? nil : waiting.work.removeFirst(), waiting.isClosed)
                }
                if let work { return work }
                if isClosed { return nil }
            }
        }
    }

    /// A part of a request that is drawn at once.
    private final class Turn: Sendable {
        let generator: SampledGenerator
        let request: SampleRequest
        let range: Range<Int>
        private let result = Mutex<Result<SampleBlock, any Error>?>(nil)
        private let done = DispatchSemaphore(value: 0)

        init(_ generator: SampledGenerator, _ request: SampleRequest, _ range: Range<Int>) {
            self.generator = generator
            self.request = request
            self.range = range
        }

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

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - capacity: samplers kept ready.
    ///   - turn: samples drawn before another request has its turn.
    ///   - patience: seconds without a request after which no sampler is kept.
    ///   - didChange: told of the samplers that are kept ready, on the thread that draws.
    package init(
        capacity: Int, turn: Int, patience: Double, didChange: @escaping @Sendable ([SnapshotKey]) -> Void = { _ in }
    ) {
        self.turn = max(1, turn)
        DispatchQueue(label: "gand.sampling").async { [requests] in
            Self.work(on: requests, capacity: capacity, patience: patience, didChange)
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
    /// - Parameter isAbandoned: asked between turns.
    /// - Throws: `SampleRequestError`, `CheckpointError`, `EngineError`; `JobsError` where it was abandoned.
    package func samples(
        from generator: SampledGenerator, _ request: SampleRequest, range: Range<Int>, isAbandoned: () -> Bool
    ) throws -> SampleBlock {
        var drawn: SampleBlock?
        var lower = range.lowerBound
        repeat {
            if isAbandoned() { throw JobsError.abandoned }
            // Turns end at multiples of the turn, hence of the tile, so that no tile is drawn twice.
            let upper = min(range.upperBound, (lower / turn + 1) * turn)
            let part = Turn(generator, request, lower..<upper)
            guard requests.add(.draw(part)) else { throw JobsError.shuttingDown }
            let block = try part.wait()
            if drawn == nil { drawn = block } else { drawn?.append(block) }
            lower = upper
        } while lower < range.upperBound
        guard let drawn else { throw JobsError.shuttingDown }
        return drawn
    }

    private static func work(
        on requests: Requests, capacity: Int, patience: Double, _ didChange: ([SnapshotKey]) -> Void
    ) {
        var samplers = RecentlyUsed<SnapshotKey, ReadySampler>(capacity: capacity)
        while let work = requests.next(patience: samplers.isEmpty ? nil : patience) {
            switch work {
            case .draw(let turn): turn.finish(Result { try draw(turn, &samplers) })
            case .forget(let model): samplers.removeAll { key, _ in key.model == model }
            case .rest: samplers.removeAll { _, _ in true }
            }
            didChange(samplers.keys)
        }
    }

    private static func draw(
        _ turn: Turn, _ samplers: inout RecentlyUsed<SnapshotKey, ReadySampler>
    ) throws -> SampleBlock {
        let generator = turn.generator
        let key = SnapshotKey(model: generator.model, step: generator.step)
        let ready =
            try samplers.value(key)
            ?? ReadySampler(sampler: Sampler(generator.snapshot), isLive: generator.isLive)
        // Of a running job only the newest generator is asked for again.
        if generator.isLive { samplers.removeAll { $0.model == key.model && $1.isLive && $0 != key } }
        samplers.insert(ready, for: key)
        return try ready.sampler.samples(turn.request, range: turn.range)
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
