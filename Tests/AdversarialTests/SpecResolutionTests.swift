import Adversarial
import Codecs
import Datasets
import Testing
import Torch

/// What is chosen where the caller leaves the choice open.
@Suite struct SpecResolutionTests {
    @Test func pointsGetPerceptrons() throws {
        let resolution = try resolve(#"{"dataset_id":"ds_1"}"#, .points())
        #expect(resolution.spec.model.architecture is Perceptron)
        #expect(resolution.spec.model.conditioning == nil)
        #expect(resolution.spec.training.objective == .relativistic)
        let regularisation = resolution.spec.training.regularisation
        #expect(regularisation.realSlope > 0 && regularisation.realSlope == regularisation.fakeSlope)
        #expect(resolution.spec.training.schedule == ScheduleSpec(learningRate: 0.02, shape: .geometric))
        #expect(resolution.spec.training.discriminatorOptimiser.learningRate == 0.002)
        #expect(resolution.spec.training.batchSize == 512)
        #expect(resolution.spec.threads == 1)
    }

    @Test func imagesGetDCGAN() throws {
        let spec = try resolve(#"{"dataset_id":"ds_1"}"#, .images()).spec
        #expect(spec.model.architecture as? DCGAN == DCGAN(baseChannels: 64, stages: 3))
        #expect(spec.training.length == TrainingLength(steps: 3000))
        #expect(spec.training.batchSize == 64)
        #expect(spec.training.objective == .relativistic)
        #expect(spec.training.regularisation == Regularisation(realSlope: 1, fakeSlope: 1))
        #expect(spec.model.norms == ModelSpec.Norms(generator: .batch, discriminator: .none))
    }

    @Test(arguments: [(DCGAN.name, 0.002), (ResidualNetwork.name, 0.002), (Perceptron.name, 0.001)])
    func imagesHaveTheRateOfTheirArchitecture(name: String, rate: Double) throws {
        let spec = try resolve(#"{"dataset_id":"ds_1","model":{"architecture":"\#(name)"}}"#, .images()).spec
        #expect(spec.training.generatorOptimiser == .adam(learningRate: rate, beta1: 0, beta2: 0.99))
        #expect(spec.training.discriminatorOptimiser == spec.training.generatorOptimiser)
    }

    @Test("A DCGAN of the older objectives is the paper's")
    func paper() throws {
        let spec = try resolve(#"{"dataset_id":"ds_1","training":{"objective":"non_saturating"}}"#, .images()).spec
        #expect(spec.training.generatorOptimiser == .adam(learningRate: 2e-4, beta1: 0.5, beta2: 0.999))
        #expect(spec.training.regularisation == Regularisation())
        #expect(spec.model.norms == ModelSpec.Norms(generator: .batch, discriminator: .batch))
    }

    @Test(
        "Large sets of images are trained on for longer",
        arguments: [(100, 3_000), (54_000, 4_200), (1_000_000, 20_000)])
    func length(count: Int, steps: Int) throws {
        let resolution = try resolve(#"{"dataset_id":"ds_1"}"#, .images(perClass: count))
        #expect(resolution.spec.training.length.steps == steps)
        let reason = resolution.reasons.first { $0.pointer == "/training/steps" }
        #expect(reason?.detail.contains("\(steps)") == true)
    }

    @Test(
        "Small sets of images are augmented where no penalty keeps them from being learnt by heart",
        arguments: [
            ("non_saturating", 9_999, AugmentationSpec.Kind.differentiable), ("non_saturating", 10_000, .none),
            ("relativistic", 200, .none),
        ])
    func augmentation(objective: String, count: Int, expected: AugmentationSpec.Kind) throws {
        let resolution = try resolve(
            #"{"dataset_id":"ds_1","training":{"objective":"\#(objective)"}}"#, .images(perClass: count))
        #expect(resolution.spec.training.augmentation.kind == expected)
        let reason = resolution.reasons.first { $0.pointer == "/training/augmentation" }
        #expect(reason?.detail.hasPrefix(expected.rawValue) == true)
    }

    @Test(
        "Where few items are held out, it is said that the last checkpoint is taken",
        arguments: [(19, false), (20, true), (99, true), (100, false)])
    func fewHeldOut(count: Int, isSaid: Bool) throws {
        var manifest = DatasetManifest.images()
        manifest.holdoutCount = count
        let reasons = try resolve(#"{"dataset_id":"ds_1"}"#, manifest).reasons.filter { $0.pointer == "/evaluation" }
        #expect(reasons.map { $0.detail.contains("\(count) held-out items are too few") } == (isSaid ? [true] : []))
    }

    @Test(arguments: [
        (1, 100, false), (2, 49, false), (2, 50, true), (10, 60, true), (200, 50, true), (201, 50, false),
    ])
    func classesMakeModelsConditional(classes: Int, perClass: Int, expected: Bool) throws {
        let manifest = DatasetManifest.images(classes: classes, perClass: perClass)
        let resolution = try resolve(#"{"dataset_id":"ds_1"}"#, manifest)
        #expect((resolution.spec.model.conditioning != nil) == expected)
        #expect(resolution.reasons.contains { $0.pointer == "/model/conditional" })
    }

    @Test(arguments: [
        (8, 1), (9, 2), (16, 2), (17, 3), (28, 3), (32, 3), (33, 4), (64, 4), (65, 5), (128, 5), (256, 6),
    ])
    func stagesFollowTheSide(side: Int, stages: Int) throws {
        let spec = try resolve(#"{"dataset_id":"ds_1"}"#, .images(height: side, width: side)).spec
        let channels = [5: 32, 6: 16][stages] ?? 64
        #expect(spec.model.architecture as? DCGAN == DCGAN(baseChannels: channels, stages: stages))
    }

    @Test(arguments: Array(8...40) + [63, 100, 255, 256], [Perceptron.name, DCGAN.name, ResidualNetwork.name])
    func generatorsMakeWhatDiscriminatorsTake(height: Int, name: String) throws {
        for width in [8, 27, 256] {
            let manifest = DatasetManifest.images(height: height, width: width, channels: 3)
            let model = #""model":{"architecture":"\#(name)"}"#
            let spec = try resolve(#"{"dataset_id":"ds_1",\#(model)}"#, manifest).spec
            let plan = ArchitecturePlan(model: spec.model, schema: manifest.schema)
            #expect(plan.generator.outputShape == [3, height, width])
            #expect(plan.features.inputShape == [3, height, width])
            #expect(plan.features.outputShape.count == 1)
        }
    }

    @Test func classicIsTheTextbook() throws {
        let spec = try resolve(#"{"dataset_id":"ds_1","preset":"classic"}"#, .points()).spec
        #expect(spec.training.objective == .minimax)
        #expect(spec.training.discriminatorSteps == 1)
        for optimiser in [spec.training.generatorOptimiser, spec.training.discriminatorOptimiser] {
            guard case .sgd(_, let momentum) = optimiser else {
                Issue.record("\(optimiser) isn't SGD")
                continue
            }
            #expect(momentum == 0.9)
        }
    }

    @Test func smallDatasetsGetSmallBatches() throws {
        #expect(try resolve(#"{"dataset_id":"ds_1"}"#, .points(20)).spec.training.batchSize == 20)
    }

    @Test(
        "A dataset that is hardly one says what to expect",
        arguments: [
            (DatasetManifest.points(1), ["1 training item:", "quality isn't measured"]),
            (.images(classes: 1, perClass: 5), ["5 training items:", "quality isn't measured"]),
            (.points(100), ["quality isn't measured, as 0 items"]),
        ])
    func expectations(dataset: DatasetManifest, words: [String]) throws {
        let reasons = try resolve(#"{"dataset_id":"ds_1"}"#, dataset).reasons.filter { $0.pointer == "/dataset_id" }
        #expect(reasons.count == words.count)
        for (reason, word) in zip(reasons, words) { #expect(reason.detail.contains(word), "\(reason)") }
    }

    @Test func equalItemsAreSaidToBe() throws {
        var manifest = DatasetManifest.points(1000)
        manifest.schema = PointSchema(columns: ["x", "y"], mean: [1, 2], standardDeviation: [0, 0])
        let reasons = try resolve(#"{"dataset_id":"ds_1"}"#, manifest).reasons
        #expect(reasons.contains { $0.detail.contains("all items are equal") })
    }

    @Test func whatIsGivenStaysAndNeedsNoReason() throws {
        let resolution = try resolve(
            #"""
            {"dataset_id":"ds_1","name":"first","labels":{"team":"a"},"preset":"auto","seed":7,"priority":-3,
             "device":"auto","precision":"auto","data":{"holdout":0.1,"columns":{}},
             "model":{"architecture":"mlp","latent_dim":16,"conditional":false,
              "generator":{"hidden":[128,128],"activation":"relu"},
              "discriminator":{"hidden":[128,128],"activation":"tanh"},
              "generator_norm":"batch","discriminator_norm":"spectral","minibatch_std":true},
             "training":{"steps":2000,"max_seconds":600,"batch_size":64,"objective":"hinge","discriminator_steps":2,
              "fresh_fakes":false,
              "regularisation":{"r1":0.5,"r2":0.25},"packing":4,
              "schedule":{"learning_rate":0.1,"beta2":0.99},"augmentation":"none","stop_when":null,
              "balance":{"lower":0.5,"upper":0.8,"most":3},
              "optimizer":{"type":"adam","learning_rate":0.001,"beta1":0.0,"beta2":0.999},
              "discriminator_optimizer":{"type":"sgd","learning_rate":0.5,"momentum":0.0},
              "ema_half_life":100,"ema_ramp_up":0.5},
             "checkpoint":{"every_steps":500,"keep":3},"evaluation":{"every_steps":250},
             "health":{"missing":0.25,"patience":5,"divergence":100},"repair":{"attempts":7}}
            """#, .points())
        var thresholds = HealthThresholds()
        (thresholds.missing, thresholds.patience, thresholds.divergence) = (0.25, 5, 100)
        #expect(
            resolution.spec
                == ResolvedSpec(
                    datasetID: "ds_1", seed: 7, threads: 1,
                    model: ModelSpec(
                        architecture: Perceptron(
                            generator: HiddenLayers(widths: [128, 128], activation: .relu),
                            discriminator: HiddenLayers(widths: [128, 128], activation: .tanh)),
                        latentDimension: 16, norms: ModelSpec.Norms(generator: .batch, discriminator: .spectral),
                        hasMinibatchDeviation: true),
                    training: TrainingSpec(
                        length: TrainingLength(steps: 2000, maximumSeconds: 600), batchSize: 64, objective: .hinge,
                        regularisation: Regularisation(realSlope: 0.5, fakeSlope: 0.25), packing: 4,
                        balance: BalanceSpec(lower: 0.5, upper: 0.8, most: 3),
                        discriminatorSteps: 2, freshFakes: false,
                        generatorOptimiser: .adam(learningRate: 0.001, beta1: 0, beta2: 0.999),
                        discriminatorOptimiser: .sgd(learningRate: 0.5, momentum: 0),
                        schedule: ScheduleSpec(learningRate: 0.1, beta2: 0.99),
                        averaging: AveragingSpec(halfLife: 100, rampUp: 0.5)),
                    checkpoint: CheckpointSpec(everySteps: 500, keep: 3),
                    evaluation: EvaluationSpec(everySteps: 250), health: thresholds,
                    repair: RepairSpec(attempts: 7)))
        #expect(try ResolvedSpec(json: JSON(parsing: resolution.spec.json.bytes)) == resolution.spec)
        #expect(Set(resolution.reasons.map(\.pointer)) == ["/dataset_id", "/device", "/precision", "/threads"])
        #expect(resolution.heading.name == "first")
        #expect(resolution.heading.labels == ["team": "a"])
        #expect(resolution.heading.priority == -3)
        // With batch norm's pairs in place of biases 16·128 + 2·128 + 128·128 + 2·128 + 128·2+2; and, in packs of four with
        // the deviation as one feature more, 8·128+128 + 128·128+128 + 129+1.
        #expect(resolution.generatorParameters == 19_202)
        #expect(resolution.discriminatorParameters == 17_794)
        #expect(resolution.memoryBytes > 250 << 20)
    }

    @Test(arguments: [
        // Asked for, the server's devices with its choice first, what comes of it.
        (#""device":"auto""#, [Device.cuda(0), .cpu], Device.cuda(0), Precision.fp32),
        (#""device":"cpu","precision":"auto""#, [.cuda(0), .cpu], .cpu, .fp32),
        (#""device":"cuda","precision":"bf16""#, [.cpu, .cuda(0)], .cuda(0), .bf16),
        (#""device":"cuda:1","precision":"fp32""#, [.cpu, .cuda(0), .cuda(1)], .cuda(1), .fp32),
        (#""seed":1,"precision":"float32""#, [.cpu], .cpu, .fp32),
    ])
    func aDeviceAndAPrecisionAreThoseAskedFor(
        members: String, devices: [Device], device: Device, precision: Precision
    ) throws {
        var machine = MachineLimits.roomy
        machine.devices = devices
        let spec = try resolve(#"{"dataset_id":"ds_1",\#(members)}"#, .points(), machine).spec
        #expect(spec.device == device && spec.precision == precision)
        #expect(try ResolvedSpec(json: JSON(parsing: spec.json.bytes)) == spec)
    }

    @Test func aTimeLimitAloneLeavesStepsToBeMeasured() throws {
        let spec = try resolve(#"{"dataset_id":"ds_1","training":{"max_seconds":5}}"#, .points()).spec
        #expect(spec.training.length == TrainingLength(steps: nil, maximumSeconds: 5))
        #expect(spec.training.length.plannedSteps == nil)
        let planned = spec.planning(steps: 900)
        #expect(planned.training.length.plannedSteps == 900)
        #expect(try ResolvedSpec(json: planned.json) == planned)
    }

    @Test(arguments: [
        (#"{"dataset_id":"ds_1"}"#, DatasetManifest.points()),
        (#"{"dataset_id":"ds_1"}"#, .images(classes: 10)),
        (#"{"dataset_id":"ds_1","preset":"classic","training":{"max_seconds":1.5}}"#, .images(channels: 3)),
    ])
    func resolvedSpecsSurviveJSON(body: String, dataset: DatasetManifest) throws {
        let spec = try resolve(body, dataset).spec
        #expect(try ResolvedSpec(json: JSON(parsing: spec.json.bytes)) == spec)
    }

    @Test func whatIsNoResolvedSpecIsRefused() throws {
        #expect(throws: SpecError.self) { try ResolvedSpec(json: ["dataset_id": "ds_1"]) }
    }
}

/// What a resume may change.
@Suite struct RaiseTests {
    private static func spec(steps: Int?, seconds: Double?) throws -> ResolvedSpec {
        var spec = try resolve(#"{"dataset_id":"ds_1","seed":1}"#, .points()).spec
        spec.training.length = TrainingLength(steps: steps, maximumSeconds: seconds)
        return spec
    }

    @Test(arguments: [
        ("{}", 100, 5.0), (#"{"training":{}}"#, 100, 5.0), (#"{"training":{"steps":100}}"#, 100, 5.0),
        (#"{"training":{"steps":200}}"#, 200, 5.0), (#"{"training":{"steps":200,"max_seconds":6}}"#, 200, 6.0),
    ])
    func limitsRise(changes: String, steps: Int, seconds: Double) throws {
        let raised = try SpecResolver.raise(Self.spec(steps: 100, seconds: 5), changes: json(changes))
        let plans = steps == 100 ? [] : [100]
        #expect(
            raised.training.length
                == TrainingLength(steps: steps, maximumSeconds: seconds, earlierPlans: plans))
        #expect(try ResolvedSpec(json: JSON(parsing: raised.json.bytes)) == raised)
    }

    @Test func aTimeThatRisesStretchesTheStepsPlannedForIt() throws {
        let spec = try Self.spec(steps: nil, seconds: 5).planning(steps: 40)
        let raised = try SpecResolver.raise(spec, changes: json(#"{"training":{"max_seconds":15}}"#))
        #expect(
            raised.training.length
                == TrainingLength(steps: nil, maximumSeconds: 15, plannedSteps: 120, earlierPlans: [40]))
        let unplanned = try SpecResolver.raise(
            Self.spec(steps: nil, seconds: 5), changes: json(#"{"training":{"max_seconds":15}}"#))
        #expect(unplanned.training.length == TrainingLength(steps: nil, maximumSeconds: 15))
    }

    @Test(arguments: [
        (#"{"training":{"steps":99}}"#, "/training/steps"),
        (#"{"training":{"max_seconds":1}}"#, "/training/max_seconds"),
        (#"{"training":{"batch_size":9}}"#, "/training/batch_size"), (#"{"seed":9}"#, "/seed"), ("[]", ""),
    ])
    func nothingElseChanges(changes: String, pointer: String) throws {
        let error = try #require(throws: SpecError.self) {
            try SpecResolver.raise(Self.spec(steps: 100, seconds: 5), changes: json(changes))
        }
        #expect(error.problems.map(\.pointer) == [pointer])
    }

    @Test func aLimitThatIsNotThereCantRise() throws {
        #expect(throws: SpecError.self) {
            try SpecResolver.raise(Self.spec(steps: nil, seconds: 5), changes: json(#"{"training":{"steps":99}}"#))
        }
    }
}
