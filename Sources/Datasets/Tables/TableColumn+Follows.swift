internal import Codecs

extension TableColumn {
    /// What is known of a column of times that stay near those of a column before it, as the day of delivery stays near that of the
    /// order: how far they lie from them.
    ///
    /// Times that spread over years say too little of which comes first within some days; distances say it.
    package struct Follows: Sendable, Equatable {
        /// The column that it follows, which stands left of it.
        package var column: String
        /// Different distances, as far as they were counted.
        package var distinct: Int
        /// How many distances stand in many rows.
        package var frequent: Frequent

        package init(column: String, distinct: Int, frequent: Frequent) {
            self.column = column
            self.distinct = distinct
            self.frequent = frequent
        }

        var json: JSON {
            ["column": .string(column), "distinct": .integer(Int64(distinct)), "frequent": frequent.json]
        }

        init?(json: JSON) {
            guard let column = json["column"]?.string, let distinct = json["distinct"]?.integer,
                let frequent = json["frequent"].flatMap(Frequent.init(json:))
            else { return nil }
            self.init(column: column, distinct: Int(distinct), frequent: frequent)
        }
    }

    /// How far a cell lies from the cell that it follows, in seconds: a multiple of what this column's form can tell apart.
    ///
    /// The other cell counts from the last time before it that this form can tell apart. Times of day go round: from 23:50 to 0:10
    /// there are 20 minutes.
    package func distance(of cell: Double, from other: Double) -> Double {
        guard case .time(let form) = form else { return .nan }
        let distance = cell - form.floor(other)
        guard !form.hasDate else { return distance }
        let day = Double(TimeForm.secondsPerDay)
        return distance - (distance / day).rounded() * day
    }

    /// The cell that lies so far from the cell that it follows.
    package func cell(at distance: Double, from other: Double) -> Double {
        guard case .time(let form) = form else { return .nan }
        let cell = form.floor(other) + distance
        guard !form.hasDate else { return cell }
        let day = Double(TimeForm.secondsPerDay)
        return cell - (cell / day).rounded(.down) * day
    }
}

extension TimeForm {
    fileprivate func floor(_ time: Double) -> Double { (time / resolution).rounded(.down) * resolution }
}

/// Which columns of times follow others, learned of stored rows.
struct FollowTally {
    /// Columns of times that are looked at, the first ones; rows, evenly over all; and distances that are counted.
    private static let mostColumns = 8
    private static let mostRows = 50_000
    private static let mostDistances = 4_096
    /// A column follows another one if distances spread less than so large a part of its own times.
    private static let narrow = 0.25

    private struct Pair {
        let column: Int
        let other: Int
        /// Of times that have another one to follow.
        var own = CellTally()
        var distances = CellTally()
        var counts: [Double: Int] = [:]
        /// Whether a time has none.
        var isLost = false
    }

    private let columns: [TableColumn]
    private let stride: Int
    private var pairs: [Pair] = []

    var isNeeded: Bool { !pairs.isEmpty }

    init(_ columns: [TableColumn], rows: Int) {
        self.columns = columns
        stride = max(1, rows / Self.mostRows)
        let times = columns.indices.filter { columns[$0].isTimeOfDays }.prefix(Self.mostColumns)
        for (place, column) in times.enumerated() {
            for other in times.prefix(place) where columns[column].hasDate == columns[other].hasDate {
                pairs.append(Pair(column: column, other: other))
            }
        }
    }

    /// Takes a row in.
    mutating func add(_ row: [Double], at place: Int) {
        for index in pairs.indices where !pairs[index].isLost {
            let (cell, other) = (row[pairs[index].column], row[pairs[index].other])
            guard !cell.isNaN else { continue }
            guard !other.isNaN else {
                pairs[index].isLost = true
                continue
            }
            guard place.isMultiple(of: stride) else { continue }
            let distance = columns[pairs[index].column].distance(of: cell, from: other)
            pairs[index].own.add(cell)
            pairs[index].distances.add(distance)
            if pairs[index].counts[distance] != nil || pairs[index].counts.count < Self.mostDistances {
                pairs[index].counts[distance, default: 0] += 1
            }
        }
    }

    /// What a column follows: of the columns that would do the one to which distances spread least; nil where there is none.
    func follows(of column: Int) -> TableColumn.Follows? {
        var best: (pair: Pair, spread: Double)?
        for pair in pairs where pair.column == column && !pair.isLost {
            guard let own = pair.own.statistics, let distances = pair.distances.statistics,
                pair.own.count >= ColumnPlan.leastIdentifiers,
                distances.standardDeviation < Self.narrow * own.standardDeviation,
                distances.standardDeviation < best?.spread ?? .infinity
            else { continue }
            best = (pair, distances.standardDeviation)
        }
        return best.map { best in
            TableColumn.Follows(
                column: columns[best.pair.other].name, distinct: best.pair.counts.count,
                frequent: TableColumn.Frequent(counts: Array(best.pair.counts.values)))
        }
    }
}

extension TableColumn {
    /// Whether it has times that are told apart by days or less; months have no one length.
    fileprivate var isTimeOfDays: Bool {
        guard case .time(let form) = form, [.date, .datetime, .time].contains(type) else { return false }
        return !form.isOfMonths
    }

    fileprivate var hasDate: Bool {
        guard case .time(let form) = form else { return false }
        return form.hasDate
    }
}
