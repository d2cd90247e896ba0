internal import Codecs

/// What ends a training before its last step, by what evaluations show.
package struct StopCondition: Sendable, Equatable {
    /// Evaluations in a row whose two-sample test can't tell samples from held-out real items; `nil` is no reason to stop.
    package var indistinguishableChecks: Int?
    /// Evaluations in a row that don't raise `quality/score`; `nil` is no reason to stop.
    package var evaluationsWithoutGain: Int?

    /// A condition; by default there is none.
    package init(indistinguishableChecks: Int? = nil, evaluationsWithoutGain: Int? = nil) {
        self.indistinguishableChecks = indistinguishableChecks
        self.evaluationsWithoutGain = evaluationsWithoutGain
    }

    /// Whether nothing but steps and time ends the training.
    var isNever: Bool { self == StopCondition() }

    /// Reads the spec's `stop_when`.
    init(_ reader: ObjectReader?) {
        guard let reader else { return }
        if let wish = reader.object("indistinguishable") {
            indistinguishableChecks = wish.integer("checks", in: SpecRange.patience) ?? 3
            wish.finish()
        }
        if let wish = reader.object("no_gain") {
            evaluationsWithoutGain = wish.integer("evaluations", in: SpecRange.patience) ?? 10
            wish.finish()
        }
        reader.finish()
    }

    /// The condition as the spec shows it.
    var json: JSON {
        var members: [JSON.Member] = []
        if let indistinguishableChecks {
            members.append(
                JSON.Member(name: "indistinguishable", value: ["checks": .integer(Int64(indistinguishableChecks))]))
        }
        if let evaluationsWithoutGain {
            members.append(
                JSON.Member(name: "no_gain", value: ["evaluations": .integer(Int64(evaluationsWithoutGain))]))
        }
        return .object(members)
    }
}

/// Watches a training's evaluations for its stop condition; what was evaluated before a restart is told again.
package struct StopRule: Sendable {
    private let condition: StopCondition
    private let chance: Double
    private var checksPassed = 0
    private var best: Double?
    private var withoutGain = 0

    /// - Parameters:
    ///   - condition: of the training.
    ///   - chance: accuracy of the two-sample test at or below which it tells nothing.
    package init(_ condition: StopCondition, chance: Double) {
        self.condition = condition
        self.chance = chance
    }

    /// Takes in an evaluation.
    ///
    /// - Returns: whether training is to end.
    package mutating func observe(_ quality: QualityReport) -> Bool {
        if let accuracy = quality["two_sample_accuracy"] {
            checksPassed = accuracy <= chance ? checksPassed + 1 : 0
        }
        if let score = quality.score {
            withoutGain = best.map { score > $0 } ?? true ? 0 : withoutGain + 1
            best = max(best ?? score, score)
        }
        return condition.indistinguishableChecks.map { checksPassed >= $0 } ?? false
            || condition.evaluationsWithoutGain.map { withoutGain >= $0 } ?? false
    }
}
