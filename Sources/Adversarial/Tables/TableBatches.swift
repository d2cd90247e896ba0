internal import Datasets
internal import Glibc
internal import Torch

/// A table's training rows, chosen by conditions as CTGAN does it, or else each once before any comes again.
///
/// Training by sampling (Xu et al. 2019, section 4.3): a column is drawn evenly, one of its values by the logarithm of how often
/// it occurs, and one of the rows that have it; so rare values are seen as often as it takes to learn them.
final class TableBatches: BatchSource {
    private let table: EncodedTable
    private let width: Int
    private let features: (weights: Tensor, count: Int)?
    private let seed: UInt64
    private let random: Philox
    private let shares: ClassFrequencies?
    private var order: ItemOrder?
    private var epoch = -1

    init(_ table: EncodedTable, _ encoding: TableEncoding, seed: UInt64, isConditional: Bool) throws {
        self.table = table
        self.seed = seed
        width = encoding.layout.width
        let (weights, count) = encoding.features
        features = count > 0 ? (try Tensor(weights, shape: [encoding.layout.width, count]), count) : nil
        random = Philox(seed: seed)
        shares = isConditional ? ClassFrequencies(counts: encoding.conditionShares) : nil
    }

    func batch(count: Int, atSample position: Int) throws -> (items: Tensor, labels: Tensor?) {
        var labels: [Int64] = []
        let values = [Float](unsafeUninitializedCapacity: count * width) { buffer, written in
            buffer.initialize(repeating: 0)
            for index in 0..<count {
                let row: Int
                if let shares {
                    let item = UInt64(position + index)
                    let condition = shares.class(at: random.uniform(.trainingClass, item: item))
                    let members = table.count(meeting: condition)
                    let place = Int(random.uniform(.tableRow, item: item) * Double(members))
                    labels.append(Int64(condition))
                    row = table.row(meeting: condition, at: min(place, members - 1))
                } else {
                    row = self.row(at: position + index)
                }
                table.write(
                    row: row,
                    into: UnsafeMutableBufferPointer(rebasing: buffer[index * width..<(index + 1) * width]))
            }
            written = count * width
        }
        var items = try Tensor(values, shape: [count, width])
        if let features {
            items = try Tensor.concatenated([items, items.matmul(features.weights)], dimension: 1)
        }
        return (items, labels.isEmpty ? nil : try Tensor(labels))
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
