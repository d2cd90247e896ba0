internal import Codecs

/// What the monitor's rules compare with; a job's spec may name others.
package struct HealthThresholds: Sendable, Equatable {
    /// Share of the planned steps before which nothing but divergence is judged.
    package var warmUp = 0.2
    /// Share of the planned steps from which on missing regions count however poor the samples are.
    package var late = 0.6
    /// Evaluations in a row that must agree before a verdict on the samples is given.
    package var patience = 3
    /// A loss beyond this many times the greater of 1 and its median while the job was young has diverged.
    package var divergence = 1_000.0
    /// Share of held-out real items that no sample comes near, above which modes are missing.
    package var missing = 0.03
    /// Share of the coverage of real items below which the samples are too few of a kind.
    package var coverage = 0.1
    /// The discriminator's accuracy above which it has won, where the samples are poor.
    package var discriminatorAccuracy = 0.97
    /// The same below which the generator has.
    package var generatorAccuracy = 0.4
    /// How far the discriminator tells training items from held-out real ones, above which it has learnt them by heart.
    package var overfitting = 0.5
    /// Accuracy of a fresh two-sample test at or below which samples can't be told from real items.
    package var indistinguishable = 0.55

    package init() {}

    /// Reads thresholds of a spec: what isn't given stays as it is by default.
    init(_ reader: ObjectReader?) {
        guard let reader else { return }
        for (name, path) in Self.shares {
            if let value = reader.number(name, in: SpecRange.portion) { self[keyPath: path] = value }
        }
        if let value = reader.integer("patience", in: SpecRange.patience) { patience = value }
        if let value = reader.number("divergence", in: SpecRange.divergence) { divergence = value }
        reader.finish()
    }

    /// The thresholds as the spec shows them.
    var json: JSON {
        var members = Self.shares.map { JSON.Member(name: $0.name, value: .number(self[keyPath: $0.path])) }
        members.append(JSON.Member(name: "patience", value: .integer(Int64(patience))))
        members.append(JSON.Member(name: "divergence", value: .number(divergence)))
        return .object(members)
    }

    private static var shares: [(name: String, path: WritableKeyPath<HealthThresholds, Double>)] {
        [
            ("warm_up", \.warmUp), ("late", \.late), ("missing", \.missing), ("coverage", \.coverage),
            ("discriminator_accuracy", \.discriminatorAccuracy), ("generator_accuracy", \.generatorAccuracy),
            ("overfitting", \.overfitting), ("indistinguishable", \.indistinguishable),
        ]
    }
}
