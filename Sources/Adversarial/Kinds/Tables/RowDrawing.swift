internal import Datasets
internal import Glibc
internal import Torch

/// Draws rows that have what a wish gives.
///
/// A generator's heads are independent of one another once the latent is drawn, so how likely a latent is to lead to what is
/// given can be told without trying: it is the product of what the heads give for it. Of several latents for each sample one is
/// drawn by that (sampling, importance resampling: Rubin 1987), and what is given stands in the row. How many are drawn follows
/// from how rarely the model makes such rows; with a condition in both networks, one or two do. Where too few of them would be
/// near, they are tried one after another (`RowDrawing+Rare`).
package struct RowDrawing: Sendable {
    let table: TableEncoding
    let wish: RowWish
    private let turns: [Turn]
    /// Latents for each sample whose turn isn't rare.
    let candidates: Int

    /// One of the wish's turns, in the terms of the layout.
    struct Turn {
        /// The condition that both networks know; nil where none of what is given is one.
        let condition: Int?
        let given: [RowWish.Given]
        fileprivate let demands: [Demand]
        /// Of turns that the model makes too rarely for `mostCandidates`, how likely a latent of a trial led to it at most; nil for
        /// others.
        var rareness: Double?

        var isRare: Bool { rareness != nil }
    }

    /// What is given of a column.
    fileprivate struct Demand {
        let column: Int
        let cell: Double
        /// The places in a generator's row whose probabilities count; none where any row will do.
        let slots: [Int]
        /// For a value in an interval: the column's code, its scalar's place, and how near values have to come.
        let near: (code: IntervalCode, scalar: Int, modes: Range<Int>, width: Double)?
    }

    /// Rows of a trial: at least, and where hardly one of them would do, at most.
    private static let trialRows = 1_024
    private static let mostTrialRows = 32_768
    private static let mostCandidates = 128
    private static let triedTurns = 16
    /// Latents that lead to what is given, on average, among a sample's candidates.
    private static let wantedCandidates = 4.0
    /// Rows of which the model makes a smaller part than this are rare.
    static let rarest = 1e-5
    private static let attempts: UInt64 = 1 << 40

    init(_ sampler: Sampler, _ table: TableEncoding, _ wish: RowWish) throws {
        self.table = table
        self.wish = wish
        var turns = wish.turns.map { Self.turn($0, table) }
        guard turns.contains(where: { !$0.demands.isEmpty }) else {
            self.turns = turns
            candidates = 1
            return
        }
        // The rarest of the first turns decides; more would cost more than they tell.
        var least = 1.0
        for (index, turn) in turns.prefix(Self.triedTurns).enumerated() where !turn.demands.isEmpty {
            let (share, largest) = try Self.share(of: turn, sampler, table)
            guard share >= Self.rarest || !wish.refusesRare else {
                throw SampleRequestError(
                    parameter: wish.parameter,
                    detail:
                        "\(Self.sentence(wish.turns[index], table)) hardly ever "
                        + "\(wish.turns[index].count == 1 ? "comes up" : "go together") in what the model has learned: "
                        + "a trial of \(Self.mostTrialRows) rows puts it at less than one row in 100000; a model that is trained "
                        + "with \"conditional\": true learns rare values better")
            }
            if Self.isRare(share) {
                turns[index].rareness = max(Self.rarest, largest)
            } else {
                least = min(least, share)
            }
        }
        let knowsConditions = sampler.snapshot.spec.model.conditioning != nil
        for (index, turn) in turns.enumerated().dropFirst(Self.triedTurns)
        where !(knowsConditions && turn.condition != nil) && Self.isRare(Self.expectedShare(of: turn, table)) {
            turns[index].rareness = 1
        }
        self.turns = turns
        candidates = min(Self.mostCandidates, Int((Self.wantedCandidates / least).rounded(.up)))
    }

    /// The turn of a sample.
    func turn(of sample: Int) -> Turn { turns[sample % turns.count] }

    /// The condition of a sample; nil where it is drawn by frequency.
    func condition(of sample: Int) -> Int? { turn(of: sample).condition }

    /// The index of the latent of a sample's candidate.
    static func item(sample: Int, candidate: Int) -> UInt64 { UInt64(sample) + UInt64(candidate) * attempts }

    /// Chooses one of a sample's candidates, and makes its cells.
    ///
    /// - Parameters:
    ///   - rows: the candidates, one after another, as the generator makes them.
    ///   - round: how often the sample was drawn before, as its rows were copies.
    /// - Returns: whether the row may be had.
    func choose(
        _ rows: UnsafePointer<Float>, sample: Int, round: Int, _ decoder: TableDecoder,
        into cells: UnsafeMutablePointer<Double>
    ) -> Bool {
        let turn = turn(of: sample)
        let width = table.layout.width
        var chosen = 0
        if candidates > 1 {
            let logarithms = (0..<candidates).map { Self.logarithm(of: turn, rows + $0 * width) }
            let largest = logarithms.max() ?? 0
            let weights = logarithms.map { exp($0 - largest) }
            let share = decoder.share(of: UInt64(sample), round: round)
            var left = share * weights.reduce(0, +)
            chosen =
                weights.firstIndex { weight in
                    left -= weight
                    return left < 0
                } ?? candidates - 1
        }
        return make(
            rows + chosen * width, candidate: round * candidates + chosen, of: sample, decoder, into: cells)
    }

    /// Makes the cells of a sample's candidate.
    ///
    /// - Returns: whether the row may be had.
    func make(
        _ row: UnsafePointer<Float>, candidate: Int, of sample: Int, _ decoder: TableDecoder,
        into cells: UnsafeMutablePointer<Double>
    ) -> Bool {
        decoder.decode(
            row, sample: Self.item(sample: sample, candidate: candidate), place: UInt64(sample),
            given: turn(of: sample).given, into: cells)
        return wish.copies.map { !$0.contains(UnsafePointer(cells)) } ?? true
    }

    // MARK: Likelihoods

    /// Whether of so small a share of the rows too few are among the candidates that a sample has at most.
    private static func isRare(_ share: Double) -> Bool { share * Double(mostCandidates) < wantedCandidates }

    /// How likely rows are to have what is given if the columns had nothing to do with one another.
    private static func expectedShare(of turn: Turn, _ table: TableEncoding) -> Double {
        turn.demands.filter { $0.near == nil && !$0.slots.isEmpty }.reduce(1) {
            $0 * $1.slots.reduce(0) { $0 + table.shares[$1] }
        }
    }

    private static func turn(_ given: [RowWish.Given], _ table: TableEncoding) -> Turn {
        let layout = table.layout
        let demands = given.compactMap { demand(for: $0, of: given, table) }
        // Of several conditions the rarest tells the networks most.
        var condition: (index: Int, count: Int)?
        var first = 0
        for column in layout.conditioned {
            let slots = layout.slots(ofHead: column.head)
            if let demand = demands.first(where: { $0.column == column.index }), demand.slots.count == 1 {
                let index = first + demand.slots[0] - slots.lowerBound
                let count = table.conditionCounts[index]
                // What no training row meets was never trained.
                if count > 0, condition.map({ count < $0.count }) ?? true { condition = (index, count) }
            }
            first += slots.count
        }
        return Turn(condition: condition?.index, given: given, demands: demands)
    }

    private static func demand(
        for given: RowWish.Given, of wish: [RowWish.Given], _ table: TableEncoding
    ) -> Demand? {
        let layout = table.layout
        guard let place = layout.columns.firstIndex(where: { $0.index == given.column }) else { return nil }
        let column = layout.columns[place]
        let slots = layout.slots(ofHead: column.head)
        func one(_ slot: Int) -> Demand {
            some([slots.lowerBound + slot])
        }
        func some(_ slots: [Int]) -> Demand {
            Demand(column: given.column, cell: given.cell, slots: slots, near: nil)
        }
        if given.cell.isNaN { return column.hasMissing ? one(column.content.slots) : nil }
        if column.leader != nil { return some(table.slots(leadingTo: given, at: place, wish)) }
        switch (table.columns[place], column.content) {
        case (.values(let code), _): return code.slots[given.cell].map(one)
        case (.intervals(let code), .intervals(let spikes, let modes, let scalar)):
            if let spike = code.spikes.firstIndex(of: given.cell) { return one(spike) }
            let first = slots.lowerBound + spikes
            let spread = table.schema.columns[given.column].statistics?.standardDeviation ?? 1
            return Demand(
                column: given.column, cell: given.cell, slots: Array(first..<first + modes),
                near: (
                    code, scalar, first..<first + min(modes, code.modes.count), max(spread / 10, .leastNormalMagnitude)
                ))
        case (.ranges(let code), .ranges(let spikes, _)):
            if let spike = code.spikes.firstIndex(of: given.cell) { return one(spike) }
            return code.bins.isEmpty ? nil : one(spikes + code.bin(of: given.cell))
        case (.intervals, _), (.ranges, _): return nil
        }
    }

    /// The logarithm of how likely a generator's row leads to what is given.
    static func logarithm(of turn: Turn, _ row: UnsafePointer<Float>) -> Double {
        turn.demands.reduce(0.0) { sum, demand in
            guard let near = demand.near else {
                return demand.slots.isEmpty
                    ? sum : sum + log(max(1e-30, demand.slots.reduce(0.0) { $0 + Double(row[$1]) }))
            }
            var likelihood = 1e-30
            for (mode, slot) in near.modes.enumerated() where row[slot] > 0 {
                let distance = (near.code.value(scalar: row[near.scalar], in: mode) - demand.cell) / near.width
                likelihood += Double(row[slot]) * exp(-distance * distance / 2)
            }
            return sum + log(likelihood)
        }
    }

    /// How likely the model's rows are to have what is given, in a trial, on average and at most.
    private static func share(
        of turn: Turn, _ sampler: Sampler, _ table: TableEncoding
    ) throws -> (mean: Double, largest: Double) {
        let width = table.layout.width
        var (total, largest, rows) = (0.0, 0.0, 0)
        while rows < trialRows || (total < 1 && rows < mostTrialRows) {
            let items = (rows..<rows + sampler.tileSize).map { UInt64($0) }
            let conditions = [Int?](repeating: turn.condition, count: items.count)
            let made = try sampler.generated(items, seed: 0, conditions: conditions)
            total += try made.withBytes { bytes in
                let start = bytes.assumingMemoryBound(to: Float.self)
                return items.indices.reduce(0.0) { sum, row in
                    guard let base = start.baseAddress else { return sum }
                    let likelihood = exp(logarithm(of: turn, base + row * width))
                    largest = max(largest, likelihood)
                    return sum + likelihood
                }
            }
            rows += sampler.tileSize
        }
        return (total / Double(rows), largest)
    }

    private static func sentence(_ given: [RowWish.Given], _ table: TableEncoding) -> String {
        given.map { given in
            let column = table.schema.columns[given.column]
            let categories = table.categories[given.column]
            let value =
                given.cell.isNaN
                ? "missing"
                : column.isCoded && categories.indices.contains(Int(given.cell))
                    ? "\"\(categories[Int(given.cell)])\"" : "\(given.cell)"
            return "\"\(column.name)\" \(value)"
        }.joined(separator: " and ")
    }
}
