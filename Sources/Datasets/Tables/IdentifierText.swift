internal import Codecs

/// Texts that are built like a column's identifiers, and are none of them.
///
/// The text of a number is a function of the number and the form alone, and another for each number. Where a form has fewer
/// texts than are asked for, the last run of the others is longer than any that the column has.
///
/// `Sendable`: nothing in it changes.
package final class IdentifierText: Sendable, Equatable {
    package let form: IdentifierForm
    private let structures: [IdentifierSpace]
    /// Up to which share of the numbers each structure has them.
    private let shares: [Double]
    private let key: UInt64

    package init(_ form: IdentifierForm) {
        self.form = form
        key = Self.key(of: form)
        let key = key
        structures = form.structures.enumerated().map { index, structure in
            IdentifierSpace(structure, filter: form.filter, key: SplitMix64.mix(key &+ UInt64(index) &* 0x9E37_79B9))
        }
        shares = CountedDraw.shares(form.structures.map(\.count))
    }

    package static func == (left: IdentifierText, right: IdentifierText) -> Bool { left.form == right.form }

    /// The text of a number; nil where the form has no text left that isn't somebody's own.
    package func text(of number: UInt64) -> [UInt8]? {
        let draw = CountedDraw.index(at: SplitMix64.mix(number ^ key), shares)
        return structures[draw].text(of: number)
    }

    /// The text's value where all are whole numbers.
    package func value(of number: UInt64) -> Double? {
        let value = text(of: number).flatMap { Int64(String(decoding: $0, as: UTF8.self)) }
        return value.flatMap { abs($0) < 1 << 53 ? Double($0) : nil }
    }

    /// A whole number as identifiers that are numbers are learned; nil where it is none that a cell tells from its neighbours.
    static func digits(of number: Double) -> [UInt8]? {
        guard abs(number) < 0x1p53, let whole = Int64(exactly: number) else { return nil }
        return Array(String(whole).utf8)
    }

    /// Characters that no text of the first `count` numbers exceeds.
    package func length(count: Int) -> Int { structures.map { $0.length(count: UInt64(max(1, count))) }.max() ?? 0 }

    /// Another for each form, so that columns that are built alike don't have the same texts in one row.
    private static func key(of form: IdentifierForm) -> UInt64 {
        IdentifierForm(structures: form.structures).json.bytes.withUnsafeBufferPointer {
            ValueDictionary.hash($0, seed: form.filter?.salt ?? 1)
        }
    }
}

/// Draws among what occurs so often.
enum CountedDraw {
    /// Up to which share of all each is the one.
    static func shares(_ counts: [Int]) -> [Double] {
        let total = Double(max(1, counts.reduce(0, +)))
        var sum = 0
        return counts.map { count in
            sum += count
            return Double(sum) / total
        }
    }

    /// - Parameter hash: all of its values are as likely.
    static func index(at hash: UInt64, _ shares: [Double]) -> Int {
        guard shares.count > 1 else { return 0 }
        let share = Double(hash >> 11) * 0x1p-53
        return shares.firstIndex { share < $0 } ?? shares.count - 1
    }
}
