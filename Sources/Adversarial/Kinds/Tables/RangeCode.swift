internal import Datasets

/// The slots of a column of numbers whose values are told apart where they are common, and by ranges of about as many rows each
/// where they aren't.
///
/// Within a range a value is drawn as the rows' are spread there, so that each column is met however it is distributed; between
/// slots the networks know no order but what `TableEncoding.features` gives the discriminator.
struct RangeCode: Sendable, Equatable {
    /// Ascending.
    let spikes: [Double]
    /// The quantiles of each range, ascending, at equal distances, from its least to its greatest value.
    let bins: [[Double]]

    /// Rows that a range has at least: five in a thousand, and ten of few.
    static func fewestOfBin(rows: Int) -> Int { max(10, rows / 200) }

    /// Pieces between a range's quantiles.
    private static let pieces = 32
    /// Values that are looked at.
    static let sample = 50_000

    /// - Parameter values: finite, a sample of the column.
    init(values: [Double], spikes most: Int, bins: Int) {
        var counts: [Double: Int] = [:]
        for value in values { counts[value, default: 0] += 1 }
        // Without ranges, all values that there are have to stand by themselves.
        let least = bins == 0 ? 1 : TableColumn.Frequent.least(of: values.count)
        let common = counts.filter { $0.value >= least }.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
        let chosen = Set(common.prefix(most).map(\.key))
        let rest = values.filter { !chosen.contains($0) }.sorted()
        let rows = Self.fewestOfBin(rows: values.count)
        spikes = chosen.sorted()
        self.bins = rest.isEmpty || bins == 0 ? [] : Self.bins(rest, count: min(bins, max(1, rest.count / rows)))
    }

    init(spikes: [Double], bins: [[Double]]) {
        self.spikes = spikes
        self.bins = bins
    }

    /// Ranges of about as many values each; equal values are in one.
    private static func bins(_ sorted: [Double], count: Int) -> [[Double]] {
        var bins: [[Double]] = []
        var first = 0
        for bin in 1...count {
            var end = sorted.count * bin / count
            // Those that are equal to the last one belong to it.
            while end < sorted.count, end > 0, sorted[end] == sorted[end - 1] { end += 1 }
            guard end > first else { continue }
            let members = sorted[first..<end]
            let last = members.count - 1
            bins.append((0...pieces).map { members[first + last * $0 / pieces] })
            first = end
        }
        return bins
    }

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
        let part = place - Double(piece)
        // Wider than the greatest number, it is no number itself.
        return (high - low).isFinite ? low + part * (high - low) : low * (1 - part) + high * part
    }

    var range: ClosedRange<Double> {
        let ends = [spikes.first, spikes.last, bins.first?.first, bins.last?.last].compactMap(\.self)
        return (ends.min() ?? 0)...(ends.max() ?? 0)
    }
}
