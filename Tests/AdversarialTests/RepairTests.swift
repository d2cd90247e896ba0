import Adversarial
import Codecs
import Datasets
import TestSupport
import Testing

/// What a repair changes, and that training goes on from a checkpoint with it.
@Suite struct RepairTests {
    @Test("Rates sink and penalties rise", arguments: SmallModel.all)
    func changes(model: SmallModel) throws {
        let spec = try model.spec()
        let (repaired, _) = spec.repaired()
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
    }

    /// What is trained, and whether a repair augments it.
    struct Augmented: Sendable, CustomTestStringConvertible {
        let name: String
        let dataset: @Sendable () throws -> DatasetManifest
        let members: String
        let before: AugmentationSpec.Kind
        let after: AugmentationSpec.Kind

        var testDescription: String { name }

        init(
            _ name: String, _ dataset: @autoclosure @escaping @Sendable () throws -> DatasetManifest, _ members: String,
            from before: AugmentationSpec.Kind = .none, to after: AugmentationSpec.Kind
        ) {
            self.name = name
            self.dataset = dataset
            self.members = members
            (self.before, self.after) = (before, after)
        }
    }

    static let augmented = [
        Augmented("points", .points(), "", to: .none),
        Augmented("a table", try TableFixture.withDataset { dataset, _ in dataset.manifest }, "", to: .none),
        Augmented(
            "a table by the paper's preset", try TableFixture.withDataset { dataset, _ in dataset.manifest },
            #","preset":"ctgan""#, to: .none),
        Augmented("images by convolutions", .images(), "", to: .adaptive),
        Augmented("images by residual blocks", .images(), #","model":{"architecture":"residual"}"#, to: .adaptive),
        Augmented("images by perceptrons", .images(), #","preset":"classic""#, to: .none),
        Augmented(
            "images that are augmented", .images(), #","training":{"augmentation":"diffaugment"}"#,
            from: .differentiable, to: .differentiable),
    ]

    @Test("Images that convolutions make are augmented, and nothing else is", arguments: augmented)
    func augmentation(_ each: Augmented) throws {
        let spec = try resolve(#"{"dataset_id":"ds_1"\#(each.members)}"#, each.dataset()).spec
        #expect(spec.training.augmentation.kind == each.before)
        let (repaired, changes) = spec.repaired()
        #expect(repaired.training.augmentation.kind == each.after)
        #expect((changes["training.augmentation"] != nil) == (each.before != each.after))
    }

    @Test("A repaired spec can be stored and read again, however often it was repaired")
    func staysWithinRanges() throws {
        let body =
            #"{"dataset_id":"ds_1","training":{"objective":"hinge","regularisation":{"r1":1e6,"r2":600000},"#
            + #""optimizer":{"type":"sgd","learning_rate":1e-300}}}"#
        var spec = try resolve(body, DatasetManifest.points()).spec
        for _ in 0..<100 { spec = try ResolvedSpec(json: spec.repaired().spec.json) }
        #expect(spec.training.regularisation == Regularisation(realSlope: 1e6, fakeSlope: 1e6))
        #expect(spec.training.generatorOptimiser.learningRate > 0)
    }

    @Test("A table's training goes on after a repair")
    func tableGoesOn() throws {
        try TableFixture.withDataset { dataset, _ in
            // A discriminator that is soon sure of real rows, which is when an augmentation that adapts begins.
            let spec = try TableFixture.spec(
                dataset,
                training:
                    #","objective":"hinge","regularisation":{"r1":1e-6},"generator_optimizer":{"learning_rate":1e-6},"#
                    + #""discriminator_optimizer":{"learning_rate":0.01}"#)
            let trainer = try Trainer(spec: spec, dataset: dataset)
            _ = try trainer.advance()
            let folder = try TemporaryFolder()
            _ = try writeCheckpoint(trainer, to: folder.path)
            let repaired = spec.repaired().spec
            #expect(repaired.training.regularisation == Regularisation(realSlope: 2e-6))
            let resumed = try Trainer(spec: repaired, dataset: dataset, resumingFrom: folder.path)
            for _ in 0..<40 { _ = try resumed.advance() }
            #expect(resumed.step == 41)
        }
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
