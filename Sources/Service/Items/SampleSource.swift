import Adversarial
import Datasets
import HTTPServer
import Jobs
import Store

/// A model at one step, pinned, so that a long reply doesn't change its mind while the model is trained on.
struct SampleSource: Sendable {
    let generator: SampledGenerator
    let jobs: JobCenter
    let isAbandoned: @Sendable () -> Bool

    var model: String { generator.model }

    /// The step of its weights.
    var step: Int { generator.step }

    /// What tells them from those that the model had at this step before a roll back.
    var madeAt: Timestamp { generator.key.madeAt }

    var snapshot: ModelSnapshot { generator.snapshot }

    var schema: any ItemKind { snapshot.dataset.schema }

    /// Whether it was trained with classes.
    var isConditional: Bool { snapshot.spec.model.conditioning != nil }

    /// Draws a request's samples.
    ///
    /// - Parameter make: Makes a piece of a block of samples; called by several threads at once.
    func draw<Piece>(
        _ request: SampleRequest, make: @escaping @Sendable (SampleBlock) throws -> Piece
    ) -> SamplePieces<Piece> {
        jobs.samples(from: generator, request, range: 0..<request.count, isAbandoned: isAbandoned, make: make)
    }

    /// What the model was trained on; nil where that was deleted.
    func dataset() throws -> Dataset? {
        let store = jobs.store
        let id = try store.model(model).datasetID
        do {
            guard try store.dataset(id).state == .ready else { return nil }
        } catch let error as StoreError where error.kind == .notFound {
            return nil
        }
        return try Dataset(opening: store.folder.decoded(of: id))
    }
}

/// Everything a reply of samples says besides the samples.
struct SampleHeading: Sendable {
    let source: SampleSource
    let request: SampleRequest
}

extension SamplePieces {
    /// The next piece, or nil after the last.
    ///
    /// - Throws: `ClientGone` where nobody waits any more, and what `next` throws.
    func nextForClient() throws -> Piece? {
        do {
            return try next()
        } catch let error as JobsError where error.kind == .abandoned {
            throw ClientGone()
        }
    }
}
