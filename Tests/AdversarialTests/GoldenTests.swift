import Adversarial
import Datasets
import Networks
import TestSupport
import Testing
import Torch

/// Losses, networks and whole training steps against PyTorch's numbers.
@Suite struct GoldenTests {
    @Test(arguments: Objective.allCases)
    func objectivesAndTheirGradients(objective: Objective) throws {
        let file = try GoldenFile("objectives")
        let real = try file.tensor("real").requiringGradient()
        let fake = try file.tensor("fake").requiringGradient()
        let name = objective.rawValue

        let discriminatorTerms = try objective.discriminatorTerms(real: real, fake: fake)
        let slopes: [Tensor] = try gradients(of: discriminatorTerms, with: [real, fake])
        try expect(sum(discriminatorTerms), file, "\(name).discriminator_loss")
        try expect(slopes[0].floats(), file, "\(name).discriminator_by_real")
        try expect(slopes[1].floats(), file, "\(name).discriminator_by_fake")

        let generatorTerms = try objective.generatorTerms(fake: fake) { try real.detached() }
        let slope: [Tensor] = try gradients(of: generatorTerms, with: [fake])
        try expect(sum(generatorTerms), file, "\(name).generator_loss")
        try expect(slope[0].floats(), file, "\(name).generator_by_fake")
    }

    @Test(arguments: GoldenRun.names)
    func outputsOfArchitectures(name: String) throws {
        let run = try GoldenRun(name)
        let plan = ArchitecturePlan(
            model: run.spec.model, schema: run.dataset.schema, training: run.spec.training)
        let generator = try GeneratorNetwork(plan, tensors: run.file.under("initial.generator"))
        let discriminator = try DiscriminatorNetwork(plan, random: RandomSource(seed: 0))
        try discriminator.restore(run.file.under("initial.discriminator"))
        let labels = run.file.tensors["forward.labels"]
        let generated = try generator.forward(run.file.tensor("forward.latents"), labels: labels, mode: .inference)
        let logits = try discriminator.forward(run.file.tensor("forward.items"), labels: labels, mode: .inference)
        #expect(try generated.shape == run.file.tensor("forward.generated").shape)
        try expect(generated.floats(), run.file, "forward.generated")
        try expect(logits.floats(), run.file, "forward.logits")
    }

    @Test(arguments: GoldenRun.names, [false, true])
    func tenTrainingSteps(name: String, usesGraph: Bool) throws {
        let run = try GoldenRun(name)
        let trainer = try run.trainer(usesGraph: usesGraph)
        // Perceptrons are trained both ways; for the others there is one.
        if usesGraph, trainer.usesGraph, try run.trainer(usesGraph: false).usesGraph { return }
        var losses: [Float] = []
        var norms: [Float] = []
        for _ in 0..<10 {
            let report = try trainer.advance()
            losses += [report[.discriminatorLoss], report[.generatorLoss]]
            norms += [report[.discriminatorGradientNorm], report[.generatorGradientNorm]]
        }
        try expect(losses, run.file, "run.losses")
        try expect(norms, run.file, "run.gradient_norms", relative: 1e-3)
        let final = run.file.under("final")
        let reached = trainer.namedTensors
        #expect(Set(reached.map(\.name)) == Set(final.keys))
        for tensor in reached {
            try expect(tensor.tensor.floats(), run.file, "final.\(tensor.name)", relative: 1e-3, absolute: 1e-4)
        }
    }

    private func sum(_ terms: [Tensor]) throws -> [Float] {
        [Float(try Tensor.items(of: terms).reduce(0, +))]
    }

    private func expect(
        _ actual: [Float], _ file: GoldenFile, _ name: String, relative: Double = 1e-4, absolute: Double = 1e-5,
        location: SourceLocation = #_sourceLocation
    ) throws {
        let difference = firstDifference(
            actual, try file.floats(name), relative: relative, absolute: absolute)
        #expect(difference == nil, "\(name)", sourceLocation: location)
    }
}
