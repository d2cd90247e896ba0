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
        for (after, before) in [
            (after.generatorOptimiser, before.generatorOptimiser),
            (after.discriminatorOptimiser, before.discriminatorOptimiser),
        ] {
            #expect(after.learningRate == before.learningRate / (before.isSGD ? 4 : 2))
        }
        if before.regularisation != Regularisation() {
            #expect(after.regularisation.realSlope == before.regularisation.realSlope * 2)
            #expect(after.regularisation.fakeSlope == before.regularisation.fakeSlope * 2)
            #expect(after.regularisation.gradientPenalty == before.regularisation.gradientPenalty * 2)
        }
        let isAugmented = spec.model.architecture.name != .multilayerPerceptron && before.augmentation.kind == .none
        #expect(after.augmentation == (isAugmented ? AugmentationSpec(kind: .adaptive) : before.augmentation))
        #expect((changes["training.augmentation"]?["to"]?["type"]?.string == "ada") == isAugmented)
    }

    @Test(
        "A discriminator without a penalty gets one where its norm admits it",
        arguments: [
            ("wasserstein", "none", Regularisation(gradientPenalty: 10)),
            ("relativistic", "spectral", Regularisation(realSlope: 0.1)),
            ("hinge", "none", Regularisation(realSlope: 0.1)), ("hinge", "batch", Regularisation()),
        ])
    func beginsPenalty(objective: String, norm: String, expected: Regularisation) throws {
        let body =
            #"{"dataset_id":"ds_1","model":{"discriminator_norm":"\#(norm)"},"training":{"objective":"\#(objective)","#
            + #""regularisation":{"r1":0,"r2":0,"gradient_penalty":0}}}"#
        let spec = try resolve(body, DatasetManifest.points()).spec
        #expect(spec.training.regularisation == Regularisation())
        #expect(spec.repaired().spec.training.regularisation == expected)
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

extension OptimiserSpec {
    fileprivate var isSGD: Bool {
        if case .sgd = self { true } else { false }
    }
}
