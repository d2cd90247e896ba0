import Adversarial
import Dispatch
import Synchronization

/// The samples of a request, piece by piece, each made of a block of them: while one is used, the next ones are made.
///
/// However many there are, a few pieces are held. What is still to be drawn when it is let go of isn't.
package final class SamplePieces<Piece: Sendable>: Sendable {
    private struct State {
        /// Where the turns that were begun end.
        var end: Int
        var coming: [Coming] = []
    }

    /// A piece that a thread makes and another waits for.
    private final class Coming: Sendable {
        private let result = Mutex<Result<Piece, any Error>?>(nil)
        private let isThere = DispatchSemaphore(value: 0)

        func fulfil(_ result: Result<Piece, any Error>) {
            self.result.withLock { $0 = result }
            isThere.signal()
        }

        func wait() throws -> Piece {
            isThere.wait()
            guard let result = result.withLock({ $0.take() }) else { throw JobsError.shuttingDown }
            return try result.get()
        }
    }

    private let queue: SamplingQueue
    private let generator: SampledGenerator
    private let request: SampleRequest
    private let range: Range<Int>
    private let ahead: Int
    private let interest: SamplingInterest
    private let make: @Sendable (SampleBlock) throws -> Piece
    private let state: Mutex<State>

    /// - Parameters:
    ///   - ahead: pieces that are under way at most.
    ///   - make: called on a thread that draws.
    init(
        _ queue: SamplingQueue, _ generator: SampledGenerator, _ request: SampleRequest, _ range: Range<Int>,
        ahead: Int, isAbandoned: @escaping @Sendable () -> Bool, make: @escaping @Sendable (SampleBlock) throws -> Piece
    ) {
        self.queue = queue
        self.generator = generator
        self.request = request
        self.range = range
        self.ahead = ahead
        self.make = make
        interest = SamplingInterest(isAbandoned: isAbandoned)
        state = Mutex(State(end: range.lowerBound))
    }

    deinit {
        interest.end()
    }

    /// The piece after the last one, or `nil` after the last of all; blocks until it is there.
    ///
    /// One thread at a time.
    ///
    /// - Throws: `SampleRequestError`, `CheckpointError`, `EngineError`; `JobsError` where nobody waits any more or the
    ///   server ends; what making the piece throws.
    package func next() throws -> Piece? {
        let piece = try state.withLock { state in
            while state.coming.count < ahead, state.end < range.upperBound { try begin(&state) }
            return state.coming.isEmpty ? nil : state.coming.removeFirst()
        }
        return try piece?.wait()
    }

    private func begin(_ state: inout State) throws {
        // Turns end at multiples of the turn, hence of the tile, so that no tile is drawn twice.
        let size = generator.snapshot.turnSize
        let end = min(range.upperBound, (state.end / size + 1) * size)
        let coming = Coming()
        let turn = SamplingTurn(generator, request, state.end..<end, interest) { [make] drawn in
            coming.fulfil(Result { try make(drawn.get()) })
        }
        guard queue.add(.draw(turn)) else { throw JobsError.shuttingDown }
        state.coming.append(coming)
        state.end = end
    }
}
