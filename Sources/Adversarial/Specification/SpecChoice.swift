internal import Codecs
internal import Datasets
internal import Torch

/// The choices for one job: takes what the caller gave, chooses the rest, and says why.
struct SpecChoice {
    let request: RequestedSpec
    let dataset: DatasetManifest
    let machine: MachineLimits
    let problems: SpecProblems
    let preset: Preset
    private var reasons: [SpecReason] = []

    init(request: RequestedSpec, dataset: DatasetManifest, machine: MachineLimits, problems: SpecProblems) {
        self.request = request
        self.dataset = dataset
        self.machine = machine
        self.problems = problems
        preset = request.preset ?? .automatic
    }

    var isClassic: Bool { preset == .classic }

    var isImages: Bool { dataset.schema is ImageSchema }

    /// The whole spec; `nil` where no sizes could be inferred, which the problems then say.
    mutating func resolution() -> Resolution? {
        guard isTrainable() else { return nil }
        sayWhatToExpect()
        if request.preset == nil { because("/preset", "auto, as no preset was named") }
        let seed = request.seed ?? drawSeed()
        guard let device = chooseDevice() else { return nil }
        because(
            "/threads",
            machine.threadsPerJob == 1
                ? "1 of \(machine.cores) cores, as the server gives each job"
                : "\(machine.threadsPerJob) of \(machine.cores) cores, as the server gives each job, or fewer where a trial "
                    + "at its first start shows that these are as fast")
        let architecture = chooseArchitecture()
        checkColumns()
        if case .tabular(let networks) = architecture, !hasContent(networks) { return nil }
        let precision = choosePrecision(architecture.name, on: device)
        var model = ModelSpec(
            architecture: architecture, latentDimension: chooseLatent(architecture.name),
            conditioning: isTable ? chooseConditions(architecture) : chooseConditioning())
        let training = chooseTraining(model)
        chooseNorms(of: &model, training)
        let checkpoint = chooseCheckpoint(training.length)
        let spec = ResolvedSpec(
            datasetID: request.heading.datasetID, preset: preset, seed: UInt64(seed), device: device,
            precision: precision, threads: machine.threadsPerJob, model: model, training: training,
            checkpoint: checkpoint,
            evaluation: chooseEvaluation(training.length, checkpoint),
            health: request.health,
            repair: RepairSpec(
                attempts: take(
                    request.repairAttempts, "/repair/attempts", or: isClassic ? 0 : 3,
                    isClassic
                        ? "0, as the textbook algorithm is left as it is"
                        : "3: where losses run off, training goes back to a checkpoint with lower rates")))
        guard fits(architecture) else { return nil }
        let plan = ArchitecturePlan(model: model, schema: dataset.schema, training: training)
        checkPenalties(training, plan, architecture.name)
        if !training.stopWhen.isNever, !QualityEvaluator.canMeasure(dataset) {
            problems.add(
                "/training/stop_when",
                "goes by evaluations, and there are none for this dataset: points with \(QualityEvaluator.leastItems) "
                    + "held-out items or more can be evaluated; \"steps\" and \"max_seconds\" would do")
        }
        let memory = MemoryEstimate(
            plan: plan, training: training, schema: dataset.schema, rows: dataset.trainingCount)
        checkMemory(memory, plan: plan)
        return Resolution(
            heading: request.heading, spec: spec, reasons: reasons, generatorParameters: plan.generatorParameters,
            discriminatorParameters: plan.discriminatorParameters, memoryBytes: memory.total)
    }

    mutating func because(_ pointer: String, _ sentence: String) {
        reasons.append(SpecReason(pointer: pointer, detail: sentence))
    }

    /// The caller's value, or the choice with its sentence.
    mutating func take<Value>(
        _ given: Value?, _ pointer: String, or choice: Value, _ sentence: String
    ) -> Value {
        if let given { return given }
        because(pointer, sentence)
        return choice
    }

    private mutating func drawSeed() -> Int {
        because("/seed", "drawn at random, as none was given")
        return Int.random(in: 0...Int(UInt32.max))
    }

    private mutating func chooseDevice() -> Device? {
        let names = machine.devices.map { "\"\($0)\"" }
        guard let wish = request.device else {
            let device = isTable ? .cpu : machine.devices.first ?? .cpu
            because(
                "/device",
                machine.devices.count > 1
                    ? "\(device), the first of \(names.joined(separator: ", "))" : "\(device), the only one")
            return device
        }
        if isTable, wish != .cpu {
            problems.add("/device", "tables are trained on the CPU; \"cpu\" would do")
            return nil
        }
        guard machine.devices.contains(wish) else {
            problems.add("/device", "\"\(wish)\" isn't there; this server has \(names.joined(separator: ", "))")
            return nil
        }
        return wish
    }

    private mutating func choosePrecision(_ architecture: ArchitectureName, on device: Device) -> Precision {
        if request.precision == .bf16, device == .cpu, !machine.hasLowPrecision {
            problems.add(
                "/precision",
                "bf16 would be slower here than fp32, since the processor has no instructions for it; \"auto\" or \"fp32\" "
                    + "would be right")
        }
        return take(request.precision, "/precision", or: .fp32, "fp32, as nothing else was asked for")
    }

    private func isTrainable() -> Bool {
        if request.preset == .ctgan, !isTable {
            problems.add(
                "/preset", "ctgan is for tables, and the dataset holds \(dataset.kind.rawValue); auto would do")
            return false
        }
        guard dataset.trainingCount > 0 else {
            problems.add("/dataset_id", "the dataset has no items to train on")
            return false
        }
        return true
    }

    /// What a dataset that is hardly one will come to.
    private mutating func sayWhatToExpect() {
        let count = dataset.trainingCount
        let pointer = "/dataset_id"
        if let points = dataset.schema as? PointSchema, points.standardDeviation.allSatisfy({ $0 == 0 }) {
            because(pointer, "all items are equal, so the samples will be, too")
        } else if count < 50 {
            because(
                pointer,
                "\(count) training \(count == 1 ? "item" : "items"): expect a generator that repeats them; more would give "
                    + "it something to learn")
        }
        if !QualityEvaluator.canMeasure(dataset) {
            because(
                pointer,
                "quality isn't measured, as \(dataset.holdoutCount) items are held out and \(QualityEvaluator.leastItems) "
                    + "are needed, which a dataset of some \(QualityEvaluator.leastItems * 10) items has")
        }
    }
}
