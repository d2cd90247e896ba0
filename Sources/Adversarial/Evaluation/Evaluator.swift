package import Datasets
package import Torch

/// Measures a generator against real items, again and again while it trains.
package protocol Evaluator: AnyObject {
    /// Held-out items as the discriminator sees them.
    var held: Batch { get }
    /// As many training items.
    var trained: Batch { get }
    /// Items of each sort that the discriminator is shown at most, when it is asked how far it tells them apart.
    var mostJudged: Int { get }
    /// How far chance moves its score; nil where that can't be told.
    var noise: ScoreNoise? { get }

    /// Measures the averaged generator; training goes on as if it hadn't been.
    func quality(of trainer: Trainer) throws -> QualityReport

    /// Generated items as the discriminator sees them in training, `[count, …]`.
    ///
    /// - Parameter labels: `int64` `[count]`, the classes or conditions of held-out items; nil where the model knows none.
    func judgedSamples(of trainer: Trainer, count: Int, labels: Tensor?) throws -> Tensor
}
