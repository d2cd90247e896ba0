package import Codecs
package import Torch

/// A job's spec with every choice made: what is stored, shown as `spec.resolved`, and used again on every resume.
package struct ResolvedSpec: Sendable, Equatable {
    /// The dataset it was resolved for.
    package var datasetID: String
    /// Where the choices came from that the caller left open.
    package var preset: Preset
    /// All of a run's randomness comes from it.
    package var seed: UInt64
    /// What trains it.
    package var device: Device
    /// To what precision the factors of products and convolutions are rounded in training.
    package var precision: Precision
    /// What multiplies matrices on the CPU, fixed as its rounding is its own.
    package var matrixProduct: MatrixProduct
    /// Threads of the engine, fixed since sums depend on how they are split.
    package var threads: Int
    /// The networks.
    package var model: ModelSpec
    /// How they are trained.
    package var training: TrainingSpec
    /// When checkpoints are written.
    package var checkpoint: CheckpointSpec
    /// When quality is measured.
    package var evaluation: EvaluationSpec
    /// What the health monitor's rules compare with.
    package var health: HealthThresholds
    /// What is done where training runs off.
    package var repair: RepairSpec

    /// A spec with the given choices.
    package init(
        datasetID: String, preset: Preset = .automatic, seed: UInt64, device: Device = .cpu,
        precision: Precision = .fp32, matrixProduct: MatrixProduct = .oneDNN, threads: Int, model: ModelSpec,
        training: TrainingSpec, checkpoint: CheckpointSpec, evaluation: EvaluationSpec? = nil,
        health: HealthThresholds = HealthThresholds(), repair: RepairSpec = RepairSpec(attempts: 3)
    ) {
        self.datasetID = datasetID
        self.preset = preset
        self.seed = seed
        self.device = device
        self.precision = precision
        self.matrixProduct = matrixProduct
        self.threads = threads
        self.model = model
        self.training = training
        self.checkpoint = checkpoint
        self.evaluation = evaluation ?? EvaluationSpec(everySteps: checkpoint.everySteps)
        self.health = health
        self.repair = repair
    }

    /// Reads what `json` wrote.
    ///
    /// - Throws: `SpecError` with all that is missing or wrong.
    package init(json: JSON) throws {
        let problems = SpecProblems()
        let stored = RequestedSpec(json, origin: .store, problems: problems)
        try problems.throwIfAny()
        guard let preset = stored.preset, let seed = stored.seed, let threads = stored.threads,
            let model = ModelSpec(stored: stored.model, data: stored.data, problems),
            let training = TrainingSpec(stored.training),
            let everySteps = stored.checkpointEverySteps, let keep = stored.checkpointKeep
        else {
            try problems.throwIfAny()
            throw SpecError(problems: [SpecProblem(pointer: "", detail: "is no resolved spec: members are missing")])
        }
        try problems.throwIfAny()
        self.init(
            datasetID: stored.heading.datasetID, preset: preset, seed: UInt64(seed), device: stored.device ?? .cpu,
            precision: stored.precision ?? .fp32,
            // Absent in specs from before there was a choice.
            matrixProduct: stored.matrixProduct ?? .oneDNN, threads: threads, model: model,
            training: training, checkpoint: CheckpointSpec(everySteps: everySteps, keep: keep),
            evaluation: stored.evaluationEverySteps.map { EvaluationSpec(everySteps: $0) }, health: stored.health,
            repair: RepairSpec(attempts: stored.repairAttempts ?? 0))
    }

    /// The spec as the REST contract shows it, with the fields of the request.
    package var json: JSON {
        [
            "dataset_id": .string(datasetID), "preset": .string(preset.name), "seed": .integer(Int64(seed)),
            "device": .string(device.description), "precision": .string(precision.rawValue),
            "matrix_product": .string(matrixProduct.rawValue), "threads": .integer(Int64(threads)),
            "data": data.json, "model": model.json, "training": training.json,
            "checkpoint": [
                "every_steps": .integer(Int64(checkpoint.everySteps)), "keep": .integer(Int64(checkpoint.keep)),
            ],
            "evaluation": ["every_steps": .integer(Int64(evaluation.everySteps))], "health": health.json,
            "repair": ["attempts": .integer(Int64(repair.attempts))],
        ]
    }

    /// What the caller said of the dataset's columns.
    package var data: DataSpec { model.architecture.data }

    /// The same spec with the steps that a job ended by time alone is expected to take, within those that a spec may have.
    package func planning(steps: Int) -> ResolvedSpec {
        var planned = self
        planned.training.length.plannedSteps = training.length.steps ?? min(max(1, steps), SpecRange.steps.upperBound)
        return planned
    }
}

extension TrainingSpec {
    /// A stored plan of training; `nil` where a member is missing.
    fileprivate init?(_ stored: RequestedTraining) {
        guard stored.steps != nil || stored.maximumSeconds != nil, let batchSize = stored.batchSize,
            let objective = stored.objective, let discriminatorSteps = stored.discriminatorSteps,
            let freshFakes = stored.freshFakes,
            let generator = OptimiserSpec(stored.generatorOptimiser),
            let discriminator = OptimiserSpec(stored.discriminatorOptimiser),
            let halfLife = stored.halfLife, let rampUp = stored.rampUp
        else { return nil }
        self.init(
            length: TrainingLength(
                steps: stored.steps, maximumSeconds: stored.maximumSeconds, plannedSteps: stored.plannedSteps,
                earlierPlans: stored.earlierPlans ?? []),
            batchSize: batchSize, objective: objective,
            // Absent in specs from before there were any.
            regularisation: stored.regularisation?.filled ?? Regularisation(), packing: stored.packing ?? 1,
            augmentation: stored.augmentation ?? AugmentationSpec(), balance: stored.balance,
            momentMatching: stored.momentMatching ?? 0, softening: stored.softening,
            discriminatorSteps: discriminatorSteps, freshFakes: freshFakes, generatorOptimiser: generator,
            discriminatorOptimiser: discriminator, schedule: stored.schedule?.filled ?? ScheduleSpec(),
            averaging: AveragingSpec(halfLife: halfLife, rampUp: rampUp), stopWhen: stored.stopWhen)
    }

    fileprivate var json: JSON {
        [
            "steps": length.steps.map { .integer(Int64($0)) } ?? .null,
            "max_seconds": length.maximumSeconds.map { .number($0) } ?? .null,
            "planned_steps": length.plannedSteps.map { .integer(Int64($0)) } ?? .null,
            "earlier_plans": .array(length.earlierPlans.map { .integer(Int64($0)) }),
            "batch_size": .integer(Int64(batchSize)), "objective": .string(objective.rawValue),
            "regularisation": regularisation.json, "label_smoothing": .number(softening.labelSmoothing),
            "instance_noise": .number(softening.instanceNoise),
            "gradient_clipping": softening.gradientClipping.map { .number($0) } ?? .null,
            "moment_matching": .number(momentMatching), "packing": .integer(Int64(packing)),
            "augmentation": augmentation.json,
            "balance": balance?.json ?? .null,
            "discriminator_steps": .integer(Int64(discriminatorSteps)), "fresh_fakes": .boolean(freshFakes),
            "generator_optimizer": generatorOptimiser.json, "discriminator_optimizer": discriminatorOptimiser.json,
            "schedule": schedule.json, "ema_half_life": .number(averaging.halfLife),
            "ema_ramp_up": .number(averaging.rampUp),
            "stop_when": stopWhen.json,
        ]
    }
}

extension Regularisation {
    fileprivate var json: JSON {
        var json: [(String, JSON)] = [("r1", .number(realSlope)), ("r2", .number(fakeSlope))]
        if gradientPenalty > 0 {
            json += [("gradient_penalty", .number(gradientPenalty)), ("one_sided", .boolean(isOneSided))]
        }
        return .object(json.map { JSON.Member(name: $0.0, value: $0.1) })
    }
}

extension ScheduleSpec {
    fileprivate var json: JSON {
        [
            "learning_rate": .number(learningRate), "regularisation": .number(regularisation),
            "beta2": beta2.map { .number($0) } ?? .null, "until": .number(until), "shape": .string(shape.rawValue),
        ]
    }
}

extension OptimiserSpec {
    /// A stored optimiser; `nil` where a member is missing.
    fileprivate init?(_ stored: RequestedOptimiser) {
        guard let name = stored.name, let learningRate = stored.learningRate else { return nil }
        switch name {
        case .adam:
            guard let beta1 = stored.beta1, let beta2 = stored.beta2 else { return nil }
            self = .adam(learningRate: learningRate, beta1: beta1, beta2: beta2)
        case .sgd:
            guard let momentum = stored.momentum else { return nil }
            self = .sgd(learningRate: learningRate, momentum: momentum)
        }
    }

    fileprivate var json: JSON {
        switch self {
        case .adam(let learningRate, let beta1, let beta2):
            [
                "type": "adam", "learning_rate": .number(learningRate), "beta1": .number(beta1),
                "beta2": .number(beta2),
            ]
        case .sgd(let learningRate, let momentum):
            ["type": "sgd", "learning_rate": .number(learningRate), "momentum": .number(momentum)]
        }
    }
}
