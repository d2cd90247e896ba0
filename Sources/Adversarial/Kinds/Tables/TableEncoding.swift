package import Datasets
internal import Glibc

/// What a table's cells are in the rows that the networks see, and back.
///
/// Fitted to the training rows; kept in each checkpoint, as a model outlives its dataset.
package struct TableEncoding: Sendable, Equatable {
    /// As it was found in the dataset.
    let found: TableSchema
    /// With the types that the caller wished for, which samples have.
    package let schema: TableSchema
    /// The categories of each column of the schema; empty where samples' cells are values, and where samples have none of them.
    package let categories: [[String]]
    /// Makes the identifiers of each column; nil for other columns, and for whole numbers that count on from the last.
    package let identifiers: [IdentifierText?]
    package let layout: TableLayout
    /// One for each of the layout's columns.
    let columns: [ColumnCode]
    /// How large a part of the training rows is in each slot, `[width]`; 0 for scalars.
    let shares: [Double]
    /// How often each condition holds in the training rows.
    package let conditionCounts: [Int]
    /// Training rows.
    let rowCount: Int

    /// A learned column's code.
    enum ColumnCode: Sendable, Equatable {
        case values(ValueCode)
        case ranges(RangeCode)
        case intervals(IntervalCode)
    }

    /// Slots that no row of the training set is in, as what is added to their logits; the others get 0.
    var mask: [Float] {
        var mask = [Float](repeating: 0, count: layout.width)
        for (column, code) in zip(layout.columns, columns) {
            let first = layout.slots(ofHead: column.head).lowerBound
            for slot in unused(code, column.content) { mask[first + slot] = Self.never }
            let missing = first + column.content.slots
            if column.hasMissing, shares[missing] == 0 { mask[missing] = Self.never }
        }
        return mask
    }

    private static let never: Float = -1e9

    /// What the discriminator is shown of numbers beside their slots: for each column of ranges or levels where a slot stands in
    /// the order of the rows, from -1 to 1, and where on the line, in standard deviations.
    ///
    /// - Returns: `[width, count]` that a row is multiplied with, row after row.
    var features: (weights: [Float], count: Int) {
        let columns = zip(layout.columns, columns).filter { $0.0.content.isOrdered }
        let count = 2 * columns.count
        var weights = [Float](repeating: 0, count: layout.width * count)
        for (place, (column, code)) in columns.enumerated() {
            let points = points(of: code, column).sorted { $0.value < $1.value }
            let total = points.reduce(0) { $0 + shares[$1.slot] }
            let mean = points.reduce(0) { $0 + shares[$1.slot] * $1.value } / max(total, .leastNormalMagnitude)
            let variance = points.reduce(0) { $0 + shares[$1.slot] * ($1.value - mean) * ($1.value - mean) }
            let deviation = (variance / max(total, .leastNormalMagnitude)).squareRoot()
            var below = 0.0
            for point in points {
                let position = (below + shares[point.slot] / 2) / max(total, .leastNormalMagnitude)
                below += shares[point.slot]
                let distance = deviation > 0 ? (point.value - mean) / deviation : 0
                weights[point.slot * count + 2 * place] = Float(2 * position - 1)
                weights[point.slot * count + 2 * place + 1] = Float(min(3, max(-3, distance)))
            }
        }
        return (weights, count)
    }

    /// The slots of an ordered column that stand for something, each with a number of it in the column's unit.
    private func points(of code: ColumnCode, _ column: TableLayout.Column) -> [(slot: Int, value: Double)] {
        let first = layout.slots(ofHead: column.head).lowerBound
        let unit = schema.columns[column.index].unit
        switch (code, column.content) {
        case (.values(let code), _):
            return code.single.enumerated().map { (first + $0.offset, $0.element / unit) }
        case (.ranges(let code), .ranges(let spikes, _)):
            return code.spikes.enumerated().map { (first + $0.offset, $0.element / unit) }
                + code.bins.indices.map { (first + spikes + $0, code.median(of: $0) / unit) }
        default: return []
        }
    }

    /// Slots of a head that stand for nothing.
    private func unused(_ code: ColumnCode, _ content: TableLayout.Content) -> [Int] {
        switch (code, content) {
        // Of values that held-out rows alone have.
        case (.values(let code), _): Array(code.single.count + code.groups.count..<content.slots)
        case (.ranges(let code), .ranges(let spikes, let bins)):
            Array(code.spikes.count..<spikes) + (code.bins.count..<bins).map { spikes + $0 }
        case (.intervals(let code), .intervals(let spikes, let modes, _)):
            Array(code.spikes.count..<spikes) + (code.modes.count..<modes).map { spikes + $0 }
        default: []
        }
    }
}

/// The slots of a column whose values are told apart one by one.
struct ValueCode: Sendable, Equatable {
    /// Cells that have a slot each, commonest first.
    let single: [Double]
    /// Cells that share a slot with others, and up to which share of its rows each is the one.
    let groups: [Group]

    struct Group: Sendable, Equatable {
        let cells: [Double]
        let upTo: [Double]

        /// The cell at a share in 0..<1.
        func cell(at share: Double) -> Double {
            cells[min(cells.count - 1, upTo.firstIndex { share < $0 } ?? cells.count - 1)]
        }
    }

    /// - Parameter counts: how often each cell occurs.
    init(counts: [Double: Int], single: Int, groups: Int) {
        let ordered = counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
        self.single = ordered.prefix(single).map(\.key)
        var members = [[(cell: Double, count: Int)]](repeating: [], count: groups)
        for (place, entry) in ordered.dropFirst(single).enumerated() {
            members[place % groups].append((entry.key, entry.value))
        }
        self.groups = members.filter { !$0.isEmpty }.map { members in
            let total = Double(members.reduce(0) { $0 + $1.count })
            var sum = 0.0
            return Group(
                cells: members.map(\.cell),
                upTo: members.map { member in
                    sum += Double(member.count) / total
                    return sum
                })
        }
    }

    init(single: [Double], groups: [Group]) {
        self.single = single
        self.groups = groups
    }

    /// Slots by cells.
    var slots: [Double: Int] {
        var slots: [Double: Int] = [:]
        for (slot, cell) in single.enumerated() { slots[cell] = slot }
        for (index, group) in groups.enumerated() {
            for cell in group.cells { slots[cell] = single.count + index }
        }
        return slots
    }

    /// The cell of a slot.
    ///
    /// - Parameter share: chooses among those that share it, uniform in 0..<1.
    func cell(slot: Int, share: Double) -> Double {
        if slot < single.count { return single[slot] }
        let group = slot - single.count
        return group < groups.count ? groups[group].cell(at: share) : single.last ?? .nan
    }
}

/// The slots of a column of numbers: values that are common by themselves, and intervals about the means of a mixture.
///
/// A scalar says how far from an interval's mean a value is, in units of four standard deviations (Xu et al. 2019, section
/// 4.2).
struct IntervalCode: Sendable, Equatable {
    /// Ascending.
    let spikes: [Double]
    let modes: [GaussianMixture.Component]
    /// What samples lie within.
    let range: ClosedRange<Double>
    /// Whether so many rows have the least, and the greatest value that what would lie beyond may be put there; else it is thrown
    /// back, as who has it would be given away.
    let isLeastShared: Bool
    let isGreatestShared: Bool

    /// Values that so large a part of the rows have stand by themselves.
    static let spikeShare = 0.01
    /// Values that are looked at.
    static let sample = 10_000
    private static let widths = 4.0

    /// - Parameters:
    ///   - values: finite, a sample of the column.
    ///   - range: of the whole column.
    init(values: [Double], range: ClosedRange<Double>, spikes most: Int, modes: Int) {
        var counts: [Double: Int] = [:]
        for value in values { counts[value, default: 0] += 1 }
        let least = Int((Double(values.count) * Self.spikeShare).rounded(.up))
        let fewest = TableColumn.Frequent.fewestRows
        let common = counts.filter { $0.value >= max(fewest, least) }
            .sorted { ($0.value, $1.key) > ($1.value, $0.key) }
        let spikes = Set(common.prefix(most).map(\.key))
        self.spikes = spikes.sorted()
        let rest = values.filter { !spikes.contains($0) }
        self.modes = GaussianMixture.fit(rest.isEmpty ? values : rest, most: modes).components
        self.range = range
        isLeastShared = counts[range.lowerBound] ?? 0 >= fewest
        isGreatestShared = counts[range.upperBound] ?? 0 >= fewest
    }

    init(
        spikes: [Double], modes: [GaussianMixture.Component], range: ClosedRange<Double>, isLeastShared: Bool,
        isGreatestShared: Bool
    ) {
        self.spikes = spikes
        self.modes = modes
        self.range = range
        self.isLeastShared = isLeastShared
        self.isGreatestShared = isGreatestShared
    }

    /// The interval of a value that is no spike, drawn by how likely the value is in each.
    ///
    /// - Parameter share: uniform in 0..<1.
    func mode(of value: Double, share: Double) -> Int {
        guard modes.count > 1 else { return 0 }
        // Logarithms, since far from all means every density is 0.
        let logarithms = modes.map { mode in
            // Halves, since they may be farther apart than the greatest number.
            let distance = (value / 2 - mode.mean / 2) / (mode.standardDeviation / 2)
            return log(mode.weight) - log(mode.standardDeviation) - distance * distance / 2
        }
        let largest = logarithms.max() ?? 0
        let shares = logarithms.map { exp($0 - largest) }
        var left = share * shares.reduce(0, +)
        for (index, share) in shares.enumerated() {
            left -= share
            if left < 0 { return index }
        }
        return modes.count - 1
    }

    /// Where in its interval a value lies, within ±1.
    func scalar(of value: Double, in mode: Int) -> Float {
        let place = (value / Self.widths - modes[mode].mean / Self.widths) / modes[mode].standardDeviation
        return Float(min(Self.edge, max(-Self.edge, place)))
    }

    /// The value at a place in an interval, kept within the range.
    func value(scalar: Float, in mode: Int) -> Double {
        let component = modes[min(mode, modes.count - 1)]
        var value = component.mean + Double(scalar) * Self.widths * component.standardDeviation
        let (least, greatest) = (range.lowerBound, range.upperBound)
        if value < least, !isLeastShared, greatest > least {
            value = least + (least - value).truncatingRemainder(dividingBy: greatest - least)
        } else if value > greatest, !isGreatestShared, greatest > least {
            value = greatest - (value - greatest).truncatingRemainder(dividingBy: greatest - least)
        }
        return min(greatest, max(least, value))
    }

    /// Where tanh still has a slope.
    private static let edge = 0.99
}
