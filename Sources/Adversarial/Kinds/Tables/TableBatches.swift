internal import Datasets
internal import Glibc
internal import Torch

/// A table's training rows, chosen by conditions as CTGAN does it, or else each once before any comes again.
///
/// Training by sampling (Xu et al. 2019, section 4.3): a column is drawn evenly, one of its values by the logarithm of how often
/// it occurs, and one of the rows that have it; so rare values are seen as often as it takes to learn them.
final class TableBatches: BatchSource {
    private let table: EncodedTable
    private let seed: UInt64
    private let random: Philox
    private let shares: ClassFrequencies?
    private var order: ItemOrder?
    private var epoch = -1

    init(_ table: EncodedTable, _ encoding: TableEncoding, seed: UInt64, isConditional: Bool) {
        self.table = table
        self.seed = seed
        random = Philox(seed: seed)
        shares = isConditional ? ClassFrequencies(counts: encoding.conditionShares) : nil
    }

    func batch(count: Int, atSample position: Int) throws -> (items: Tensor, labels: Tensor?) {
        var labels: [Int64] = []
        let rows = (position..<position + count).map { item -> Int in
            guard let shares else { return row(at: item) }
            let condition = shares.class(at: random.uniform(.trainingClass, item: UInt64(item)))
            let members = table.count(meeting: condition)
            let place = Int(random.uniform(.tableRow, item: UInt64(item)) * Double(members))
            labels.append(Int64(condition))
            return table.row(meeting: condition, at: min(place, members - 1))
        }
        return (try table.items(rows), labels.isEmpty ? nil : try Tensor(labels))
    }

    private func row(at position: Int) -> Int {
        if position / table.rowCount != epoch || order == nil {
            epoch = position / table.rowCount
            order = ItemOrder(count: table.rowCount, seed: seed, epoch: epoch)
        }
        return order?[position % table.rowCount] ?? 0
    }
}

extension TableEncoding {
    /// How often each condition is trained on, in millionths of its column: by the logarithms of their counts.
    var conditionShares: [Int] {
        var shares: [Int] = []
        var first = 0
        for column in layout.conditioned {
            let counts = conditionCounts[first..<first + layout.slots(ofHead: column.head).count]
            first += counts.count
            let logarithms = counts.map { $0 > 0 ? log(Double($0) + 1) : 0 }
            let total = logarithms.reduce(0, +)
            shares += logarithms.map { Int(1e6 * $0 / max(total, .leastNormalMagnitude)) }
        }
        return shares
    }
}
