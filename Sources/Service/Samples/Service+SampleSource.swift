import Adversarial
import Datasets
import HTTPServer
import Jobs

extension Service {
    /// Pins a model's weights for one request.
    ///
    /// Its samples are drawn as long as somebody waits for them.
    ///
    /// Throws a 404 where there is no such model or checkpoint, a 409 before there is anything to sample, a 422 for an
    /// unknown class.
    func sampleSource(
        of model: String, checkpoint: CheckpointSelector?, classes names: [String]?,
        isAbandoned: @escaping @Sendable () -> Bool
    ) throws -> (source: SampleSource, classes: [Int]?) {
        let jobs = jobs
        let generator = try jobs.generator(of: model, checkpoint)
        let snapshot = generator.snapshot
        let source = SampleSource(
            model: model, step: generator.step, schema: snapshot.dataset.schema,
            isConditional: snapshot.spec.model.conditioning != nil
        ) { request, range in
            do {
                return try jobs.samples(from: generator, request, range: range, isAbandoned: isAbandoned)
            } catch let error as JobsError where error.kind == .abandoned {
                throw ClientGone()
            }
        }
        return (source, try names.map(snapshot.classIndices))
    }
}
