/// How often images are augmented: more, while the discriminator is too sure of real ones.
///
/// Karras et al. 2020, section 3.1: by a fixed step every four updates.
package struct AugmentationProbability: Equatable {
    /// 0...1.
    package private(set) var value = 0.0
    private var sum = 0.0
    private var updates = 0
    private static let interval = 4

    /// Starts at 0.
    package init() {}

    /// Takes in an update's verdicts.
    ///
    /// - Parameters:
    ///   - signs: mean sign of the discriminator's verdicts on real items, -1...1.
    ///   - samples: real ones in the update.
    package mutating func observe(signs: Double, samples: Int, _ spec: AugmentationSpec) {
        sum += signs
        updates += 1
        guard updates == Self.interval else { return }
        let change = Double(samples * Self.interval) / spec.rampSamples
        let direction = sum / Double(updates) > spec.target ? 1.0 : -1
        value = min(1, max(0, value + direction * change))
        (sum, updates) = (0, 0)
    }

    /// All of it as numbers.
    package var state: [Double] {
        get { [value, sum, Double(updates)] }
        set { (value, sum, updates) = (newValue[0], newValue[1], Int(newValue[2])) }
    }
}

/// How many updates each network gets in a step: more for the one that falls behind.
package struct UpdateBalance: Equatable {
    /// More updates of the discriminator where it is positive, more of the generator where it is negative.
    package private(set) var lead = 0
    private var sum = 0.0
    private var steps = 0
    private static let interval = 25

    /// Starts at what the spec gives.
    package init() {}

    /// Takes in a step's accuracy of the discriminator, 0...1.
    package mutating func observe(accuracy: Double, _ spec: BalanceSpec) {
        sum += accuracy
        steps += 1
        guard steps == Self.interval else { return }
        let mean = sum / Double(steps)
        if mean < spec.lower { lead = min(spec.most, lead + 1) }
        if mean > spec.upper { lead = max(-spec.most, lead - 1) }
        (sum, steps) = (0, 0)
    }

    /// Updates of the discriminator in a step, where the spec says so many.
    package func discriminatorUpdates(given: Int) -> Int { given + max(0, lead) }

    /// Updates of the generator, likewise.
    package func generatorUpdates(given: Int) -> Int { given + max(0, -lead) }

    /// All of it as numbers.
    package var state: [Double] {
        get { [Double(lead), sum, Double(steps)] }
        set { (lead, sum, steps) = (Int(newValue[0]), newValue[1], Int(newValue[2])) }
    }
}
