package import Datasets
internal import Networks
internal import Torch

/// Trains the players of a game, a step at a time.
///
/// All randomness comes from the spec's seed through generators of the trainer's own, and the engine runs on the
/// threads that the spec names: the same spec and dataset give the same weights bit for bit, also when a checkpoint
/// lies between two steps.
///
/// Not `Sendable`: it lives on one worker thread, whose thread count it sets when it is made.
package final class Trainer {
    /// What is trained.
    package private(set) var spec: ResolvedSpec
    /// What it is trained on.
    package let dataset: DatasetManifest
    /// Steps done; a step is one run of the game's phases.
    package internal(set) var step = 0
    /// Real samples that were seen.
    package var samplesSeen: Int { context.samplesSeen }

    /// What is trained, as a game.
    package var game: any Game { synthesis }
    let synthesis: Synthesis
    /// What the kind keeps in checkpoints, without which the weights mean nothing; nil where there is nothing.
    package let attachment: (any ModelAttachment)?
    let conditionCounts: [Int]
    let context: StepContext
    /// On a CUDA device, what records and replays steps that can be; nil elsewhere.
    private let recorder: StepRecorder?

    /// Whether gradients are found by a graph of all that was done, rather than by `Perceptrons`.
    package var usesGraph: Bool { synthesis.usesGraph }

    /// Draws first weights from the spec's seed.
    ///
    /// - Parameters:
    ///   - spec: a spec that was resolved for this dataset.
    ///   - dataset: gives the batches; only its training items are used.
    ///   - usesGraph: whether perceptrons too are trained with a gradient graph, for comparison.
    /// - Throws: `EngineError`.
    package convenience init(spec: ResolvedSpec, dataset: Dataset, usesGraph: Bool = false) throws {
        try self.init(spec: spec, dataset: dataset, keeping: nil, usesGraph: usesGraph)
    }

    /// - Parameter kept: what the checkpoint has beside the weights that training goes on from; nil where it begins.
    private convenience init(
        spec: ResolvedSpec, dataset: Dataset, keeping kept: (any ModelAttachment)?, usesGraph: Bool = false
    ) throws {
        let prepared = try dataset.manifest.kind.learned.prepare(dataset, spec, keeping: kept)
        let seeds = RunSeeds(seed: spec.seed)
        try self.init(
            spec: spec, dataset: dataset.manifest, prepared,
            latents: RandomLatents(
                seed: seeds.latents, classSeed: seeds.classes, classCounts: prepared.conditionCounts),
            usesGraph: usesGraph)
    }

    /// Goes on from a checkpoint as if training had never stopped.
    ///
    /// - Parameters:
    ///   - spec: the spec of the checkpoint, whose limits may have been raised.
    ///   - dataset: the dataset of the checkpoint.
    ///   - folder: the checkpoint, with its manifest.
    /// - Throws: `CheckpointError` where the checkpoint is another spec's or damaged, `EngineError`, and what reading
    ///   throws.
    package convenience init(spec: ResolvedSpec, dataset: Dataset, resumingFrom folder: String) throws {
        try self.init(
            spec: spec, dataset: dataset, keeping: dataset.manifest.kind.learned.attachment(in: folder, spec))
        try restore(from: folder)
    }

    /// Trains networks that no spec describes, on batches from any source.
    package convenience init(
        spec: ResolvedSpec, dataset: DatasetManifest, batches: any BatchSource, plan: ArchitecturePlan
    ) throws {
        let seeds = RunSeeds(seed: spec.seed)
        try self.init(
            spec: spec, dataset: dataset, Prepared(batches: batches, conditionCounts: dataset.classCounts),
            latents: RandomLatents(seed: seeds.latents, classSeed: seeds.classes, classCounts: dataset.classCounts),
            plan: plan)
    }

    /// Trains on batches and noise from any source.
    ///
    /// - Parameter usesGraph: whether perceptrons too are trained with a gradient graph, for comparison.
    package convenience init(
        spec: ResolvedSpec, dataset: DatasetManifest, batches: any BatchSource, latents: any LatentSource,
        usesGraph: Bool = false
    ) throws {
        try self.init(
            spec: spec, dataset: dataset, Prepared(batches: batches, conditionCounts: dataset.classCounts),
            latents: latents, usesGraph: usesGraph)
    }

    /// - Parameters:
    ///   - plan: networks that no spec describes; `nil` for the spec's.
    ///   - usesGraph: whether perceptrons too are trained with a gradient graph, for comparison.
    private init(
        spec: ResolvedSpec, dataset: DatasetManifest, _ prepared: Prepared, latents: any LatentSource,
        plan: ArchitecturePlan? = nil, usesGraph: Bool = false
    ) throws {
        try Engine.setThreads(spec.threads)
        Engine.setMatrixProduct(spec.matrixProduct)
        self.spec = spec
        self.dataset = dataset
        attachment = prepared.attachment
        conditionCounts = prepared.conditionCounts
        if spec.device == .cpu {
            context = try StepContext(spec, prepared.batches, latents)
            recorder = nil
        } else {
            let inputs = StepInputs(prepared.batches, latents, device: spec.device)
            context = try StepContext(spec, inputs, inputs)
            recorder = spec.training.isRecordable ? StepRecorder(inputs, device: spec.device) : nil
        }
        synthesis = try Synthesis(
            spec, item: dataset.schema.shape,
            plan ?? ArchitecturePlan(model: spec.model, schema: dataset.schema, training: spec.training),
            prepared.stage, context, usesGraph: usesGraph)
    }

    /// Says anew how many steps the whole training will take, over which its schedule runs.
    package func plan(steps: Int) {
        spec = spec.planning(steps: steps)
        context.spec = spec
    }

    /// Does one step.
    ///
    /// - Returns: what was measured in it.
    /// - Throws: `EngineError`; and what the source of batches throws. The trainer is of no use afterwards.
    package func advance() throws -> StepReport {
        try context.follow(step: step, game.players)
        let outcome = try recorder?.step(of: self) ?? perform()
        var figures = MetricValues(game.metrics)
        try outcome.read(into: &figures)
        step += 1
        let report = StepReport(step: step, samplesSeen: samplesSeen, figures: figures)
        game.observe(report)
        return report
    }

    /// Takes all updates of a step.
    ///
    /// - Returns: what there is to be read of it, which the device may still be working at.
    func perform() throws -> StepOutcome {
        context.begin()
        for phase in game.phases {
            let updates = game.updates(of: phase)
            for update in 0..<updates {
                context.isLastUpdate = update == updates - 1
                try game.update(phase, in: context)
            }
        }
        try game.updateAverages(in: context)
        return try StepOutcome(context.readings)
    }

    /// Counts the updates of a step that was replayed.
    func countReplayed() {
        for phase in game.phases {
            for player in phase.players.map(game.player) {
                for _ in 0..<phase.updates { _ = (player.optimiser as? Adam)?.countStep() }
            }
        }
        context.samplesSeen += spec.training.samplesPerStep
    }

    /// The averaged generator as it is now, copied out of the engine.
    package func snapshot() throws -> ModelSnapshot {
        ModelSnapshot(
            spec: spec, dataset: dataset, step: step, attachment: attachment,
            weights: try synthesis.average.namedTensors.map { tensor in
                ModelSnapshot.Weight(
                    name: tensor.name, shape: tensor.tensor.shape, bytes: try tensor.tensor.bytes())
            })
    }
}

@available(*, unavailable)
extension Trainer: Sendable {}
