internal import Glibc

/// How a training fares.
package enum HealthVerdict: String, Sendable, CaseIterable {
    case healthy
    case warmingUp = "warming_up"
    case discriminatorWinning = "discriminator_winning"
    case generatorWinning = "generator_winning"
    case modeCollapse = "mode_collapse"
    case overfitting
    case diverged
    case notFinite = "not_finite"
    case indistinguishable
}

/// A verdict with the sentence that a person reads.
package struct Health: Sendable, Equatable {
    package var verdict: HealthVerdict
    /// What was seen, with the figures that the rule compared.
    package var detail: String
    /// The step at which the verdict began.
    package var sinceStep: Int

    package init(verdict: HealthVerdict, detail: String, sinceStep: Int) {
        self.verdict = verdict
        self.detail = detail
        self.sinceStep = sinceStep
    }
}

/// Derives the verdict from what training measures: reports of steps in, a verdict out, nothing else known.
package struct HealthMonitor: Sendable {
    /// Steps that rules on the metrics look back over.
    package static let window = 200
    /// Steps whose losses are taken for those of a moment.
    package static let recent = 25

    private let thresholds: HealthThresholds
    private let plannedSteps: Int?
    private let isMeasured: Bool
    private var window: [StepReport] = []
    private var next = 0
    /// The largest of both losses' magnitudes, of the first steps.
    private var youngLosses: [Double] = []
    private var evaluations: [(quality: QualityReport, gap: Double?)] = []
    private var isFinite = true
    private var step = 0
    /// The verdict as it stands.
    package private(set) var health = Health(
        verdict: .warmingUp, detail: "training has just begun", sinceStep: 0)

    /// A monitor of a training that begins, or goes on; what was measured before may be told again.
    ///
    /// - Parameters:
    ///   - plannedSteps: the whole training's; `nil` where they aren't known.
    ///   - isMeasured: whether evaluations are to be expected, so that without them the samples aren't judged yet.
    package init(
        thresholds: HealthThresholds = HealthThresholds(), plannedSteps: Int?, isMeasured: Bool = true
    ) {
        self.thresholds = thresholds
        self.plannedSteps = plannedSteps
        self.isMeasured = isMeasured
    }

    /// Takes in a step.
    ///
    /// - Returns: whether the verdict has changed.
    package mutating func observe(_ report: StepReport) -> Bool {
        step = report.step
        isFinite = isFinite && report.isFinite
        if window.count < Self.window {
            window.append(report)
        } else {
            window[next % Self.window] = report
        }
        next += 1
        if youngLosses.count < Self.window { youngLosses.append(Self.magnitude(report)) }
        // What one step can show is looked at every step, the rest now and then.
        guard !isFinite || report.step.isMultiple(of: Self.recent) else { return false }
        return update()
    }

    /// Takes in an evaluation.
    ///
    /// - Parameter gap: the discriminator's between training and held-out items, `Trainer.overfittingGap`.
    /// - Returns: whether the verdict has changed.
    package mutating func observe(_ quality: QualityReport, gap: Double?) -> Bool {
        evaluations.append((quality, gap))
        if evaluations.count > 2 * max(1, thresholds.patience) { evaluations.removeFirst() }
        return update()
    }

    private mutating func update() -> Bool {
        let (verdict, detail) = judged()
        let hasChanged = verdict != health.verdict
        health = Health(verdict: verdict, detail: detail, sinceStep: hasChanged ? step : health.sinceStep)
        return hasChanged
    }

    // MARK: Rules, the gravest first

    private func judged() -> (HealthVerdict, String) {
        if !isFinite {
            return (.notFinite, "a loss or a gradient stopped being a finite number; the weights are spoilt")
        }
        if let sentence = divergence { return (.diverged, sentence) }
        guard hasWarmedUp else {
            return (.warmingUp, "it is too early to judge the samples; \(accuracySentence)")
        }
        if isPrecise, let sentence = collapse { return (.modeCollapse, sentence) }
        if let sentence = discriminatorsWin { return (.discriminatorWinning, sentence) }
        if let sentence = generatorsWin { return (.generatorWinning, sentence) }
        if isLate, let sentence = collapse { return (.modeCollapse, sentence) }
        if let sentence = overfitting { return (.overfitting, sentence) }
        if let sentence = likeness { return (.indistinguishable, sentence) }
        return (.healthy, healthySentence)
    }

    private var hasWarmedUp: Bool {
        guard step >= Self.window else { return false }
        return isBeyond(thresholds.warmUp)
    }

    /// Whether samples that are still poor won't be mended by training on alone.
    private var isLate: Bool { isBeyond(thresholds.late) }

    private func isBeyond(_ share: Double) -> Bool {
        plannedSteps.map { Double(step) >= share * Double($0) } ?? true
    }

    /// Whether most samples are like real items, so that what is missing was dropped rather than not yet learnt.
    private var isPrecise: Bool {
        recentQuality("precision").map { $0.allSatisfy { $0 > 0.5 } } ?? false
    }

    /// The losses of late are far beyond what they were when the job was young, and beyond any sound loss.
    private var divergence: String? {
        guard window.count >= Self.recent else { return nil }
        let late = Self.median(lastReports(Self.recent).map(Self.magnitude))
        let limit = thresholds.divergence * usualLoss
        guard late > limit else { return nil }
        return
            "the losses have run off: their median over the last \(Self.recent) steps is \(Self.shown(late)), beyond "
            + "\(Self.shown(limit)); a lower learning rate or a stronger penalty would help"
    }

    /// What losses of this training are usually like.
    ///
    /// A run that diverges within its first steps has no youth to compare with.
    private var usualLoss: Double { min(max(1, Self.median(youngLosses)), 10) }

    /// Whether a checkpoint is worth going back to, by the last losses before it: at most ten times the usual ones.
    ///
    /// Losses run off before they are called so, and weights from that time would soon run off again.
    ///
    /// - Parameter losses: both losses of the steps up to the checkpoint.
    package func isSound(_ losses: [Float]) -> Bool {
        Self.median(losses.map { Double(abs($0)) }) <= 10 * usualLoss
    }

    /// Whole regions of the real data have no sample near them, again and again, and it doesn't get better.
    private var collapse: String? {
        guard let recent = recentQuality("missing"), let first = recent.first, let last = recent.last else {
            return nil
        }
        let real = evaluations.last?.quality["real/missing"] ?? 0
        if recent.allSatisfy({ $0 > real + thresholds.missing }), last > 0.7 * first {
            return "\(Self.percent(last)) of the held-out real items have no sample anywhere near, in "
                + "\(recent.count) evaluations in a row: the generator leaves out a part of the data; packing, or "
                + "relativistic with r1 and r2, would help"
        }
        guard isPrecise, let coverage = recentQuality("coverage"),
            let realCoverage = evaluations.last?.quality["real/coverage"],
            coverage.allSatisfy({ $0 < thresholds.coverage * realCoverage })
        else { return nil }
        return "samples look right but cover \(Self.percent(coverage[coverage.count - 1])) of the held-out real items, "
            + "where real ones cover \(Self.percent(realCoverage)): the generator makes few things over and over; "
            + "packing, or relativistic with r1 and r2, would help"
    }

    private var discriminatorsWin: String? {
        let accuracy = mean(.discriminatorAccuracy)
        guard accuracy > thresholds.discriminatorAccuracy, isPoor else { return nil }
        return "the discriminator tells \(Self.percent(accuracy)) of the items rightly, over the last \(window.count) "
            + "steps, so that the generator has little to learn from; a penalty (r1, r2), a lower learning rate for the "
            + "discriminator, or non_saturating instead of minimax would help"
    }

    private var generatorsWin: String? {
        let accuracy = mean(.discriminatorAccuracy)
        guard accuracy < thresholds.generatorAccuracy, isPoor else { return nil }
        return "the discriminator tells only \(Self.percent(accuracy)) of the items rightly, over the last "
            + "\(window.count) steps, although the samples are poor; more discriminator_steps, or a higher learning rate "
            + "for it, would help"
    }

    /// Whether the samples, where they are measured, are clearly worse than real items and don't become better.
    private var isPoor: Bool {
        guard let densities = recentQuality("density"), let coverages = recentQuality("coverage"),
            let realDensity = evaluations.last?.quality["real/density"],
            let realCoverage = evaluations.last?.quality["real/coverage"]
        else { return !isMeasured }
        let likenesses = zip(densities, coverages).map { QualityReport.likeness(density: $0, coverage: $1) }
        let real = QualityReport.likeness(density: realDensity, coverage: realCoverage)
        guard let first = likenesses.first, let last = likenesses.last else { return false }
        return likenesses.allSatisfy { $0 < real / 2 } && last <= 1.1 * first
    }

    private var overfitting: String? {
        let gaps = evaluations.suffix(thresholds.patience).map(\.gap)
        if gaps.count == thresholds.patience, gaps.allSatisfy({ ($0 ?? 0) > thresholds.overfitting }),
            let gap = gaps.last.flatMap({ $0 })
        {
            return "the discriminator knows its training items by heart: held-out real ones seem to it "
                + "\(Self.percent(gap)) of the way to generated ones; augmentation, a stronger penalty or more data would "
                + "help"
        }
        return nil
    }

    private var likeness: String? {
        guard let accuracies = recentQuality("two_sample_accuracy"),
            accuracies.allSatisfy({ $0 <= thresholds.indistinguishable })
        else { return nil }
        return
            "a fresh test tells samples from held-out real items in \(Self.percent(accuracies[accuracies.count - 1])) "
            + "of the cases only, \(accuracies.count) times in a row; one half is chance"
    }

    private var healthySentence: String {
        guard let quality = evaluations.last?.quality, let score = quality.score, let real = quality["real/score"]
        else {
            return "losses are steady; \(accuracySentence)"
        }
        return "samples score \(Self.shown(score)) where real items score \(Self.shown(real)); \(accuracySentence)"
    }

    private var accuracySentence: String {
        "the discriminator tells \(Self.percent(mean(.discriminatorAccuracy))) of the items rightly"
    }

    // MARK: Figures

    /// A figure at the last evaluations, oldest first; `nil` before there are as many as patience asks for.
    private func recentQuality(_ name: String) -> [Double]? {
        let values = evaluations.suffix(thresholds.patience).compactMap { $0.quality[name] }
        return values.count == thresholds.patience ? values : nil
    }

    private func lastReports(_ count: Int) -> [StepReport] {
        (max(0, next - count)..<next).map { window[$0 % Self.window] }
    }

    private func mean(_ metric: Metric) -> Double {
        window.isEmpty ? 0 : window.reduce(0) { $0 + Double($1[metric]) } / Double(window.count)
    }

    private static func magnitude(_ report: StepReport) -> Double {
        report.largestLoss
    }

    private static func median(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.sorted()[values.count / 2]
    }

    private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

    private static func shown(_ value: Double) -> String {
        guard abs(value) < 1e6 else { return "\(value)" }
        return "\((value * 100).rounded() / 100)"
    }
}
