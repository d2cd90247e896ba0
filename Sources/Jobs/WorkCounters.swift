import Synchronization

/// What workers and the sampler have done since the process began.
package final class WorkCounters: Sendable {
    private let stepNanoseconds = Atomic<Int>(0)
    private let stepCount = Atomic<Int>(0)
    private let sampleCount = Atomic<Int>(0)
    private let batchCount = Atomic<Int>(0)
    private let batchedCount = Atomic<Int>(0)
    private let checkpointCount = Atomic<Int>(0)

    /// Training steps of all jobs.
    package var steps: Int { stepCount.load(ordering: .relaxed) }

    /// The time those steps took, in seconds.
    package var stepSeconds: Double { Double(stepNanoseconds.load(ordering: .relaxed)) / 1e9 }

    /// Samples drawn for requests.
    package var samples: Int { sampleCount.load(ordering: .relaxed) }

    /// Times that the sampler drew.
    package var sampleBatches: Int { batchCount.load(ordering: .relaxed) }

    /// Parts of requests that it drew, several of which may have been in one batch.
    package var sampleParts: Int { batchedCount.load(ordering: .relaxed) }

    /// Checkpoints written.
    package var checkpoints: Int { checkpointCount.load(ordering: .relaxed) }

    func addStep(seconds: Double) {
        stepCount.wrappingAdd(1, ordering: .relaxed)
        stepNanoseconds.wrappingAdd(Int(seconds * 1e9), ordering: .relaxed)
    }

    func addBatch(of parts: Int, samples: Int) {
        sampleCount.wrappingAdd(samples, ordering: .relaxed)
        batchCount.wrappingAdd(1, ordering: .relaxed)
        batchedCount.wrappingAdd(parts, ordering: .relaxed)
    }

    func addCheckpoint() {
        checkpointCount.wrappingAdd(1, ordering: .relaxed)
    }
}
