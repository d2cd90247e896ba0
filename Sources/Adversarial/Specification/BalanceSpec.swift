internal import Codecs

/// Lets the number of updates in a step follow the game: more of the network that is losing.
package struct BalanceSpec: Sendable, Equatable {
    /// Below this share of items told rightly, the discriminator gets more updates, or the generator fewer.
    package var lower: Double
    /// Above it, the other way round.
    package var upper: Double
    /// The most updates of either network in a step, beyond those that the spec gives.
    package var most: Int

    /// A rule for the ratio.
    package init(lower: Double = 0.6, upper: Double = 0.9, most: Int = 4) {
        self.lower = lower
        self.upper = upper
        self.most = most
    }

    /// Reads the spec's `balance`.
    init(_ reader: ObjectReader) {
        self.init()
        if let lower = reader.number("lower", in: SpecRange.portion) { self.lower = lower }
        if let upper = reader.number("upper", in: SpecRange.portion) { self.upper = upper }
        if let most = reader.integer("most", in: SpecRange.discriminatorSteps) { self.most = most }
        if lower >= upper {
            reader.report("lower", "must be below upper, which is \(upper); \(lower) was given")
        }
        reader.finish()
    }

    /// The rule as the spec shows it.
    var json: JSON {
        ["lower": .number(lower), "upper": .number(upper), "most": .integer(Int64(most))]
    }
}
