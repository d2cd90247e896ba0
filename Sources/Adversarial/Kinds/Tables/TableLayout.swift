package import Datasets
internal import Torch

/// How a table's columns lie in the rows that the networks see: `[scalars | head | head | …]`.
///
/// It follows from the schema and the spec alone, so that the networks' sizes are known before any data is read.
package struct TableLayout: Sendable, Equatable {
    /// A column that is learned.
    struct Column: Sendable, Equatable {
        /// Its place in the schema.
        let index: Int
        let content: Content
        /// The place of its head among the heads.
        let head: Int
        /// The last of the head's slots stands for no value.
        let hasMissing: Bool
        /// The place in the schema of the column that it follows, and is learned as a distance from; nil for others.
        var leader: Int?
    }

    /// What a head's slots stand for.
    enum Content: Sendable, Equatable {
        /// So many values have a slot each; the others share `groups`.
        case values(single: Int, groups: Int)
        /// So many numbers have a slot each, and an order.
        case levels(Int)
        /// So many values that are common by themselves, and so many ranges, each of about as many rows.
        case ranges(spikes: Int, bins: Int)
        /// So many values that are common by themselves, and so many intervals, in which a scalar says where.
        case intervals(spikes: Int, modes: Int, scalar: Int)

        var slots: Int {
            switch self {
            case .values(let single, let groups): single + groups
            case .levels(let count): count
            case .ranges(let spikes, let bins): spikes + bins
            case .intervals(let spikes, let modes, _): spikes + modes
            }
        }
    }

    let columns: [Column]
    let heads: ChoiceHeads

    /// Values of a column that get slots of their own, where it has more than that and `groups`.
    static let mostSingle = 384
    static let groups = 128

    /// Numbers of a row.
    package var width: Int { heads.width }

    /// Lays a table out.
    ///
    /// - Parameter table: as it was found.
    package init(_ table: TableSchema, _ networks: TabularNetwork) {
        let data = networks.data
        var columns: [Column] = []
        var widths: [Int] = []
        var scalars = 0
        for (index, column) in table.columns.enumerated() {
            let content: Content
            var leader: Int?
            switch data.treatment(of: column) {
            case .left: continue
            case .values:
                content = Self.values(column.distinct)
            case .levels:
                // What is shown of an order goes with ranges.
                content = networks.bins > 0 ? .levels(column.distinct) : Self.values(column.distinct)
            case .numbers where networks.bins > 0:
                leader = Self.leader(of: index, in: table, data)
                content =
                    leader == nil
                    ? Self.ranges(column.frequent, distinct: column.distinct, networks)
                    : Self.ranges(column.follows?.frequent, distinct: column.follows?.distinct ?? 0, networks)
            case .numbers:
                content = .intervals(spikes: networks.spikes, modes: networks.modes, scalar: scalars)
                scalars += 1
            }
            let hasMissing = column.missing > 0 || (column.form == .text && content.isOfNumbers)
            columns.append(
                Column(index: index, content: content, head: widths.count, hasMissing: hasMissing, leader: leader))
            widths.append(content.slots + (hasMissing ? 1 : 0))
        }
        self.columns = columns
        conditioned = Self.conditioned(columns)
        heads = ChoiceHeads(scalars: scalars, widths: widths)
    }

    /// As many slots as the column's values ask for: one that stands for nothing costs as much as any other.
    private static func ranges(
        _ frequent: TableColumn.Frequent?, distinct: Int, _ networks: TabularNetwork
    ) -> Content {
        guard let frequent else { return .ranges(spikes: min(networks.spikes, distinct), bins: networks.bins) }
        let spikes = min(networks.spikes, frequent.values)
        guard frequent.otherRows > 0 || frequent.values > spikes else { return .ranges(spikes: spikes, bins: 0) }
        let rows = frequent.rows + frequent.otherRows
        let bins = frequent.values > spikes ? networks.bins : frequent.otherRows / RangeCode.fewestOfBin(rows: rows)
        return .ranges(spikes: spikes, bins: min(networks.bins, max(1, bins)))
    }

    /// The place of the column that a column of times follows, where both are learned as times.
    private static func leader(of column: Int, in table: TableSchema, _ data: DataSpec) -> Int? {
        guard let follows = table.columns[column].follows, case .time = table.columns[column].form,
            let index = table.columns[..<column].firstIndex(where: { $0.name == follows.column }),
            case .time = table.columns[index].form, data.treatment(of: table.columns[index]) == .numbers
        else { return nil }
        return index
    }

    private static func values(_ distinct: Int) -> Content {
        distinct <= mostSingle + groups
            ? .values(single: max(1, distinct), groups: 0) : .values(single: mostSingle, groups: groups)
    }

    /// Numbers that the discriminator is shown after a row.
    var featureCount: Int {
        2 * columns.count(where: \.content.isOrdered)
    }

    /// The places in a row of a head's slots.
    func slots(ofHead head: Int) -> Range<Int> {
        (head == 0 ? heads.scalars : Int(heads.ends[head - 1]))..<Int(heads.ends[head])
    }

    /// The columns that samples can be asked for by, those of values; their slots, one column after another, are the conditions.
    let conditioned: [Column]

    private static func conditioned(_ columns: [Column]) -> [Column] {
        var left = mostConditions
        let chosen = columns.filter { !$0.content.isOfNumbers }.sorted { $0.content.slots < $1.content.slots }.prefix {
            left -= $0.content.slots + 1
            return left >= 0
        }
        return chosen.sorted { $0.index < $1.index }
    }

    /// Conditions at most, of the columns that have the fewest each.
    private static let mostConditions = 1_024

    /// All conditions that there are.
    package var conditionCount: Int { conditioned.reduce(0) { $0 + slots(ofHead: $1.head).count } }
}

extension TableLayout.Content {
    var hasScalar: Bool {
        switch self {
        case .values, .levels, .ranges: false
        case .intervals: true
        }
    }

    /// Whether the discriminator is shown where in an order its slots stand.
    var isOrdered: Bool {
        switch self {
        case .values, .intervals: false
        case .levels, .ranges: true
        }
    }

    /// Whether what is told apart lies on a line.
    var isOfNumbers: Bool {
        switch self {
        case .values, .levels: false
        case .ranges, .intervals: true
        }
    }
}
