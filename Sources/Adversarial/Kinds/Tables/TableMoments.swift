internal import Torch

/// How often slots go together in the training rows, which a generator's rows are to match.
///
/// Beside the discriminator, which looks at single rows, the generator is told how far the products of its rows' numbers, over
/// a batch, are from those of real rows: marginals and pairs of all columns at once (the first two moments, as in TableGAN,
/// Park et al. 2018, section 4.2, there of the discriminator's features).
package struct TableMoments {
    /// Mean products over the training rows, `[numbers, numbers]`; rows with what is shown after them.
    private let target: Tensor
    /// What a difference weighs: the rarer, the more.
    private let weights: Tensor

    /// Rows that the means are taken over at most.
    private static let sample = 20_000
    /// Wider rows have too many pairs.
    static let widest = 2_048
    /// What rarer slots than this weigh.
    private static let least = 1e-3
    /// What a number that is shown weighs beside slots.
    private static let featureWeight: Float = 0.1

    /// - Parameter batches: where rows are drawn by conditions, which the generator's are, too; nil where all come alike.
    /// - Returns: nil where rows have scalars or are too wide.
    init?(_ table: EncodedTable, _ encoding: TableEncoding, drawnBy batches: TableBatches? = nil) throws {
        let layout = encoding.layout
        let count = layout.featureCount
        guard layout.heads.scalars == 0, layout.width + count <= Self.widest else { return nil }
        let rows = min(Self.sample, table.rowCount)
        var sum: Tensor?
        for first in stride(from: 0, to: rows, by: 1_000) {
            let some = first..<min(rows, first + 1_000)
            // Evenly over all rows, since files are often sorted.
            let items =
                try batches?.batch(count: some.count, atSample: some.lowerBound).items
                ?? table.items(some.map { $0 * table.rowCount / rows })
            let products = try Self.products(items) * Double(some.count)
            sum = try sum.map { try $0 + products } ?? products
        }
        guard let sum else { return nil }
        let target = try sum / Double(rows)
        var shares = encoding.shares
        if batches != nil {
            // How often slots are is how often they go together with themselves.
            let (products, size) = (try target.floats(), layout.width + count)
            shares = (0..<layout.width).map { Double(products[$0 * size + $0]) }
        }
        self.target = target
        weights = try Tensor(Self.weights(encoding, shares: shares, features: count), shape: target.shape)
    }

    /// How far generated rows are from it: of both halves of the batch the differences, multiplied with one another, so that
    /// chance doesn't count.
    ///
    /// - Parameter items: as the discriminator is shown them, `[batch, numbers]`.
    func distance(of items: Tensor) throws -> Tensor {
        let half = items.shape[0] / 2
        let first = try Self.products(items.narrowed(dimension: 0, start: 0, length: half)) - target
        let second =
            try Self.products(items.narrowed(dimension: 0, start: half, length: items.shape[0] - half)) - target
        return try (weights * first * second).sum()
    }

    /// Means over rows of all products of two of their numbers: `[batch, numbers]` to `[numbers, numbers]`.
    private static func products(_ items: Tensor) throws -> Tensor {
        let turned = try items.permuted([1, 0])
        return try turned.linear(weight: turned, bias: nil, activation: .identity) / Double(items.shape[0])
    }

    private static func weights(_ encoding: TableEncoding, shares: [Double], features: Int) -> [Float] {
        let layout = encoding.layout
        let size = layout.width + features
        let rarity = (0..<size).map { Float(($0 < layout.width ? max(least, shares[$0]) : 1)) }
        var head = [Int](repeating: -1, count: size)
        for column in layout.columns { for slot in layout.slots(ofHead: column.head) { head[slot] = column.head } }
        let scale = 1 / Float(layout.columns.count * layout.columns.count)
        var weights = [Float](repeating: 0, count: size * size)
        for first in 0..<size {
            for second in 0..<size {
                // Two slots of one head never go together.
                if head[first] >= 0, head[first] == head[second], first != second { continue }
                var weight = scale / (rarity[first] * rarity[second]).squareRoot()
                if head[first] < 0 { weight *= featureWeight }
                if head[second] < 0 { weight *= featureWeight }
                weights[first * size + second] = weight
            }
        }
        return weights
    }
}
