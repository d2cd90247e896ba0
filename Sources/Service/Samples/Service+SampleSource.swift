import Adversarial
import Datasets
import Jobs

extension Service {
    /// Pins a model's weights for one request.
    ///
    /// Throws a 404 where there is no such model or checkpoint, a 409 before there is anything to sample, a 422 for an
    /// unknown class.
    func sampleSource(
        of model: String, checkpoint: CheckpointSelector?, classes names: [String]?
    ) throws -> (source: SampleSource, classes: [Int]?) {
        let jobs = jobs
        let generator = try jobs.generator(of: model, checkpoint)
        let snapshot = generator.snapshot
        let source = SampleSource(
            model: model, step: generator.step, schema: snapshot.dataset.schema,
            isConditional: snapshot.spec.model.conditioning != nil
        ) { request, range in
            try jobs.samples(from: generator, request, range: range)
        }
        return (source, try names.map(snapshot.classIndices))
    }
}
