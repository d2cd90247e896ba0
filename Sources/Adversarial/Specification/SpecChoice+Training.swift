internal import Datasets

/// How they are trained, and when that is measured and kept.
extension SpecChoice {
    mutating func chooseTraining(_ model: ModelSpec) -> TrainingSpec {
        let wish = request.training
        let chosen =
            isTable
            ? tableDefaults.objective : TrainingDefaults.objective(isClassic: isClassic, isImages: isImages)
        let objective = take(wish.objective, "/training/objective", or: chosen.choice, chosen.reason)
        let defaults = TrainingDefaults(
            isClassic: isClassic, isImages: isImages, objective: objective, pixels: pixels,
            items: dataset.trainingCount, table: isTable ? tableDefaults : nil)
        let packing = choosePacking(model)
        let regularisation = take(
            wish.regularisation?.filled, "/training/regularisation", or: defaults.regularisation,
            defaults.regularisationReason)
        return TrainingSpec(
            length: chooseLength(defaults), batchSize: chooseBatchSize(defaults, packing: packing),
            objective: objective,
            regularisation: regularisation,
            packing: packing, augmentation: chooseAugmentation(regularisation), balance: wish.balance,
            momentMatching: chooseMoments(), softening: chooseSoftening(objective),
            discriminatorSteps: take(
                wish.discriminatorSteps, "/training/discriminator_steps", or: defaults.discriminatorSteps,
                defaults.discriminatorStepsReason),
            freshFakes: take(
                wish.freshFakes, "/training/fresh_fakes", or: !(isTable && preset == .automatic),
                isTable && preset == .automatic
                    ? "false: the generator's update takes the rows that the discriminator was shown, which saves making others"
                    : "true: the generator's update draws items of its own, as the textbook algorithm has it"),
            generatorOptimiser: chooseOptimiser("generator_optimizer", wish.generatorOptimiser, defaults),
            discriminatorOptimiser: chooseOptimiser("discriminator_optimizer", wish.discriminatorOptimiser, defaults),
            schedule: take(
                wish.schedule?.filled, "/training/schedule", or: defaults.schedule, defaults.scheduleReason),
            averaging: AveragingSpec(
                halfLife: take(
                    wish.halfLife, "/training/ema_half_life", or: defaults.halfLife,
                    "\(Int(defaults.halfLife)) samples, over which the generator's wandering evens out"),
                rampUp: take(
                    wish.rampUp, "/training/ema_ramp_up", or: 0.05,
                    "0.05, so that early samples follow the weights closely")),
            stopWhen: wish.stopWhen)
    }

    private mutating func chooseAugmentation(_ regularisation: Regularisation) -> AugmentationSpec {
        let pointer = "/training/augmentation"
        let count = dataset.trainingCount
        let isSmall = isImages && !isClassic && count < TrainingDefaults.itemsWithoutAugmentation
        let isAugmented = isSmall && !regularisation.isPerItem
        let reason =
            if !isImages {
                "none, as only images can be augmented"
            } else if isClassic {
                "none, as the textbook algorithm has none"
            } else if isAugmented {
                "diffaugment, as a discriminator without a penalty learns \(count) images by heart"
            } else if isSmall {
                "none, as in trials on 200 digits the penalties sufficed, and augmentation came further from real ones"
            } else {
                "none, as \(count) images are too many to be learnt by heart"
            }
        let chosen = take(
            request.training.augmentation, pointer,
            or: AugmentationSpec(kind: isAugmented ? .differentiable : .none), reason)
        if chosen.kind != .none, !isImages {
            problems.add(pointer, "changes images, and the dataset holds points; none would do")
        }
        return chosen
    }

    private mutating func chooseMoments() -> Double {
        let pointer = "/training/moment_matching"
        guard isTable else {
            if request.training.momentMatching ?? 0 > 0 {
                problems.add(pointer, "belongs to tables, and the dataset holds \(dataset.kind.rawValue)")
            }
            return 0
        }
        let chosen = tableDefaults.momentMatching
        return take(
            request.training.momentMatching, pointer, or: chosen,
            chosen > 0
                ? "\(chosen), with which trials on tables kept pairs of columns together best"
                : "0, as the algorithm has none")
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

    private mutating func choosePacking(_ model: ModelSpec) -> Int {
        let packing =
            isTable
            ? take(
                request.training.packing, "/training/packing", or: tableDefaults.packing.choice,
                tableDefaults.packing.reason)
            : take(
                request.training.packing, "/training/packing", or: 1, "1: the discriminator judges each item by itself")
        if packing > 1, model.conditioning != nil, !isTable {
            problems.add(
                "/training/packing",
                "joins items of several classes in a conditional model; 1, or \"conditional\": false, would do")
        }
        return packing
    }

    /// Penalties on the slope of an item's logit need that logit to depend on the item alone.
    func checkPenalties(_ training: TrainingSpec, _ plan: ArchitecturePlan, _ name: ArchitectureName) {
        guard training.regularisation.isPerItem, plan.discriminatorMixesItems else { return }
        let place = request.training.regularisation == nil ? "/training/objective" : "/training/regularisation"
        problems.add(
            place,
            "asks for a penalty on the slope of each item's logit, and \(name.rawValue)'s discriminator has batch norm, "
                + "which mixes the items of a batch; \"discriminator_norm\": \"none\", or the objective non_saturating "
                + "without penalties, would do")
    }

    private mutating func chooseLength(_ defaults: TrainingDefaults) -> TrainingLength {
        let wish = request.training
        if wish.steps == nil, wish.maximumSeconds != nil {
            because("/training/steps", "none, as max_seconds ends the job")
            because("/training/planned_steps", "measured when the job starts, as only max_seconds was given")
            return TrainingLength(steps: nil, maximumSeconds: wish.maximumSeconds)
        }
        let steps = take(wish.steps, "/training/steps", or: defaults.steps, defaults.stepsReason)
        return TrainingLength(steps: steps, maximumSeconds: wish.maximumSeconds)
    }

    private mutating func chooseBatchSize(_ defaults: TrainingDefaults, packing: Int) -> Int {
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
        let chosen = min(defaults.batchSize, dataset.trainingCount) / packing * packing
        if chosen == 0 {
            problems.add(
                "/training/packing",
                "must be at most the dataset's \(dataset.trainingCount) training items; \(packing) was given")
        }
        because(
            "/training/batch_size",
            chosen <= defaults.batchSize - packing
                ? "\(chosen), all the training items there are" : "\(chosen), \(defaults.batchSizeReason)")
        return max(packing, chosen)
    }

    private mutating func chooseOptimiser(
        _ name: String, _ wish: RequestedOptimiser, _ defaults: TrainingDefaults
    ) -> OptimiserSpec {
        let merged = wish.over(request.training.optimiser)
        if merged.impliedName == nil {
            because("/training/\(name)/type", defaults.optimiserReason)
        }
        if merged.learningRate == nil {
            because("/training/\(name)/learning_rate", defaults.learningRateReason)
        }
        return merged.filled(from: defaults.optimiser)
    }

    /// Evaluations are read whole for a curve, so there must not be millions of them.
    mutating func chooseEvaluation(
        _ length: TrainingLength, _ checkpoint: CheckpointSpec
    ) -> EvaluationSpec {
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
            everySteps: take(
                request.evaluationEverySteps, pointer, or: choice,
                choice == checkpoint.everySteps
                    ? "\(choice), so that every checkpoint has its score"
                    : "\(choice), so that there are \(SpecRange.evaluations) evaluations at most"))
    }

    mutating func chooseCheckpoint(_ length: TrainingLength) -> CheckpointSpec {
        CheckpointSpec(
            everySteps: take(
                request.checkpointEverySteps, "/checkpoint/every_steps", or: 500,
                "500, so that a crash costs little and the disk stays quiet"),
            keep: take(request.checkpointKeep, "/checkpoint/keep", or: 3, "3, the last ones"))
    }
}
