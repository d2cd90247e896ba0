import Adversarial
import Jobs
import Store

extension JobCenter {
    /// The rows that a model of a table was trained on, to tell copies of them.
    ///
    /// - Throws: `SampleRequestError` where its dataset is gone, and what reading throws.
    func trainingRows(of generator: SampledGenerator) throws -> CopyIndex {
        guard let table = generator.snapshot.table else {
            throw SampleRequestError(parameter: "exclude_copies", detail: "belongs to tables")
        }
        do {
            return try derived(fromDatasetOf: generator) { try CopyIndex($0, table) }
        } catch let error as StoreError where error.kind == .notFound {
            throw SampleRequestError(
                parameter: "exclude_copies",
                detail: "needs the dataset that the model was trained on, and it is deleted")
        }
    }
}
