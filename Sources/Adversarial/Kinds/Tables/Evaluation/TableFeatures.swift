internal import Datasets
internal import Glibc

/// Rows as numbers for a classifier: scaled numbers each with a flag for missing ones, and a slot for each word.
///
/// Words beyond the slots of a column share its last ones, told apart by a hash (Weinberger et al. 2009), so that words that the
/// fitted rows lack have a place too.
struct TableFeatures: Sendable {
    let width: Int
    private let columns: [Column]

    /// How numbers are scaled.
    enum Scale: Sendable {
        /// By mean and standard deviation.
        case standard
        /// To 0…5 by the smallest and largest, those that are never negative and reach 1,000 by their logarithms.
        ///
        /// As SDGym's evaluation of classifiers does (sdgym/evaluate.py, `FeatureMaker`).
        case range
    }

    private struct Column: Sendable {
        let index: Int
        /// The first of its places in a row.
        let first: Int
        let content: Content
    }

    private enum Content: Sendable {
        /// One place for the number, one for the flag.
        case number(isLogarithmic: Bool, offset: Double, factor: Double)
        /// `slots` places, those from `known.count` on being shared.
        case words(known: [UInt64: Int], slots: Int)
    }

    /// Places that words share which have none of their own.
    private static let shared = 4
    /// Words' places of all columns together: bounds the memory of many rows.
    private static let mostPlaces = 1_024

    /// Looks at what the columns hold.
    ///
    /// - Parameters:
    ///   - indices: of the columns to encode.
    ///   - mostSlots: places for the words of a column, more than four.
    init(fitting rows: TableRows, columns indices: [Int], scale: Scale, mostSlots: Int) {
        let ofWords = indices.count { !rows.isOfNumbers($0) }
        let most = min(mostSlots, max(2 * Self.shared, Self.mostPlaces / max(ofWords, 1)))
        var first = 0
        columns = indices.map { index in
            let content =
                rows.isOfNumbers(index)
                ? Self.number(rows, index, scale) : Self.words(rows.values[index], mostSlots: most)
            defer { if case .words(_, let slots) = content { first += slots } else { first += 2 } }
            return Column(index: index, first: first, content: content)
        }
        width = first
    }

    private static func number(_ rows: TableRows, _ index: Int, _ scale: Scale) -> Content {
        switch scale {
        case .standard:
            guard let (mean, deviation) = rows.moments(ofColumn: index) else { break }
            return .number(isLogarithmic: false, offset: mean, factor: factor(1, over: deviation))
        case .range:
            let present = rows.values[index].filter(\.isFinite)
            guard let smallest = present.min(), let largest = present.max() else { break }
            let isLogarithmic = smallest >= 0 && largest >= 1_000
            let low = isLogarithmic ? log(max(smallest, leastLogarithm)) : smallest
            let high = isLogarithmic ? log(max(largest, leastLogarithm)) : largest
            return .number(isLogarithmic: isLogarithmic, offset: low, factor: factor(5, over: high - low))
        }
        return .number(isLogarithmic: false, offset: 0, factor: 0)
    }

    private static let leastLogarithm = 0.01

    private static func factor(_ value: Double, over divisor: Double) -> Double {
        let factor = value / divisor
        return divisor > 0 && factor.isFinite ? factor : 0
    }

    private static func words(_ cells: [Double], mostSlots: Int) -> Content {
        var counts: [UInt64: Int] = [:]
        for cell in cells { counts[TableCell.bits(cell), default: 0] += 1 }
        let ordered = counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(mostSlots - shared)
        return .words(
            known: Dictionary(uniqueKeysWithValues: ordered.enumerated().map { ($0.element.key, $0.offset) }),
            slots: ordered.count + shared)
    }

    /// The rows' numbers, `[rows, width]`.
    func matrix(_ rows: TableRows) -> FeatureMatrix {
        var values = [Float](repeating: 0, count: rows.count * width)
        for column in columns {
            for (row, cell) in rows.values[column.index].enumerated() {
                let place = row * width + column.first
                switch column.content {
                case .number(let isLogarithmic, let offset, let factor):
                    let number = isLogarithmic ? log(max(cell, Self.leastLogarithm)) : cell
                    // Far outside what was fitted a number says no more than at the edge, and stays finite.
                    let scaled = min(Self.largest, max(-Self.largest, (number - offset) * factor))
                    if cell.isNaN { values[place + 1] = 1 } else { values[place] = Float(scaled) }
                case .words(let known, let slots):
                    let bits = TableCell.bits(cell)
                    let slot = known[bits] ?? slots - 1 - Int(SplitMix64.mix(bits) % UInt64(Self.shared))
                    values[place + slot] = 1
                }
            }
        }
        return FeatureMatrix(values: values, count: rows.count, width: width)
    }

    private static let largest = 1e4
}

/// Numbers of rows, one row after another.
struct FeatureMatrix: Sendable {
    /// `[count, width]`.
    var values: [Float]
    let count: Int
    let width: Int

    /// The rows of other matrices one after the other, all equally wide.
    init(joining parts: [FeatureMatrix]) {
        values = parts.flatMap(\.values)
        count = parts.reduce(0) { $0 + $1.count }
        width = parts.first?.width ?? 0
    }

    init(values: [Float], count: Int, width: Int) {
        self.values = values
        self.count = count
        self.width = width
    }

    /// Some of the rows, in the order asked for.
    func rows(_ indices: [Int]) -> FeatureMatrix {
        FeatureMatrix(
            values: indices.flatMap { values[$0 * width..<($0 + 1) * width] }, count: indices.count, width: width)
    }
}
