internal import Torch

/// Linear regression with half the squared weights added to half the squared errors, as scikit-learn's `Ridge` with alpha = 1.
struct RidgeRegression {
    private let weights: [Double]
    private let bias: Double

    private static let tile = 2_048

    init(_ rows: FeatureMatrix, _ numbers: [Double]) throws {
        let width = rows.width, count = Double(rows.count)
        // The last column is of ones, the one after it of the numbers, so that one product has all sums.
        var sums = [Double](repeating: 0, count: (width + 2) * (width + 2))
        for start in stride(from: 0, to: rows.count, by: Self.tile) {
            let range = start..<min(start + Self.tile, rows.count)
            let values = range.flatMap { row in
                rows.values[row * width..<(row + 1) * width] + [1, Float(numbers[row])]
            }
            let part = try Tensor(values, shape: [range.count, width + 2]).cast(to: .float64)
            let product = try part.permuted([1, 0]).matmul(part).doubles()
            for index in sums.indices { sums[index] += product[index] }
        }
        func sum(_ row: Int, _ column: Int) -> Double { sums[row * (width + 2) + column] }
        let means = (0..<width).map { sum($0, width) / count }
        let mean = sum(width + 1, width) / count
        var matrix = [Double](repeating: 0, count: width * width)
        for row in 0..<width {
            for column in 0...row {
                matrix[row * width + column] = sum(row, column) - count * means[row] * means[column]
            }
            matrix[row * width + row] += 1
        }
        let right = (0..<width).map { sum($0, width + 1) - count * means[$0] * mean }
        weights = Self.solved(matrix, right)
        bias = mean - zip(weights, means).reduce(0) { $0 + $1.0 * $1.1 }
    }

    func predictions(_ rows: FeatureMatrix) -> [Double] {
        (0..<rows.count).map { row in
            var sum = bias
            for place in 0..<rows.width { sum += weights[place] * Double(rows.values[row * rows.width + place]) }
            return sum
        }
    }

    /// Solves a positive definite system by Cholesky's factors (Golub and Van Loan 2013, algorithm 4.2.1).
    ///
    /// - Parameter matrix: its lower triangle, `[rows, columns]`.
    private static func solved(_ matrix: [Double], _ right: [Double]) -> [Double] {
        var lower = matrix, solution = right
        let size = right.count
        for row in 0..<size {
            for column in 0...row {
                var rest = lower[row * size + column]
                for index in 0..<column { rest -= lower[row * size + index] * lower[column * size + index] }
                lower[row * size + column] =
                    row == column ? max(rest, 1e-12).squareRoot() : rest / lower[column * size + column]
            }
            for index in 0..<row { solution[row] -= lower[row * size + index] * solution[index] }
            solution[row] /= lower[row * size + row]
        }
        for row in (0..<size).reversed() {
            for index in row + 1..<size { solution[row] -= lower[index * size + row] * solution[index] }
            solution[row] /= lower[row * size + row]
        }
        return solution
    }
}
