import Adversarial
import Datasets
import HTTPServer
import Jobs

/// A model at one step, pinned, so that a long reply doesn't change its mind while the model is trained on.
struct SampleSource: Sendable {
    let generator: SampledGenerator
    let jobs: JobCenter
    let isAbandoned: @Sendable () -> Bool

    var model: String { generator.model }

    /// The step of its weights.
    var step: Int { generator.step }

    var schema: any ItemKind { generator.snapshot.dataset.schema }

    var isOfImages: Bool { schema is ImageSchema }

    /// Of a table, what its cells are.
    var table: TableEncoding? { generator.snapshot.table }

    /// Whether it was trained with classes.
    var isConditional: Bool { generator.snapshot.spec.model.conditioning != nil }

    /// Draws a request's samples.
    ///
    /// - Parameter make: Makes a piece of a block of samples; called by several threads at once.
    func draw<Piece>(
        _ request: SampleRequest, make: @escaping @Sendable (SampleBlock) throws -> Piece
    ) -> SamplePieces<Piece> {
        jobs.samples(from: generator, request, range: 0..<request.count, isAbandoned: isAbandoned, make: make)
    }
}

/// Everything a reply of samples says besides the samples.
struct SampleHeading: Sendable {
    let source: SampleSource
    let request: SampleRequest
}

extension SamplePieces {
    /// The next piece, or nil behind the last.
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
