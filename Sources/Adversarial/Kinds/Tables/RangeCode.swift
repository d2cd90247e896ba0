internal import Datasets

/// The slots of a column of numbers whose values are told apart where they are common, and by ranges of about as many rows each
/// where they aren't.
///
/// Within a range a value is drawn as the rows' are spread there, so that each column is met however it is distributed; between
/// slots the networks know no order but what `TableEncoding.features` gives the discriminator.
struct RangeCode: Sendable, Equatable {
    /// Ascending.
    let spikes: [Double]
    /// The quantiles of each range, ascending, at equal distances, from where it begins to where it ends.
    let bins: [[Double]]

    /// Rows that a range has at least: five in a thousand, and ten of few.
    static func fewestOfBin(rows: Int) -> Int { max(10, rows / 200) }

    /// Pieces between a range's quantiles at most.
    private static let mostPieces = 32
    /// Rows that a piece has at least, where its range has so many.
    ///
    /// Among so few as two, what is drawn between a value and the next is one of them too often: where n values lie in a piece,
    /// they are met n / (n − 1) times as often as chance has it.
    private static let fewestOfPiece = 10
    /// Rows on either side that a quantile of an outermost range is the mean of, where there are so many.
    private static let smoothed = 5
    /// Values that are looked at.
    static let sample = 50_000

    /// - Parameters:
    ///   - values: finite, a sample of the column.
    ///   - hasFineEnds: whether ranges at the column's ends have fewer rows than others. Within a range all values are alike to the
    ///     networks, and what goes with a rare condition often lies far out; without such, pairs of columns come out worse by it.
    init(values: [Double], spikes most: Int, bins: Int, hasFineEnds: Bool = false) {
        var counts: [Double: Int] = [:]
        for value in values { counts[value, default: 0] += 1 }
        // Without ranges, all values that there are have to stand by themselves.
        let least = bins == 0 ? 1 : TableColumn.Frequent.least(of: values.count)
        let common = counts.filter { $0.value >= least }.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
        let chosen = Set(common.prefix(most).map(\.key))
        let rest = values.filter { !chosen.contains($0) }.sorted()
        let rows = Self.fewestOfBin(rows: values.count)
        spikes = chosen.sorted()
        self.bins =
            rest.isEmpty || bins == 0
            ? []
            : Self.bins(
                rest, count: min(bins, max(1, rest.count / rows)), fewest: hasFineEnds ? rows : nil, beside: spikes)
    }

    init(spikes: [Double], bins: [[Double]]) {
        self.spikes = spikes
        self.bins = bins
    }

    /// Where ranges of about as many rows each end.
    ///
    /// With `fewest`, at both ends of the column they begin with so few rows, and double.
    private static func ends(rows: Int, count: Int, fewest: Int?) -> [Int] {
        guard let fewest else { return (1...count).map { rows * $0 / count } }
        let usual = rows / count
        var sum = 0
        let sums = (0..<count).map { bin in
            sum += min(usual, fewest << min(bin, count - 1 - bin, 16))
            return sum
        }
        return sums.map { rows * $0 / sum }
    }

    /// Ranges of about as many values each; equal values are in one.
    private static func bins(
        _ sorted: [Double], count: Int, fewest: Int?, beside spikes: [Double]
    ) -> [[Double]] {
        guard sorted.count >= TableColumn.Frequent.fewestRows else { return [widened(sorted, between: spikes)] }
        var bins: [[Double]] = []
        var first = 0
        for end in ends(rows: sorted.count, count: count, fewest: fewest) {
            var end = end
            // Those that are equal to the last one belong to it.
            while end < sorted.count, end > 0, sorted[end] == sorted[end - 1] { end += 1 }
            guard end > first else { continue }
            bins.append(quantiles(sorted, first..<end))
            first = end
        }
        return bins
    }

    /// The quantiles of a range of rows.
    ///
    /// None but the column's least and greatest value is a row's own, unless many rows in turn have it: they lie half way between
    /// neighbours. In the outermost ranges, where rows lie far from one another, there is a piece for each row, and a quantile
    /// is the mean of the rows around it, so that neither the mean nor the ends are others than the rows'.
    private static func quantiles(_ sorted: [Double], _ rows: Range<Int>) -> [Double] {
        let isOutermost = rows.lowerBound == 0 || rows.upperBound == sorted.count
        let count = min(mostPieces, max(1, isOutermost ? rows.count : rows.count / fewestOfPiece))
        return (0...count).map { piece in
            let place = rows.lowerBound + rows.count * piece / count
            guard place > 0, place < sorted.count else { return place == 0 ? sorted[0] : sorted[place - 1] }
            // Within the range, so that one ends where the next begins.
            let reach = isOutermost ? max(1, min(smoothed, place - rows.lowerBound, rows.upperBound - place)) : 1
            return sorted[place - reach..<place + reach].reduce(0) { $0 + $1 / Double(2 * reach) }
        }
    }

    /// A range of so few rows that it would give them away, half way to the values beside it.
    private static func widened(_ sorted: [Double], between spikes: [Double]) -> [Double] {
        let (first, last) = (sorted[0], sorted[sorted.count - 1])
        let below = spikes.last { $0 < first }, above = spikes.first { $0 > last }
        return [below.map { middle(of: $0, and: first) } ?? first, above.map { middle(of: last, and: $0) } ?? last]
    }

    /// Halved first, as the sum of two large numbers may be none.
    private static func middle(of low: Double, and high: Double) -> Double { low / 2 + high / 2 }

    /// The slot of a value, counted from the first spike; ranges stand after `from` slots.
    func bin(of value: Double) -> Int {
        var low = 0
        var high = bins.count
        // The last range that begins at or before the value.
        while high - low > 1 {
            let middle = (low + high) / 2
            if bins[middle][0] <= value { low = middle } else { high = middle }
        }
        return low
    }

    /// A value of a range.
    ///
    /// - Parameter share: uniform in 0..<1.
    func value(in bin: Int, at share: Double) -> Double {
        let quantiles = bins[min(bin, bins.count - 1)]
        let place = share * Double(quantiles.count - 1)
        let piece = min(Int(place), quantiles.count - 2)
        let (low, high) = (quantiles[piece], quantiles[piece + 1])
        let width = high - low
        let part = place - Double(piece)
        return width.isFinite ? low + part * width : low * (1 - part) + high * part
    }

    /// Where in a range half of its rows are below.
    func median(of bin: Int) -> Double { value(in: bin, at: 0.5) }

    var range: ClosedRange<Double> {
        let ends = [spikes.first, spikes.last, bins.first?.first, bins.last?.last].compactMap(\.self)
        return (ends.min() ?? 0)...(ends.max() ?? 0)
    }
}
