import Adversarial
import Datasets

/// A model at one step, pinned, so that a long reply doesn't change its mind while the model is trained on.
struct SampleSource: Sendable {
    let model: String

    /// The step of its weights.
    let step: Int

    let schema: DatasetSchema

    /// Whether it was trained with classes.
    let isConditional: Bool

    /// Draws a part of a request's samples; may block.
    let draw: @Sendable (_ request: SampleRequest, _ range: Range<Int>) throws -> SampleBlock
}

/// Everything a reply of samples says besides the samples.
struct SampleHeading: Sendable {
    let source: SampleSource
    let request: SampleRequest
}
