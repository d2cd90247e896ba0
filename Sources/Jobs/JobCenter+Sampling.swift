package import Adversarial
import Codecs
package import Datasets
import Store
import Synchronization

/// Which of a model's weights to sample from.
package enum CheckpointSelector: Sendable, Equatable {
    /// The checkpoint of the best quality; the latest where none was measured.
    case best
    case latest
    /// The newest snapshot in memory while the job runs, otherwise as `best`.
    case live
    case step(Int)

    /// Reads `best`, `latest`, `live` or a step; `nil` for any other text.
    package init?(_ text: String) {
        switch text {
        case "best": self = .best
        case "latest": self = .latest
        case "live": self = .live
        default:
            guard let step = Int(text), step >= 0, String(step) == text else { return nil }
            self = .step(step)
        }
    }

    /// The text that `init` reads.
    package var name: String {
        switch self {
        case .best: "best"
        case .latest: "latest"
        case .live: "live"
        case .step(let step): String(step)
        }
    }
}

/// A generator that was chosen: all samples of one reply come from it, however long they take.
package struct SampledGenerator: Sendable {
    package let key: SnapshotKey
    /// Whether it is a running job's, rather than a checkpoint's.
    package let isLive: Bool
    package let snapshot: ModelSnapshot

    package var model: String { key.model }
    package var step: Int { key.step }
}

extension JobCenter {
    /// Chooses a model's generator.
    ///
    /// - Parameter selector: `nil` is `live`.
    /// - Throws: `StoreError` of kind `notFound` where there is no such model or checkpoint; `JobsError` with code
    ///   `model_not_ready` before the first checkpoint or snapshot; `CheckpointError` where its files are damaged.
    package func generator(of model: String, _ selector: CheckpointSelector? = nil) throws -> SampledGenerator {
        let record = try store.model(model)
        switch selector ?? .live {
        case .step(let step):
            return try generator(at: store.checkpoint(of: model, step: step))
        case .live:
            if let (snapshot, madeAt) = record.jobID.flatMap(live)?.snapshot {
                let key = SnapshotKey(model: model, step: snapshot.step, madeAt: madeAt)
                return SampledGenerator(key: key, isLive: true, snapshot: snapshot)
            }
        case .best, .latest:
            break
        }
        let checkpoint = try selector == .latest ? store.latestCheckpoint(of: model) : store.bestCheckpoint(of: model)
        guard let checkpoint else {
            throw JobsError(
                .conflict, code: "model_not_ready",
                "model \(model) has no checkpoint yet; it can be sampled from once its job has done a step")
        }
        return try generator(at: checkpoint)
    }

    /// Draws a part of the samples that a request describes, piece by piece.
    ///
    /// - Parameters:
    ///   - range: which of them, within `0..<request.count`.
    ///   - isAbandoned: asked from time to time; where it says so, nothing more is drawn.
    ///   - make: makes a piece of a block of samples; called by several threads at once.
    package func samples<Piece>(
        from generator: SampledGenerator, _ request: SampleRequest, range: Range<Int>,
        isAbandoned: @escaping @Sendable () -> Bool = { false },
        make: @escaping @Sendable (SampleBlock) throws -> Piece
    ) -> SamplePieces<Piece> {
        sampling.samples(from: generator, request, range: range, isAbandoned: isAbandoned, make: make)
    }

    /// What is made of the dataset that a model was trained on, such as an index of its items; kept for the last model asked for.
    ///
    /// - Parameter make: makes it of the dataset, the same at every call.
    /// - Throws: `StoreError` of kind `notFound` where the dataset is gone, and what `make` and reading throw.
    package func derived<Value: Sendable>(
        fromDatasetOf generator: SampledGenerator, _ make: (Dataset) throws -> Value
    ) throws -> Value {
        if let known = derived.withLock({ $0?.model == generator.model ? $0?.value as? Value : nil }) { return known }
        let dataset = try store.dataset(store.model(generator.model).datasetID)
        let value = try make(Dataset(opening: store.folder.decoded(of: dataset.id)))
        derived.withLock { $0 = (generator.model, value) }
        return value
    }

    /// Keeps nothing of a model in memory that is gone from the store.
    func forgetSamplers(of model: String) {
        snapshots.withLock { $0.removeAll { key, _ in key.model == model } }
        derived.withLock { if $0?.model == model { $0 = nil } }
        sampling.forget(model: model)
    }

    private func generator(at checkpoint: CheckpointRecord) throws -> SampledGenerator {
        let key = SnapshotKey(model: checkpoint.model, step: checkpoint.step, madeAt: checkpoint.createdAt)
        let snapshot = try snapshots.withLock { $0.value(key) } ?? load(checkpoint)
        snapshots.withLock { $0.insert(snapshot, for: key) }
        return SampledGenerator(key: key, isLive: false, snapshot: snapshot)
    }

    private func load(_ checkpoint: CheckpointRecord) throws -> ModelSnapshot {
        do {
            return try ModelSnapshot.load(
                checkpoint: store.folder.checkpoint(of: checkpoint.model, step: checkpoint.step))
        } catch let error as FileError {
            // A newer checkpoint may have replaced this one since its row was read: say that, not what failed.
            _ = try store.checkpoint(of: checkpoint.model, step: checkpoint.step)
            throw error
        }
    }
}
