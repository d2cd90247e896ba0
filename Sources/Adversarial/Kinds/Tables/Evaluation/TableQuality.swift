package import Datasets
internal import Glibc

/// How far synthetic rows have the distributions of real ones: in each column, and in each pair of columns that go together.
///
/// The definitions are those of SDMetrics 0.32's `QualityReport`, whose numbers these are.
package struct TableQuality: Sendable, Equatable {
    package var shapes: [Shape]
    package var trends: [Trend]

    /// A column: for numbers and times 1 less the Kolmogorov-Smirnov statistic (`KSComplement`), for categories 1 less the total
    /// variation distance (`TVComplement`), both over the rows that have a value.
    package struct Shape: Sendable, Equatable {
        package var column: String
        /// NaN where one side has no value.
        package var score: Double
    }

    /// A pair of columns: for two of numbers 1 less half the difference of Pearson's correlations (`CorrelationSimilarity`), else
    /// 1 less the total variation distance of the contingency tables, numbers in ten bins (`ContingencySimilarity`).
    package struct Trend: Sendable, Equatable {
        package var first: String
        package var second: String
        /// NaN where the pair doesn't go together in the real rows.
        package var score: Double
        /// How far the pair goes together in the real rows: the correlation, or Cramér's V; NaN where that can't be told.
        package var real: Double
        /// The correlation of two columns of numbers in the synthetic rows; NaN for other columns.
        package var synthetic: Double
    }

    /// The mean over the columns.
    package var shapeScore: Double { Self.mean(shapes.map(\.score)) }

    /// The mean over the pairs that go together; NaN where none do.
    package var trendScore: Double { Self.mean(trends.map(\.score)) }

    /// The mean of both; of one where the other can't be told.
    package var score: Double { Self.mean([shapeScore, trendScore]) }

    /// Pairs of numbers go together from a correlation above this on.
    static let leastCorrelation = 0.5
    /// Other pairs, from Cramér's V above this on.
    static let leastAssociation = 0.3

    private static func mean(_ values: [Double]) -> Double {
        let known = values.filter { !$0.isNaN }
        return known.isEmpty ? .nan : known.reduce(0, +) / Double(known.count)
    }
}

/// Real rows that synthetic ones are held against, again and again.
package struct TableQualityMeasure: Sendable {
    private let columns: [TableColumn]
    private let real: [Side]
    private let associations: [Double]

    /// A column of one of the two tables.
    private struct Side: Sendable {
        let isContinuous: Bool
        let values: [Double]
        /// Those there are, ascending, where the column is continuous.
        let sorted: [Double]
        /// Codes for contingency tables, from 0 to below `codeCount`.
        let codes: [Int32]
        let codeCount: Int
        let rows: RowsByCode
        /// The codes of numbers that are categories; empty where cells are indices of categories.
        private let codesOfNumbers: [Double: Int32]

        /// - Parameter real: the same column of the real rows; `nil` where this is it.
        init(_ column: TableColumn, _ values: [Double], like real: Side? = nil) {
            isContinuous = TableQualityMeasure.isContinuous(column)
            self.values = values
            guard isContinuous else {
                sorted = []
                codesOfNumbers = column.isCoded ? [:] : Self.codes(of: values, after: real?.codesOfNumbers ?? [:])
                // Those without a value are a category of their own.
                let missing = Int32(1)
                codes = values.map { [codesOfNumbers] value in
                    guard value.isFinite else { return 0 }
                    return (column.isCoded ? Int32(value) : codesOfNumbers[value] ?? 0) + missing
                }
                let largest = codesOfNumbers.values.reduce(codes.max() ?? 0) { max($0, $1 + missing) }
                codeCount = Int(largest) + 1
                rows = RowsByCode(codes, count: codeCount)
                return
            }
            codesOfNumbers = [:]
            sorted = values.filter(\.isFinite).sorted()
            codes = Self.digitised(values, sorted)
            codeCount = Self.bins + 2
            rows = RowsByCode(codes, count: codeCount)
        }

        /// Numbers that are categories may be any: they are counted as they come, after those that are known.
        private static func codes(of values: [Double], after known: [Double: Int32]) -> [Double: Int32] {
            var codes = known
            for value in values where value.isFinite && codes[value] == nil { codes[value] = Int32(codes.count) }
            return codes
        }

        private static let bins = 10

        /// As `numpy.digitize` with the edges of `numpy.histogram_bin_edges`: ten equal bins from the least to the greatest value,
        /// the greatest and what is missing after them.
        private static func digitised(_ values: [Double], _ sorted: [Double]) -> [Int32] {
            guard let first = sorted.first, let last = sorted.last else {
                return [Int32](repeating: Int32(bins + 1), count: values.count)
            }
            // NumPy widens a range of one value.
            let (low, high) = first == last ? (first - 0.5, last + 0.5) : (first, last)
            let edges = (0...bins).map { $0 == bins ? high : low + (high - low) / Double(bins) * Double($0) }
            return values.map { value in
                guard value.isFinite else { return Int32(bins + 1) }
                let place = (value - low) / (high - low) * Double(bins)
                // Of an endless range there are no parts.
                var bin = place.isFinite ? min(bins, max(0, Int(place))) : 0
                while bin < bins, value >= edges[bin + 1] { bin += 1 }
                while bin > 0, value < edges[bin] { bin -= 1 }
                return value >= edges[bins] ? Int32(bins + 1) : Int32(bin + 1)
            }
        }
    }

    /// Takes the real side.
    ///
    /// - Parameters:
    ///   - columns: of both tables.
    ///   - real: of each column its cells, NaN for none, as which infinities count too; of categories, indices.
    package init(columns: [TableColumn], real: [[Double]]) {
        precondition(columns.count == real.count)
        let kept = columns.indices.filter { Self.isMeasured(columns[$0]) }
        self.columns = kept.map { columns[$0] }
        let sides = kept.map { Side(columns[$0], real[$0]) }
        self.real = sides
        var associations: [Double] = []
        for second in sides.indices {
            for first in 0..<second {
                let (left, right) = (sides[first], sides[second])
                associations.append(
                    left.isContinuous && right.isContinuous
                        ? Self.correlation(left, right)
                        : left.rows.association(with: right.codes, count: right.codeCount))
            }
        }
        self.associations = associations
    }

    /// Holds synthetic rows against them.
    ///
    /// - Parameters:
    ///   - all: of each column of the table its cells.
    ///   - table: the columns of `all`.
    package func quality(of all: [[Double]], columns table: [TableColumn]) -> TableQuality {
        let kept = table.indices.filter { Self.isMeasured(table[$0]) }
        precondition(kept.count == columns.count)
        let synthetic = zip(kept, real).map { Side(table[$0], all[$0], like: $1) }
        let shapes = columns.indices.map { index in
            TableQuality.Shape(
                column: columns[index].name,
                score: real[index].isContinuous
                    ? Self.kolmogorovSmirnov(real[index].sorted, synthetic[index].sorted)
                    : Self.totalVariation(real[index], synthetic[index]))
        }
        var trends: [TableQuality.Trend] = []
        var place = 0
        for second in columns.indices {
            for first in 0..<second {
                trends.append(trend(first, second, synthetic, associations[place]))
                place += 1
            }
        }
        return TableQuality(shapes: shapes, trends: trends)
    }

    private func trend(_ first: Int, _ second: Int, _ synthetic: [Side], _ association: Double) -> TableQuality.Trend {
        var trend = TableQuality.Trend(
            first: columns[first].name, second: columns[second].name, score: .nan, real: association, synthetic: .nan)
        if real[first].isContinuous, real[second].isContinuous {
            guard abs(association) > TableQuality.leastCorrelation else { return trend }
            trend.synthetic = Self.correlation(synthetic[first], synthetic[second])
            trend.score = 1 - abs(association - trend.synthetic) / 2
        } else if association > TableQuality.leastAssociation {
            trend.score = Self.contingency(
                (real[first], real[second]), (synthetic[first], synthetic[second]))
        }
        return trend
    }

    /// Whether a column is looked at: what is made anew or left out has no distribution to be met.
    static func isMeasured(_ column: TableColumn) -> Bool { column.type != .identifier && column.type != .text }

    /// Whether a column holds numbers or times, rather than categories.
    static func isContinuous(_ column: TableColumn) -> Bool {
        switch column.type {
        case .categorical, .boolean: false
        case .constant, .ordinal, .integer, .real, .date, .datetime, .time, .identifier, .text: !column.isCoded
        }
    }
}

extension TableQualityMeasure {
    /// 1 less the largest distance between the two distributions' steps (Hodges 1958).
    private static func kolmogorovSmirnov(_ first: [Double], _ second: [Double]) -> Double {
        guard !first.isEmpty, !second.isEmpty else { return .nan }
        var (i, j, largest) = (0, 0, 0.0)
        while i < first.count, j < second.count {
            let value = min(first[i], second[j])
            while i < first.count, first[i] <= value { i += 1 }
            while j < second.count, second[j] <= value { j += 1 }
            largest = max(largest, abs(Double(i) / Double(first.count) - Double(j) / Double(second.count)))
        }
        return 1 - largest
    }

    private static func totalVariation(_ first: Side, _ second: Side) -> Double {
        func shares(_ side: Side, _ count: Int) -> [Double]? {
            var counts = [Int](repeating: 0, count: count)
            for code in side.codes { counts[Int(code)] += 1 }
            let known = side.codes.count - counts[0]
            return known == 0 ? nil : counts.dropFirst().map { Double($0) / Double(known) }
        }
        let count = max(first.codeCount, second.codeCount)
        guard let first = shares(first, count), let second = shares(second, count) else { return .nan }
        return 1 - zip(first, second).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
    }

    /// Pearson's, over the rows that have both values; NaN where one of them is always the same.
    private static func correlation(_ first: Side, _ second: Side) -> Double {
        guard first.sorted.first != first.sorted.last, second.sorted.first != second.sorted.last else { return .nan }
        var (count, meanX, meanY, squaresX, squaresY, products) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        for (x, y) in zip(first.values, second.values) where x.isFinite && y.isFinite {
            count += 1
            let (dx, dy) = (x - meanX, y - meanY)
            meanX += dx / count
            meanY += dy / count
            squaresX += dx * (x - meanX)
            squaresY += dy * (y - meanY)
            products += dx * (y - meanY)
        }
        let scale = (squaresX * squaresY).squareRoot()
        return count > 1 && scale > 0 ? min(1, max(-1, products / scale)) : .nan
    }

    private static func contingency(_ real: (Side, Side), _ synthetic: (Side, Side)) -> Double {
        1
            - real.0.rows.distance(
                with: real.1.codes, from: synthetic.0.rows, with: synthetic.1.codes,
                count: max(real.1.codeCount, synthetic.1.codeCount))
    }
}
