import Adversarial
import Dispatch
import Synchronization

/// Which generator: a model's weights at a step are the same wherever they come from.
struct SnapshotKey: Sendable, Equatable {
    var model: String
    var step: Int
}

/// A thread that draws samples, and the requests that wait for it.
///
/// One long block on one queue: libtorch's threads belong to the thread that asks, and samplers to one thread at a time.
/// A request is drawn in turns, behind those that wait, so that a long one holds up a short one by a turn at most. Every
/// sample's bytes are the same whoever else asks, since the generator runs in full tiles of one request's samples.
final class SamplingLane: Sendable {
    /// The part that the thread holds on to, so that the lane itself can go.
    private final class Requests: Sendable {
        private let waiting = Mutex<(turns: [Turn], isClosed: Bool)>(([], false))
        private let available = DispatchSemaphore(value: 0)

        func add(_ turn: Turn) {
            let isClosed = waiting.withLock { waiting in
                if !waiting.isClosed { waiting.turns.append(turn) }
                return waiting.isClosed
            }
            if isClosed { turn.finish(.failure(JobsError.shuttingDown)) } else { available.signal() }
        }

        func close() {
            waiting.withLock { $0.isClosed = true }
            available.signal()
        }

        /// Waits for the next one; `nil` once the lane is closed and nothing waits.
        func next() -> Turn? {
            while true {
                available.wait()
                let (turn, isClosed) = waiting.withLock { waiting in
                    (waiting.turns.isEmpty ? nil : waiting.turns.removeFirst(), waiting.isClosed)
                }
                if let turn { return turn }
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
    init(capacity: Int, turn: Int) {
        self.turn = max(1, turn)
        DispatchQueue(label: "gand.sampling").async { [requests] in Self.draw(requests, capacity: capacity) }
    }

    deinit {
        requests.close()
    }

    /// Finishes what waits, and refuses what comes later.
    func close() {
        requests.close()
    }

    /// Draws a part of a request's samples; blocks until it is there.
    ///
    /// - Parameter isAbandoned: asked between turns.
    /// - Throws: `SampleRequestError`, `CheckpointError`, `EngineError`; `JobsError` where it was abandoned.
    func samples(
        from generator: SampledGenerator, _ request: SampleRequest, range: Range<Int>, isAbandoned: () -> Bool
    ) throws -> SampleBlock {
        var drawn: SampleBlock?
        var lower = range.lowerBound
        repeat {
            if isAbandoned() { throw JobsError.abandoned }
            // Turns end at multiples of the turn, hence of the tile, so that no tile is drawn twice.
            let upper = min(range.upperBound, (lower / turn + 1) * turn)
            let part = Turn(generator, request, lower..<upper)
            requests.add(part)
            let block = try part.wait()
            if drawn == nil { drawn = block } else { drawn?.append(block) }
            lower = upper
        } while lower < range.upperBound
        guard let drawn else { throw JobsError.shuttingDown }
        return drawn
    }

    private static func draw(_ requests: Requests, capacity: Int) {
        var samplers = RecentlyUsed<SnapshotKey, Sampler>(capacity: capacity)
        while let turn = requests.next() {
            turn.finish(
                Result {
                    let key = SnapshotKey(model: turn.generator.model, step: turn.generator.step)
                    let sampler = try samplers.value(key) ?? Sampler(turn.generator.snapshot)
                    samplers.insert(sampler, for: key)
                    return try sampler.samples(turn.request, range: turn.range)
                })
        }
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
