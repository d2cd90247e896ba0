internal import Datasets

/// Whether synthetic rows give training rows away.
///
/// Everything stands beside what held-out rows reach, which were drawn like the training rows and can't be copies of them. The
/// distances are those of Park et al. 2018 (table-GAN) and Zhao et al. 2021 (CTAB-GAN, section 4.3), the attack is the distance
/// attack that Yeom et al. 2018 measure by its advantage.
package struct TablePrivacy: Sendable, Equatable {
    /// Rows compared.
    package var syntheticCount: Int
    package var heldOutCount: Int
    package var trainingCount: Int
    package var synthetic: Closeness
    package var heldOut: Closeness
    /// How much better than chance it can be told which real rows were trained on, from the synthetic ones: 0 is chance, 1
    /// always; `nil` where there are too few rows.
    package var membershipAdvantage: Double?

    /// How close rows are to training rows.
    package struct Closeness: Sendable, Equatable {
        /// Median of the distance to the closest training row, in 0…1; `nil` where there is nothing to compare.
        package var distance: Double?
        /// The distance that 5 % of the rows are within.
        package var lowDistance: Double?
        /// Median of the distance to the closest over that to the second closest training row: small where rows lie unusually close
        /// to one.
        package var neighbourRatio: Double?
        /// Share of the rows that equal a training row in all learned columns.
        package var copies: Double?
    }

    /// Median distance of the synthetic rows over that of the held-out ones: clearly below 1 where rows are repeated.
    package var distanceRatio: Double? {
        guard let distance = synthetic.distance, let held = heldOut.distance, held > 0 else { return nil }
        return distance / held
    }

    package static let mostRows = 5_000
    package static let mostTrainingRows = 50_000
    /// Rows of each kind below which the attack isn't tried.
    static let leastRows = 20

    /// How often `measure` calls `onPart`.
    package static func partCount(training: Int, heldOut: Int, synthetic: Int) -> Int {
        let queries = [min(synthetic, mostRows), min(heldOut, mostRows)]
        let attacked = min(training, heldOut, mostRows)
        return (queries + [attacked, attacked]).reduce(0) { $0 + TableDistance.partCount($1) }
    }

    /// Measures.
    ///
    /// - Parameters:
    ///   - training: what the model was trained on; copies are sought among all of it, distances to 50,000 rows at most.
    ///   - heldOut: rows that were not trained on; 5,000 are used at most, as of the synthetic ones.
    ///   - seed: chooses the training rows that are attacked.
    ///   - onPart: called from time to time; what it throws ends the work.
    package static func measure(
        training: TableRows, heldOut: TableRows, synthetic: TableRows, seed: UInt64, onPart: () throws -> Void
    ) rethrows -> TablePrivacy {
        let synthetic = synthetic.spread(atMost: mostRows), heldOut = heldOut.spread(atMost: mostRows)
        let searched = training.spread(atMost: mostTrainingRows)
        let distance = TableDistance(training: training, others: [heldOut, synthetic])
        let copies = TableCopies(of: training)
        let scaledTraining = distance.scaled(searched), scaledSynthetic = distance.scaled(synthetic)
        func closeness(_ rows: TableRows) throws -> Closeness {
            guard !distance.isEmpty, rows.count > 0, training.count > 0 else { return Closeness() }
            let nearest = try distance.nearest(distance.scaled(rows), among: scaledTraining, onPart: onPart)
            let distances = nearest.map { Double($0.first) }.sorted()
            // Of two equal rows neither is closer.
            let ratios = nearest.filter { $0.second.isFinite }
                .map { $0.second > 0 ? Double($0.first / $0.second) : 1 }.sorted()
            return Closeness(
                distance: quantile(distances, 0.5), lowDistance: quantile(distances, 0.05),
                neighbourRatio: quantile(ratios, 0.5), copies: Double(copies.count(rows)) / Double(rows.count))
        }
        let attacked = min(training.count, heldOut.count)
        func distances(_ rows: TableRows) throws -> [Float] {
            try distance.nearest(
                distance.scaled(rows.drawn(attacked, seed: seed, purpose: 0)), among: scaledSynthetic, onPart: onPart
            ).map(\.first)
        }
        let canAttack = !distance.isEmpty && attacked >= leastRows && synthetic.count > 0
        return TablePrivacy(
            syntheticCount: synthetic.count, heldOutCount: heldOut.count, trainingCount: searched.count,
            synthetic: try closeness(synthetic), heldOut: try closeness(heldOut),
            membershipAdvantage: canAttack
                ? advantage(members: try distances(training), others: try distances(heldOut)) : nil)
    }

    /// TPR − FPR of the attack, its threshold chosen on one half of the rows and tried on the other, the mean of both ways.
    ///
    /// - Parameters:
    ///   - members: distances of training rows to the closest synthetic row, in random order.
    ///   - others: those of as many held-out rows.
    static func advantage(members: [Float], others: [Float]) -> Double {
        let half = min(members.count, others.count) / 2
        let first = (members.prefix(half), others.prefix(half))
        let second = (members.dropFirst(half), others.dropFirst(half))
        func ways(_ chosen: (ArraySlice<Float>, ArraySlice<Float>), _ tried: (ArraySlice<Float>, ArraySlice<Float>))
            -> Double
        {
            let limit = threshold(members: chosen.0, others: chosen.1)
            func share(_ distances: ArraySlice<Float>) -> Double {
                Double(distances.count { $0 <= limit }) / Double(max(distances.count, 1))
            }
            return share(tried.0) - share(tried.1)
        }
        return (ways(first, second) + ways(second, first)) / 2
    }

    /// The distance up to which a row is best taken for a training row.
    private static func threshold(members: ArraySlice<Float>, others: ArraySlice<Float>) -> Float {
        let ordered = (members.map { ($0, 1) } + others.map { ($0, -1) }).sorted { $0.0 < $1.0 }
        var (sum, best, limit) = (0, 0, -Float.infinity)
        for (place, (distance, step)) in ordered.enumerated() {
            sum += step
            let isLast = place + 1 == ordered.count || ordered[place + 1].0 > distance
            if isLast, sum > best { (best, limit) = (sum, distance) }
        }
        return limit
    }

    /// The value at a share of ordered ones, between two by their distance; `nil` where there are none.
    static func quantile(_ ordered: [Double], _ share: Double) -> Double? {
        guard let last = ordered.last else { return nil }
        let place = share * Double(ordered.count - 1)
        let below = Int(place)
        guard below + 1 < ordered.count else { return last }
        return ordered[below] + (ordered[below + 1] - ordered[below]) * (place - Double(below))
    }
}
