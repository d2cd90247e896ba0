internal import Networks
internal import Torch

/// Logistic regression, whose least loss is found by L-BFGS.
///
/// The loss is scikit-learn's with C = 1: half the squared weights (not the biases) and the weighted cross-entropy of all rows. Two
/// classes have one output, more one each.
struct LogisticRegression {
    private let outputs: Int
    /// `[width, outputs]`, then `[outputs]`.
    private let parameters: [Double]

    /// - Parameters:
    ///   - weights: of the rows.
    init(_ rows: FeatureMatrix, classes: [Int], classCount: Int, weights: [Double]) throws {
        precondition(rows.count > 0 && rows.width > 0)
        let outputs = classCount == 2 ? 1 : classCount
        let inputs = try Tensor(rows.values, shape: [rows.count, rows.width])
        let targets = try ClassTargets.tensor(classes, classCount: classCount)
        let rowWeights = try Tensor(weights.map { Float($0) })
        let weightCount = rows.width * outputs
        parameters = try LimitedMemoryBFGS.minimise(from: [Double](repeating: 0, count: weightCount + outputs)) {
            let values = $0.map { Float($0) }
            let weight = try Tensor(Array(values[..<weightCount]), shape: [rows.width, outputs]).requiringGradient()
            let bias = try Tensor(Array(values[weightCount...])).requiringGradient()
            let losses = try ClassTargets.losses(inputs.matmul(weight) + bias, targets)
            let loss = try (losses * rowWeights).sum() + weight.squared().sum() * 0.5
            let found = try gradients(of: [loss], with: [weight, bias])
            return (try loss.item(), try (found[0].floats() + found[1].floats()).map { Double($0) })
        }
        self.outputs = outputs
    }

    /// The likeliest class of each row.
    func classes(_ rows: FeatureMatrix) throws -> [Int] {
        guard rows.count > 0 else { return [] }
        let weightCount = rows.width * outputs
        let values = parameters.map { Float($0) }
        let logits = try withoutGradients {
            let weight = try Tensor(Array(values[..<weightCount]), shape: [rows.width, outputs])
            return try Tensor(rows.values, shape: [rows.count, rows.width]).matmul(weight)
                + Tensor(Array(values[weightCount...]))
        }
        return ClassTargets.classes(try logits.floats(), outputs: outputs)
    }
}

/// The least value of a smooth function (Nocedal and Wright 2006, algorithm 7.5), steps halved until they lower it enough.
enum LimitedMemoryBFGS {
    private static let memory = 10
    private static let mostSteps = 200
    private static let mostHalvings = 20
    /// Relative change of the value at which it ends.
    private static let tolerance = 1e-7

    static func minimise(
        from start: [Double], _ function: ([Double]) throws -> (value: Double, gradient: [Double])
    ) rethrows -> [Double] {
        var point = start
        var (value, gradient) = try function(point)
        var pairs: [(step: [Double], change: [Double], factor: Double)] = []
        for _ in 0..<mostSteps {
            var direction = Self.direction(gradient, pairs)
            var slope = product(direction, gradient)
            if slope >= 0 {
                direction = gradient.map { -$0 }
                slope = -product(gradient, gradient)
                pairs = []
            }
            guard slope < 0 else { return point }
            var length = pairs.isEmpty ? min(1, 1 / (-slope).squareRoot()) : 1
            var next = point, reached = (value: Double.infinity, gradient: gradient)
            for _ in 0..<mostHalvings {
                next = zip(point, direction).map { $0 + length * $1 }
                reached = try function(next)
                if reached.value <= value + 1e-4 * length * slope { break }
                length /= 2
            }
            guard reached.value < value else { return point }
            let step = direction.map { $0 * length }
            let change = zip(reached.gradient, gradient).map { $0 - $1 }
            let curvature = product(step, change)
            if curvature > 1e-12 {
                pairs.append((step, change, 1 / curvature))
                if pairs.count > memory { pairs.removeFirst() }
            }
            let isDone = value - reached.value <= tolerance * max(abs(value), 1)
            (point, value, gradient) = (next, reached.value, reached.gradient)
            if isDone { return point }
        }
        return point
    }

    /// Downhill, by the inverse curvature that the last steps showed (algorithm 7.4).
    private static func direction(
        _ gradient: [Double], _ pairs: [(step: [Double], change: [Double], factor: Double)]
    ) -> [Double] {
        var direction = gradient
        var shares: [Double] = []
        for pair in pairs.reversed() {
            let share = pair.factor * product(pair.step, direction)
            shares.append(share)
            for index in direction.indices { direction[index] -= share * pair.change[index] }
        }
        if let last = pairs.last {
            let scale = 1 / (last.factor * product(last.change, last.change))
            for index in direction.indices { direction[index] *= scale }
        }
        for (pair, share) in zip(pairs, shares.reversed()) {
            let other = pair.factor * product(pair.change, direction)
            for index in direction.indices { direction[index] += (share - other) * pair.step[index] }
        }
        return direction.map { -$0 }
    }

    private static func product(_ left: [Double], _ right: [Double]) -> Double {
        var sum = 0.0
        for index in left.indices { sum += left[index] * right[index] }
        return sum
    }
}
