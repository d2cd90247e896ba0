import Adversarial
import Codecs
import Datasets
import TestSupport
import Testing

/// What a repair changes, and that training goes on from a checkpoint with it.
@Suite struct RepairTests {
    @Test("Rates sink, penalties rise, and images are augmented", arguments: SmallModel.all)
    func changes(model: SmallModel) throws {
        let spec = try model.spec()
        let (repaired, changes) = spec.repaired()
        let (before, after) = (spec.training, repaired.training)
        #expect(after.generatorOptimiser.learningRate == before.generatorOptimiser.learningRate / 2)
        #expect(after.discriminatorOptimiser.learningRate == before.discriminatorOptimiser.learningRate / 2)
        #expect(after.regularisation.realSlope == before.regularisation.realSlope * 2)
        #expect(after.regularisation.gradientPenalty == before.regularisation.gradientPenalty * 2)
        let isAugmented = spec.model.architecture.name != .multilayerPerceptron && before.augmentation.kind == .none
        #expect(after.augmentation == (isAugmented ? AugmentationSpec(kind: .adaptive) : before.augmentation))
        #expect((changes["training.augmentation"]?["to"]?["type"]?.string == "ada") == isAugmented)
    }

    @Test("A repaired spec goes on from its checkpoint", arguments: SmallModel.all)
    func goesOn(model: SmallModel) throws {
        let folder = try TemporaryFolder()
        let trainer = try model.trainer()
        _ = try trainer.advance()
        _ = try writeCheckpoint(trainer, to: folder.path)
        let repaired = try Trainer(
            spec: model.spec().repaired().spec, dataset: model.dataset, batches: SyntheticItems(model.dataset.schema),
            latents: SeededNoise(seed: 11, classes: max(1, model.dataset.schema.classes.count)))
        try repaired.restore(from: folder.path)
        #expect(try repaired.advance().step == 2)
    }
}
