internal import Codecs
internal import Datasets
internal import Torch

/// The choices for one job: takes what the caller gave, has the dataset's kind choose the rest, and checks what comes of it.
struct SpecChoice {
    let request: RequestedSpec
    let dataset: DatasetManifest
    let machine: MachineLimits
    let problems: SpecProblems
    let defaults: any SpecDefaults
    let choices: Choices

    /// - Returns: nil where the preset isn't one for such datasets, which the problems then say.
    init?(request: RequestedSpec, dataset: DatasetManifest, machine: MachineLimits, problems: SpecProblems) {
        let preset = request.preset ?? .automatic
        let kind = dataset.kind.learned.defaults
        guard kind.presets.contains(preset) else {
            let items = kind.init(dataset, .automatic).items
            problems.add(
                "/preset",
                "\(preset.name) isn't for a dataset that holds \(items); "
                    + "\(kind.presets.map(\.name).joined(separator: " or ")) would do")
            return nil
        }
        self.request = request
        self.dataset = dataset
        self.machine = machine
        self.problems = problems
        defaults = kind.init(dataset, preset)
        choices = Choices(
            problems: problems, defaults: defaults, shape: dataset.schema.shape, data: request.data)
    }

    /// The whole spec; `nil` where no sizes could be inferred, which the problems then say.
    func resolution() -> Resolution? {
        guard dataset.trainingCount > 0 else {
            problems.add("/dataset_id", "the dataset has no items to train on")
            return nil
        }
        sayWhatToExpect()
        if request.preset == nil { choices.explain("/preset", "auto, as no preset was named") }
        let seed = request.seed ?? drawSeed()
        guard let device = chooseDevice() else { return nil }
        choices.explain(
            "/threads",
            machine.threadsPerJob == 1
                ? "1 of \(machine.cores) cores, as the server gives each job"
                : "\(machine.threadsPerJob) of \(machine.cores) cores, as the server gives each job, or fewer where a trial "
                    + "at its first start shows that these are as fast")
        let (architecture, isMade) = chooseArchitecture()
        defaults.check(request.data, problems)
        guard defaults.holdsSomething(for: architecture, problems) else { return nil }
        let precision = choosePrecision(on: device)
        var model = ModelSpec(
            architecture: architecture,
            latentDimension: choices.take(
                request.model.latentDimension, "/model/latent_dim", or: defaults.latentDimension),
            conditioning: defaults.conditioning(request.model, architecture, choices))
        let training = chooseTraining(model)
        chooseNorms(of: &model, training)
        let checkpoint = chooseCheckpoint()
        let spec = ResolvedSpec(
            datasetID: request.heading.datasetID, preset: defaults.preset, seed: UInt64(seed), device: device,
            precision: precision, threads: machine.threadsPerJob, model: model, training: training,
            checkpoint: checkpoint, evaluation: chooseEvaluation(training.length, checkpoint), health: request.health,
            repair: RepairSpec(
                attempts: choices.take(
                    request.repairAttempts, "/repair/attempts", or: defaults.isClassic ? 0 : 3,
                    defaults.isClassic
                        ? "0, as the textbook algorithm is left as it is"
                        : "3: where losses run off, training goes back to a checkpoint with lower rates")))
        guard isMade, architecture.fits(dataset.schema.shape, problems) else { return nil }
        return check(spec)
    }

    /// Notes what can't be trained, or not here.
    private func check(_ spec: ResolvedSpec) -> Resolution {
        let training = spec.training
        let plan = ArchitecturePlan(model: spec.model, schema: dataset.schema, training: training)
        checkPenalties(training, plan, spec.model.architecture)
        checkNormedBatches(training, plan)
        if !training.stopWhen.isNever, !QualityEvaluator.canMeasure(dataset) {
            problems.add(
                "/training/stop_when",
                "goes by evaluations, and there are none for this dataset: they need \(QualityEvaluator.leastItems) held-out "
                    + "items and as many to train on, and it has \(dataset.holdoutCount) and \(dataset.trainingCount); "
                    + "\"steps\" and \"max_seconds\" would do")
        }
        if QualityEvaluator.canMeasure(dataset), !QualityEvaluator.canChoose(dataset) {
            choices.explain(
                "/evaluation",
                "the last checkpoint is taken for the best: \(dataset.holdoutCount) held-out items are too few to tell them "
                    + "apart by, of which it takes \(QualityEvaluator.leastToChoose)")
        }
        let memory = MemoryEstimate(plan: plan, training: training, defaults)
        checkMemory(memory, plan: plan)
        return Resolution(
            heading: request.heading, spec: spec, reasons: choices.reasons,
            generatorParameters: plan.generatorParameters, discriminatorParameters: plan.discriminatorParameters,
            memoryBytes: memory.total, warnings: dataset.kind.learned.warnings(dataset, spec))
    }

    private func drawSeed() -> Int {
        choices.explain("/seed", "drawn at random, as none was given")
        return Int.random(in: 0...Int(UInt32.max))
    }

    private func chooseDevice() -> Device? {
        let names = machine.devices.map { "\"\($0)\"" }
        guard let wish = request.device else {
            let device = defaults.isForCPU ? .cpu : machine.devices.first ?? .cpu
            choices.explain(
                "/device",
                machine.devices.count == 1
                    ? "\(device), the only one"
                    : defaults.isForCPU
                        ? "\(device), as tables are trained on the CPU"
                        : "\(device), the first of \(names.joined(separator: ", "))")
            return device
        }
        if defaults.isForCPU, wish != .cpu {
            problems.add("/device", "tables are trained on the CPU; \"cpu\" would do")
            return nil
        }
        guard machine.devices.contains(wish) else {
            problems.add("/device", "\"\(wish)\" isn't there; this server has \(names.joined(separator: ", "))")
            return nil
        }
        return wish
    }

    private func choosePrecision(on device: Device) -> Precision {
        if request.precision == .bf16, device == .cpu, !machine.hasLowPrecision {
            problems.add(
                "/precision",
                "bf16 would be slower here than fp32, since the processor has no instructions for it; \"auto\" or \"fp32\" "
                    + "would be right")
        }
        return choices.take(request.precision, "/precision", or: .fp32, "fp32, as nothing else was asked for")
    }

    /// What a dataset that is hardly one will come to.
    private func sayWhatToExpect() {
        let count = dataset.trainingCount
        let pointer = "/dataset_id"
        if let expectation = defaults.expectation {
            choices.explain(pointer, expectation)
        } else if count < 50 {
            choices.explain(
                pointer,
                "\(count) training \(count == 1 ? "item" : "items"): expect a generator that repeats them; more would give "
                    + "it something to learn")
        }
        if !QualityEvaluator.canMeasure(dataset) {
            choices.explain(
                pointer,
                "quality isn't measured, as \(dataset.holdoutCount) items are held out and \(QualityEvaluator.leastItems) "
                    + "are needed, which a dataset of some \(QualityEvaluator.leastItems * 10) items has")
        }
    }
}
