/// What samples are to be like, as a kind can draw them.
///
/// Rows of a table may be given some of their values; a kind that knows no such thing has no type of this.
package protocol SampleSelection: Sendable, Equatable {
    /// Whether a model can serve a request with it.
    ///
    /// - Throws: `SampleRequestError` where it can't.
    func check(_ request: SampleRequest, _ snapshot: ModelSnapshot) throws

    /// Prepares to draw such samples, as often as they are wished for.
    ///
    /// - Throws: `SampleRequestError` where the model hardly ever makes any, `CheckpointError`, `EngineError`.
    func drawing(by sampler: Sampler) throws -> any SelectedDrawing
}

extension SampleSelection {
    /// Whether another selection asks for the same.
    func isSame(as other: any SampleSelection) -> Bool { other as? Self == self }
}

/// Draws samples that a selection asks for.
package protocol SelectedDrawing: Sendable {
    /// Draws a part of a request's samples, on the calling thread.
    ///
    /// - Throws: `SampleRequestError` where there are no such samples, and `EngineError`.
    func samples(_ request: SampleRequest, range: Range<Int>, by sampler: Sampler) throws -> SampleBlock
}
