internal import Torch

/// Chooses rows of what a table's generator puts out, as its discriminator is shown them.
///
/// Beside the game, the generator is told how far it is from the conditions that it was given, and how far its rows' moments are
/// from those of the training rows.
final class RowStage: OutputStage {
    private let table: TableEncoding
    private let moments: TableMoments?
    private let momentWeight: Double
    private let latentDimension: Int

    init(_ table: TableEncoding, moments: TableMoments?, _ spec: ResolvedSpec) {
        self.table = table
        self.moments = moments
        momentWeight = spec.training.momentMatching
        latentDimension = spec.model.latentDimension
    }

    var noiseWidth: Int { table.layout.width }

    func begin(_ generator: GeneratorNetwork, _ average: GeneratorNetwork) throws {
        try generator.begin(with: table)
        try average.begin(with: table)
    }

    func shown(_ output: Tensor, by generator: GeneratorNetwork, noise: Tensor, isEarly: Bool) throws -> Tensor {
        try generator.chosen(output, noise: noise, isEarly: isEarly)
    }

    func terms(output: Tensor, shown: Tensor, labels: Tensor?, by generator: GeneratorNetwork) throws -> [Tensor] {
        var terms: [Tensor] = []
        if let labels, let distance = try generator.distance(of: output, fromConditions: labels) {
            terms.append(distance)
        }
        if let moments { terms.append(try moments.distance(of: shown) * momentWeight) }
        return terms
    }

    func asSampled<Result>(_ generator: GeneratorNetwork, _ body: () throws -> Result) throws -> Result {
        try generator.withLostSlotsRaised(of: table, latentDimension: latentDimension, body)
    }
}
