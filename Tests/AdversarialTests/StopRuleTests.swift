import Adversarial
import Testing

/// When evaluations end a training.
@Suite struct StopRuleTests {
    struct Case: Sendable {
        let condition: StopCondition
        /// Accuracies of the two-sample test and scores, evaluation by evaluation.
        let course: [(accuracy: Double, score: Double)]
        /// The evaluation that ends it, from 0; `nil` where none does.
        let end: Int?
    }

    static let cases = [
        Case(condition: StopCondition(), course: Array(repeating: (0.5, 0.1), count: 50), end: nil),
        Case(
            condition: StopCondition(indistinguishableChecks: 3),
            course: [(0.5, 0), (0.5, 0), (0.6, 0), (0.55, 0), (0.4, 0), (0.5, 0)], end: 5),
        Case(condition: StopCondition(indistinguishableChecks: 1), course: [(0.56, 0), (0.55, 0)], end: 1),
        Case(
            condition: StopCondition(evaluationsWithoutGain: 2),
            course: [(1, 0.1), (1, 0.3), (1, 0.2), (1, 0.4), (1, 0.4), (1, 0.39)], end: 5),
        Case(
            condition: StopCondition(indistinguishableChecks: 2, evaluationsWithoutGain: 9),
            course: [(0.5, 1), (0.5, 0)], end: 1),
    ]

    @Test(arguments: cases)
    func ends(_ each: Case) {
        var rule = StopRule(each.condition, chance: 0.55)
        let ends = each.course.map { evaluation in
            rule.observe(
                QualityReport(
                    step: 0,
                    figures: [
                        .init(name: "quality/two_sample_accuracy", value: evaluation.accuracy),
                        .init(name: "quality/score", value: evaluation.score),
                    ]))
        }
        #expect(ends.firstIndex(of: true) == each.end)
    }
}
