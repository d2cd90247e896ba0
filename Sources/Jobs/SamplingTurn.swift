import Adversarial
import Synchronization

/// Whether anybody still waits for a request; once nobody does, nobody will.
final class SamplingInterest: Sendable {
    private let isAbandoned: @Sendable () -> Bool
    private let hasEnded = Atomic(false)

    init(isAbandoned: @escaping @Sendable () -> Bool) {
        self.isAbandoned = isAbandoned
    }

    /// Asks whether it was given up, as long as that isn't known.
    var isLost: Bool {
        if !hasEnded.load(ordering: .relaxed), isAbandoned() { end() }
        return hasEnded.load(ordering: .relaxed)
    }

    func end() {
        hasEnded.store(true, ordering: .relaxed)
    }
}

/// A part of a request that is drawn at once.
final class SamplingTurn: Sendable {
    let generator: SampledGenerator
    let request: SampleRequest
    let range: Range<Int>
    /// Takes what was drawn, or why nothing was; called once, on the thread that draws.
    let finish: @Sendable (Result<SampleBlock, any Error>) -> Void
    private let interest: SamplingInterest

    init(
        _ generator: SampledGenerator, _ request: SampleRequest, _ range: Range<Int>, _ interest: SamplingInterest,
        finish: @escaping @Sendable (Result<SampleBlock, any Error>) -> Void
    ) {
        self.generator = generator
        self.request = request
        self.range = range
        self.interest = interest
        self.finish = finish
    }

    var key: SnapshotKey { generator.key }

    /// Whether it leaves room in a tile for others.
    var isShort: Bool { range.count < generator.snapshot.tileSize }

    /// Whether nobody waits for it any more.
    var isAbandoned: Bool { interest.isLost }
}
