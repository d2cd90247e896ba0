internal import Torch

/// All pairs of rows of two matrices, some rows at a time: ten thousand times ten thousand numbers are never held at once.
package enum PairwiseTiles {
    /// Receives what a row of the left matrix has with each row of the right one.
    typealias RowBody = (_ row: Int, _ values: UnsafeBufferPointer<Double>) -> Void

    /// What two rows have with one another.
    enum Measure {
        case squaredDistance, product
    }

    /// Numbers held at once, 16 MiB of them; what is measured during training fits in.
    package static let usualSize = 1 << 21

    /// How many tiles there are.
    static func count(rows: Int, columns: Int) -> Int {
        let height = height(columns: columns, usualSize)
        return (rows + height - 1) / height
    }

    /// Goes over what each row of one matrix has with each row of another.
    ///
    /// - Parameters:
    ///   - left, right: `float64` `[rows, features]`, since near neighbours of float32 would drown in what cancels.
    ///   - size: numbers held at once, or a row of them.
    ///   - onTile: called after each tile; what it throws ends the work.
    ///   - body: called for the rows of `left` in their order.
    static func forEachRow(
        _ measure: Measure, _ left: Tensor, _ right: Tensor, size: Int = usualSize, onTile: () throws -> Void,
        _ body: RowBody
    ) throws {
        let (rows, columns) = (left.shape[0], right.shape[0])
        let height = height(columns: columns, size)
        let transposed = try right.permuted([1, 0])
        let rightNorms = try squaredNorms(right).permuted([1, 0])
        for first in stride(from: 0, to: rows, by: height) {
            let count = min(height, rows - first)
            let tile = try left.narrowed(dimension: 0, start: first, length: count)
            var pairs = try tile.matmul(transposed)
            if measure == .squaredDistance {
                pairs = try (squaredNorms(tile) + rightNorms - pairs * 2).maximum(0)
            }
            try pairs.withBytes { bytes in
                let values = bytes.bindMemory(to: Double.self)
                for row in 0..<count {
                    body(first + row, UnsafeBufferPointer(rebasing: values[row * columns..<(row + 1) * columns]))
                }
            }
            try onTile()
        }
    }

    private static func height(columns: Int, _ size: Int) -> Int { max(1, size / max(1, columns)) }

    /// `[rows, 1]` of `[rows, features]`.
    private static func squaredNorms(_ matrix: Tensor) throws -> Tensor {
        try matrix.squared().sum([1], keepingDimensions: true)
    }
}
