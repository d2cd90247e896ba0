internal import Datasets

/// How they are trained, and when that is measured and kept.
extension SpecChoice {
    func chooseTraining(_ model: ModelSpec) -> TrainingSpec {
        let wish = request.training
        let objective = choices.take(wish.objective, "/training/objective", or: defaults.objective)
        let usual = defaults.training(of: model.architecture, by: objective)
        let packing = choosePacking(model, usual)
        let regularisation = choices.take(
            wish.regularisation?.filled, "/training/regularisation", or: usual.regularisation)
        return TrainingSpec(
            length: chooseLength(usual), batchSize: chooseBatchSize(usual, packing: packing), objective: objective,
            regularisation: regularisation, packing: packing, augmentation: chooseAugmentation(regularisation),
            balance: wish.balance, momentMatching: chooseMoments(), softening: chooseSoftening(objective),
            discriminatorSteps: choices.take(
                wish.discriminatorSteps, "/training/discriminator_steps", or: usual.discriminatorSteps,
                usual.discriminatorStepsReason),
            freshFakes: choices.take(wish.freshFakes, "/training/fresh_fakes", or: usual.freshFakes),
            generatorOptimiser: chooseOptimiser("generator_optimizer", wish.generatorOptimiser, usual),
            discriminatorOptimiser: chooseOptimiser("discriminator_optimizer", wish.discriminatorOptimiser, usual),
            schedule: choices.take(wish.schedule?.filled, "/training/schedule", or: usual.schedule),
            averaging: AveragingSpec(
                halfLife: choices.take(
                    wish.halfLife, "/training/ema_half_life", or: usual.halfLife, usual.halfLifeReason),
                rampUp: choices.take(
                    wish.rampUp, "/training/ema_ramp_up", or: 0.05,
                    "0.05, so that early samples follow the weights closely")),
            stopWhen: wish.stopWhen)
    }

    private func chooseAugmentation(_ regularisation: Regularisation) -> AugmentationSpec {
        let pointer = "/training/augmentation"
        let usual = defaults.augmentation(beside: regularisation)
        let chosen = choices.take(
            request.training.augmentation, pointer, or: AugmentationSpec(kind: usual?.value ?? .none),
            usual?.reason ?? "none, as only images can be augmented")
        if chosen.kind != .none, usual == nil {
            problems.add(pointer, "changes images, and the dataset holds \(defaults.items); none would do")
        }
        return chosen
    }

    private func chooseMoments() -> Double {
        let pointer = "/training/moment_matching"
        if let usual = defaults.momentMatching {
            return choices.take(request.training.momentMatching, pointer, or: usual)
        }
        if request.training.momentMatching ?? 0 > 0 {
            problems.add(pointer, "belongs to tables, and the dataset holds \(defaults.items); 0 would do")
        }
        return 0
    }

    private func chooseSoftening(_ objective: Objective) -> Softening {
        let softening = request.training.softening
        if softening.labelSmoothing > 0, !objective.isCrossEntropy {
            problems.add(
                "/training/label_smoothing",
                "moves the target of a cross-entropy, and \(objective.rawValue) has none; minimax and non_saturating do"
            )
        }
        return softening
    }

    /// As many as usual, or fewer where a batch has no more, or can't be divided by that many.
    private func choosePacking(_ model: ModelSpec, _ usual: TrainingDefaults) -> Int {
        let pointer = "/training/packing"
        let batch = request.training.batchSize ?? dataset.trainingCount
        let most = min(usual.packing.value, batch)
        let fitting = request.training.batchSize == nil ? most : (1...most).last { batch.isMultiple(of: $0) } ?? 1
        let packing = choices.take(
            request.training.packing, pointer, or: fitting,
            fitting == usual.packing.value
                ? usual.packing.reason : "\(fitting), so that a batch of \(batch) or fewer items is made of full packs")
        if packing > 1, model.conditioning != nil, type(of: model.architecture).embedsClasses {
            problems.add(
                pointer,
                "joins items of several classes in a conditional model; 1, or \"conditional\": false, would do")
        }
        return packing
    }

    private func chooseLength(_ usual: TrainingDefaults) -> TrainingLength {
        let wish = request.training
        if wish.steps == nil, wish.maximumSeconds != nil {
            choices.explain("/training/steps", "none, as max_seconds ends the job")
            choices.explain(
                "/training/planned_steps",
                "measured when the job starts and moved as its pace changes, as only max_seconds was given")
            return TrainingLength(steps: nil, maximumSeconds: wish.maximumSeconds)
        }
        return TrainingLength(
            steps: choices.take(wish.steps, "/training/steps", or: usual.steps), maximumSeconds: wish.maximumSeconds)
    }

    private func chooseBatchSize(_ usual: TrainingDefaults, packing: Int) -> Int {
        if let given = request.training.batchSize {
            if !given.isMultiple(of: packing) {
                problems.add(
                    "/training/packing",
                    "must divide the batch_size of \(given), so that packs are full; \(packing) was given")
            }
            if given > dataset.trainingCount {
                problems.add(
                    "/training/batch_size",
                    "must be at most the dataset's \(dataset.trainingCount) training items; \(given) was given")
            }
            return given
        }
        let chosen = min(usual.batchSize, dataset.trainingCount) / packing * packing
        if chosen == 0 {
            problems.add(
                "/training/packing",
                "must be at most the dataset's \(dataset.trainingCount) training items; \(packing) was given")
        }
        choices.explain(
            "/training/batch_size",
            chosen <= usual.batchSize - packing
                ? "\(chosen), all the training items there are" : "\(chosen), \(usual.batchSizeReason)")
        return max(packing, chosen)
    }

    private func chooseOptimiser(
        _ name: String, _ wish: RequestedOptimiser, _ usual: TrainingDefaults
    ) -> OptimiserSpec {
        let merged = wish.over(request.training.optimiser)
        if merged.impliedName == nil {
            choices.explain("/training/\(name)/type", defaults.optimiserReason)
        }
        if merged.learningRate == nil {
            choices.explain("/training/\(name)/learning_rate", usual.learningRateReason)
        }
        return merged.filled(from: usual.optimiser)
    }

    /// Evaluations are read whole for a curve, so there must not be millions of them.
    func chooseEvaluation(_ length: TrainingLength, _ checkpoint: CheckpointSpec) -> EvaluationSpec {
        let least = max(1, (length.steps ?? 0) / SpecRange.evaluations)
        let pointer = "/evaluation/every_steps"
        if let given = request.evaluationEverySteps, given < least {
            problems.add(
                pointer,
                "would measure more than \(SpecRange.evaluations) times over \(length.steps ?? 0) steps; \(least) or more "
                    + "would do")
        }
        let choice = max(least, checkpoint.everySteps)
        return EvaluationSpec(
            everySteps: choices.take(
                request.evaluationEverySteps, pointer, or: choice,
                choice == checkpoint.everySteps
                    ? "\(choice), so that every checkpoint has its score"
                    : "\(choice), so that there are \(SpecRange.evaluations) evaluations at most"))
    }

    func chooseCheckpoint() -> CheckpointSpec {
        CheckpointSpec(
            everySteps: choices.take(
                request.checkpointEverySteps, "/checkpoint/every_steps", or: 500,
                "500, so that a crash costs little and the disk stays quiet"),
            keep: choices.take(request.checkpointKeep, "/checkpoint/keep", or: 3, "3, the last ones"))
    }
}
