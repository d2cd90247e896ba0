internal import Datasets
package import Torch

/// What a kind puts between what the generator puts out and what the discriminator is shown of it.
///
/// The generator of a table puts out logits, of which rows are chosen with noise; most kinds have nothing in between.
package protocol OutputStage: AnyObject {
    /// Uniform numbers that are drawn for each generated item.
    var noiseWidth: Int { get }

    /// Tells both generators, the trained and the averaged one, what is known before training.
    func begin(_ generator: GeneratorNetwork, _ average: GeneratorNetwork) throws

    /// Items as the discriminator is shown them.
    ///
    /// - Parameters:
    ///   - output: of the generator, `[batch, …]`.
    ///   - noise: uniform in 0..<1, `[batch, noiseWidth]`.
    ///   - isEarly: whether training is in its first half.
    func shown(_ output: Tensor, by generator: GeneratorNetwork, noise: Tensor, isEarly: Bool) throws -> Tensor

    /// What the generator's loss has beside the game: tensors of one element.
    ///
    /// - Parameters:
    ///   - output: of the generator.
    ///   - shown: what `shown` made of it.
    ///   - labels: `int64` `[batch]`, what was asked for; nil of an unconditional model.
    func terms(output: Tensor, shown: Tensor, labels: Tensor?, by generator: GeneratorNetwork) throws -> [Tensor]

    /// Runs a body while a generator is as it is for sampling, and leaves none of that behind.
    func asSampled<Result>(_ generator: GeneratorNetwork, _ body: () throws -> Result) throws -> Result
}
