import Adversarial
import Testing

/// Verdicts from made-up measurements; `HealthTrainingTests` provokes them for real.
@Suite struct HealthMonitorTests {
    /// What each step and each evaluation of a training shows.
    struct Course: Sendable, CustomTestStringConvertible {
        let name: String
        var loss: @Sendable (Int) -> Float = { _ in 0.7 }
        var accuracy: Float = 0.6
        /// `nil` evaluates nothing.
        var quality: [String: Double]? = [:]
        var gap: Double?
        var late = HealthThresholds().late
        let verdict: HealthVerdict
        var words: [String] = []

        var testDescription: String { name }

        static let good = [
            "score": 0.8, "precision": 0.9, "density": 0.9, "coverage": 0.8, "missing": 0.0, "two_sample_accuracy": 0.7,
            "real/score": 0.95, "real/density": 1, "real/coverage": 0.95, "real/missing": 0.0,
        ]

        var figures: [String: Double]? {
            quality.map { Self.good.merging($0) { $1 } }
        }
    }

    private static let poor = ["density": 0.1, "coverage": 0.3]

    static let courses: [Course] = [
        Course(name: "healthy", verdict: .healthy, words: ["0.8", "0.95", "60 %"]),
        Course(name: "healthy, nothing measured", quality: nil, verdict: .healthy, words: ["steady"]),
        Course(
            name: "a loss that isn't finite", loss: { $0 == 390 ? .nan : 0.7 }, verdict: .notFinite,
            words: ["finite"]),
        Course(
            name: "losses that run off", loss: { $0 < 300 ? 0.7 : 5_000 }, verdict: .diverged,
            words: ["5000", "learning rate"]),
        Course(name: "losses beyond all reason from the start", loss: { _ in 20_000 }, verdict: .diverged),
        Course(name: "a single spike", loss: { $0 == 380 ? 1e9 : 0.7 }, verdict: .healthy),
        Course(name: "large losses that are steady", loss: { _ in 300 }, verdict: .healthy),
        Course(
            name: "missing regions", quality: ["missing": 0.125], verdict: .modeCollapse,
            words: ["13 %", "packing"]),
        Course(
            name: "missing regions while all samples are poor, early", quality: ["missing": 0.9, "precision": 0.1],
            verdict: .healthy),
        Course(
            name: "missing regions while all samples are poor, late", quality: ["missing": 0.9, "precision": 0.1],
            late: 0.3, verdict: .modeCollapse),
        Course(
            name: "the discriminator knows all, and the samples are nowhere", accuracy: 0.99,
            quality: ["missing": 1, "precision": 0, "density": 0], late: 0.3, verdict: .discriminatorWinning),
        Course(
            name: "few things over and over", quality: ["coverage": 0.02, "precision": 0.9], verdict: .modeCollapse,
            words: ["2 %", "95 %"]),
        Course(
            name: "little coverage, as nothing is right", quality: ["coverage": 0.02, "precision": 0.1],
            verdict: .healthy),
        Course(
            name: "the discriminator knows all", accuracy: 0.99, quality: poor, verdict: .discriminatorWinning,
            words: ["99 %"]),
        Course(name: "the discriminator knows all, yet samples are good", accuracy: 0.99, verdict: .healthy),
        Course(
            name: "the discriminator knows all, and nothing is measured", accuracy: 0.99, quality: nil,
            verdict: .discriminatorWinning),
        Course(
            name: "the discriminator is fooled by poor samples", accuracy: 0.3, quality: poor,
            verdict: .generatorWinning, words: ["30 %", "discriminator_steps"]),
        Course(name: "learnt by heart", gap: 0.8, verdict: .overfitting, words: ["80 %"]),
        Course(
            name: "not to be told apart", quality: ["two_sample_accuracy": 0.51], verdict: .indistinguishable,
            words: ["51 %", "chance"]),
    ]

    /// Runs a course of 400 steps, an evaluation every 50.
    private func run(_ course: Course, thresholds: HealthThresholds = HealthThresholds()) -> [Health] {
        var thresholds = thresholds
        thresholds.late = course.late
        var monitor = HealthMonitor(
            thresholds: thresholds, plannedSteps: 1000, isMeasured: course.quality != nil)
        var changes = [monitor.health]
        for step in 1...400 {
            var values = [Float](repeating: course.loss(step), count: Synthesis.metrics.count)
            for (place, metric) in Synthesis.metrics.enumerated() where metric == .discriminatorAccuracy {
                values[place] = course.accuracy
            }
            if monitor.observe(
                StepReport(step: step, samplesSeen: step, figures: MetricValues(Synthesis.metrics, values)))
            {
                changes.append(monitor.health)
            }
            guard step.isMultiple(of: 50), let figures = course.figures else { continue }
            let quality = QualityReport(
                step: step,
                figures: figures.sorted { $0.key < $1.key }.map { .init(name: "quality/" + $0.key, value: $0.value) })
            if monitor.observe(quality, gap: course.gap) { changes.append(monitor.health) }
        }
        return changes
    }

    @Test(arguments: courses)
    func verdicts(_ course: Course) throws {
        let changes = run(course)
        let last = try #require(changes.last)
        #expect(last.verdict == course.verdict, "\(changes)")
        #expect(changes.first?.verdict == .warmingUp)
        for word in course.words { #expect(last.detail.contains(word), "\(word) in \(last.detail)") }
        #expect(changes.map(\.sinceStep) == changes.map(\.sinceStep).sorted())
    }

    @Test func aRunThatStillFindsModesIsNotCalledCollapsed() {
        var monitor = HealthMonitor(plannedSteps: 100)
        for step in 1...400 {
            let values = [Float](repeating: 0.6, count: Synthesis.metrics.count)
            _ = monitor.observe(
                StepReport(step: step, samplesSeen: step, figures: MetricValues(Synthesis.metrics, values)))
            guard step.isMultiple(of: 50) else { continue }
            var figures = Course.good
            figures["missing"] = 0.8 / Double(step / 50 * step / 50)
            _ = monitor.observe(
                QualityReport(step: step, figures: figures.map { .init(name: "quality/" + $0.key, value: $0.value) }),
                gap: nil)
            #expect(monitor.health.verdict != .modeCollapse)
        }
    }

    @Test("A winner is only called one while the samples don't become better", arguments: [0.99, 0.3])
    func rising(accuracy: Float) {
        var monitor = HealthMonitor(plannedSteps: 100)
        for step in 1...400 {
            var values = [Float](repeating: 0.6, count: Synthesis.metrics.count)
            for (place, metric) in Synthesis.metrics.enumerated() where metric == .discriminatorAccuracy {
                values[place] = accuracy
            }
            _ = monitor.observe(
                StepReport(step: step, samplesSeen: step, figures: MetricValues(Synthesis.metrics, values)))
            guard step.isMultiple(of: 50) else { continue }
            var figures = Course.good
            figures["density"] = 0.05 * Double(step / 50)
            _ = monitor.observe(
                QualityReport(step: step, figures: figures.map { .init(name: "quality/" + $0.key, value: $0.value) }),
                gap: nil)
            #expect(monitor.health.verdict == (step < 200 ? .warmingUp : .healthy))
        }
    }

    @Test func thresholdsDecide() {
        var thresholds = HealthThresholds()
        thresholds.missing = 0.2
        #expect(run(Self.courses[7], thresholds: thresholds).last?.verdict == .healthy)
        thresholds.warmUp = 0.5
        #expect(run(Self.courses[0], thresholds: thresholds).map(\.verdict) == [.warmingUp])
    }
}
