internal import Datasets

/// The networks.
extension SpecChoice {
    /// The architecture with all its members, and whether it makes such items; where it doesn't, another stands for it, so
    /// that the rest of the spec can be looked at.
    func chooseArchitecture() -> (architecture: any Architecture, isMade: Bool) {
        let offers = defaults.architectures
        let name = choices.take(
            request.model.architecture, "/model/architecture", or: type(of: offers[0]), defaults.architectureReason)
        for member in request.model.foreignMembers(to: name) {
            problems.add("/model/\(member)", "does not belong to the architecture \(name.name)")
        }
        if let usual = offers.first(where: { $0.name == name.name }) {
            return (usual.chosen(reading: request.model.reader, choices), true)
        }
        problems.add(
            "/model/architecture",
            "\(name.name) makes \(name.makes), and the dataset holds \(defaults.items); \(offers[0].name) would be right"
        )
        _ = name.stored(request.model.reader, Choices(stored: request.data, problems: problems))
        return (offers[0], false)
    }

    /// Norms after the architecture's paper, unless a penalty forbids them.
    func chooseNorms(of model: inout ModelSpec, _ training: TrainingSpec) {
        model.norms = model.architecture.norms(
            request.model.norms, choices, isPenalised: training.regularisation.isPerItem)
        if model.norms.generator == .spectral {
            problems.add("/model/generator_norm", "must be none or batch; spectral belongs to discriminators")
        }
        model.hasMinibatchDeviation = choices.take(
            request.model.hasMinibatchDeviation, "/model/minibatch_std", or: defaults.minibatchDeviation)
        let packs = training.batchSize / training.packing
        if model.hasMinibatchDeviation, ArchitecturePlan.deviationGroup(packs: packs) == 1 {
            problems.add(
                "/model/minibatch_std",
                "needs a batch that divides into groups of 4, 3 or 2; \(packs) \(training.packing > 1 ? "pack" : "item")"
                    + (packs == 1 ? " doesn't" : "s don't"))
        }
    }

    /// Penalties on the slope of an item's logit need that logit to depend on the item alone.
    func checkPenalties(_ training: TrainingSpec, _ plan: ArchitecturePlan, _ architecture: any Architecture) {
        guard training.regularisation.isPerItem, plan.discriminatorMixesItems else { return }
        let place = request.training.regularisation == nil ? "/training/objective" : "/training/regularisation"
        problems.add(
            place,
            "asks for a penalty on the slope of each item's logit, and \(architecture.name)'s discriminator has batch norm, "
                + "which mixes the items of a batch; \"discriminator_norm\": \"none\", or the objective non_saturating "
                + "without penalties, would do")
    }

    /// Batch norm divides by how much a channel's values differ, so that there have to be two of them.
    func checkNormedBatches(_ training: TrainingSpec, _ plan: ArchitecturePlan) {
        let packs = training.batchSize / training.packing
        for (name, network, batch, packing) in [
            ("generator", plan.generator, training.batchSize, 1),
            ("discriminator", plan.features, packs, training.packing),
        ] {
            guard let values = network.fewestNormed, values * batch < 2 else { continue }
            let larger = dataset.trainingCount >= 2 * packing ? "a batch_size of \(2 * packing) or more, or " : ""
            problems.add(
                request.training.batchSize == nil ? "/model/\(name)_norm" : "/training/batch_size",
                "batch norm needs two values of each channel or more, and the \(name) gets one \(packing > 1 ? "pack" : "item") "
                    + "in a batch; \(larger)\"\(name)_norm\": \"none\" would do")
        }
    }

    func checkMemory(_ memory: MemoryEstimate, plan: ArchitecturePlan) {
        guard memory.total > machine.memoryBytes else { return }
        let isBatch = memory.activationBytes > memory.weightBytes
        problems.add(
            isBatch ? "/training/batch_size" : "/model",
            "training would take about \(byteCountText(memory.total)), and a job may take "
                + "\(byteCountText(machine.memoryBytes)) here: \(plan.generatorParameters) weights in the generator, "
                + "\(plan.discriminatorParameters) in the discriminator; "
                + "\(isBatch ? "a smaller batch_size" : "a smaller model") would fit")
    }
}
