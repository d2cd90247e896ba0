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
        let generator = try jobs.generator(of: model, checkpoint)
        let source = SampleSource(generator: generator, jobs: jobs, isAbandoned: isAbandoned)
        return (source, try names.map(generator.snapshot.classIndices))
    }
}
