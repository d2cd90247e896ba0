internal import Datasets
internal import Glibc

/// A mixture of normal distributions of one variable, of no more components than the values ask for.
///
/// Variational inference with a Dirichlet process over the weights (Blei and Jordan 2006; Bishop 2006, section 10.2), with
/// the priors that CTGAN has from scikit-learn's `BayesianGaussianMixture`: a concentration of 0.001, so that components which
/// aren't needed get next to no weight, and the values' own mean and variance for those of the components.
struct GaussianMixture: Sendable, Equatable {
    /// A component that is needed.
    struct Component: Sendable, Equatable {
        var weight: Double
        var mean: Double
        var standardDeviation: Double
    }

    /// By their means, ascending.
    var components: [Component]

    /// CTGAN drops what has less.
    static let leastWeight = 0.005
    private static let concentration = 0.001
    private static let meanPrecision = 1.0
    private static let freedom = 1.0
    /// Added to each variance, in units of that of all values.
    private static let leastVariance = 1e-6
    private static let iterations = 100
    private static let tolerance = 1e-3

    /// Fits a mixture.
    ///
    /// - Parameters:
    ///   - values: finite; a sample of some thousands tells as much as all. With none, or all alike, one component.
    ///   - most: components at most.
    static func fit(_ values: [Double], most: Int) -> GaussianMixture {
        if values.contains(where: { abs($0) > TableColumn.mostInUnit }) {
            let unit = TableColumn.largeUnit
            let found = fit(values.map { $0 / unit }, most: most).components
            return GaussianMixture(
                components: found.map {
                    Component(
                        weight: $0.weight, mean: $0.mean * unit,
                        standardDeviation: min($0.standardDeviation * unit, .greatestFiniteMagnitude / 4))
                })
        }
        let count = Double(max(1, values.count))
        let mean = values.reduce(0, +) / count
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        let deviation = variance.squareRoot()
        guard deviation > 0, deviation.isFinite else {
            return GaussianMixture(components: [Component(weight: 1, mean: values.first ?? 0, standardDeviation: 1)])
        }
        var fit = VariationalFit(
            values.map { ($0 - mean) / deviation }.sorted(), components: min(most, max(1, values.count / 2)))
        fit.run()
        let found = fit.components.filter { $0.weight > leastWeight }.map {
            Component(
                weight: $0.weight, mean: mean + deviation * $0.mean,
                standardDeviation: max($0.standardDeviation * deviation, .leastNormalMagnitude))
        }
        return GaussianMixture(components: found.sorted { $0.mean < $1.mean })
    }

    /// The state of a fit to values whose mean is 0 and whose variance is 1.
    private struct VariationalFit {
        private let values: [Double]
        private let count: Int
        /// One for each value and component.
        private var shares: [Double]
        private var sizes: [Double]
        private var means: [Double]
        private var variances: [Double]
        private var precisions: [Double]
        private var freedoms: [Double]
        private var first: [Double] = []
        private var second: [Double] = []

        /// Begins with as many values in each component, which are neighbours.
        init(_ sorted: [Double], components: Int) {
            values = sorted
            count = components
            shares = [Double](repeating: 0, count: sorted.count * components)
            for index in sorted.indices { shares[index * components + index * components / sorted.count] = 1 }
            sizes = [Double](repeating: 0, count: components)
            means = sizes
            variances = sizes
            precisions = sizes
            freedoms = sizes
        }

        var components: [Component] {
            let weights = stickWeights()
            let total = weights.reduce(0, +)
            return (0..<count).map {
                Component(weight: weights[$0] / total, mean: means[$0], standardDeviation: variances[$0].squareRoot())
            }
        }

        mutating func run() {
            var before = -Double.infinity
            for _ in 0..<GaussianMixture.iterations {
                maximise()
                let evidence = assign() / Double(values.count)
                if abs(evidence - before) < GaussianMixture.tolerance { break }
                before = evidence
            }
            maximise()
        }

        /// Parameters of the components, by the shares (Bishop 2006, equations 10.51 to 10.63).
        private mutating func maximise() {
            var sums = [Double](repeating: 0, count: count)
            var squares = sums
            sizes = [Double](repeating: 10 * .ulpOfOne, count: count)
            for (index, value) in values.enumerated() {
                for component in 0..<count {
                    let share = shares[index * count + component]
                    sizes[component] += share
                    sums[component] += share * value
                    squares[component] += share * value * value
                }
            }
            for component in 0..<count {
                let size = sizes[component]
                let mean = sums[component] / size
                let variance = max(0, squares[component] / size - mean * mean) + GaussianMixture.leastVariance
                precisions[component] = GaussianMixture.meanPrecision + size
                means[component] = size * mean / precisions[component]
                freedoms[component] = GaussianMixture.freedom + size
                let pull = size * GaussianMixture.meanPrecision / precisions[component] * mean * mean
                variances[component] = (1 + size * variance + pull) / freedoms[component]
            }
            var following = 0.0
            second = [Double](repeating: 0, count: count)
            for component in (0..<count).reversed() {
                second[component] = GaussianMixture.concentration + following
                following += sizes[component]
            }
            first = sizes.map { 1 + $0 }
        }

        /// Shares of the values, by the parameters (Bishop 2006, equations 10.46, 10.64, 10.65 and 10.67).
        ///
        /// - Returns: the sum of the logarithms that the shares were divided by.
        private mutating func assign() -> Double {
            var offsets = [Double](repeating: 0, count: count)
            var sticks = 0.0
            for component in 0..<count {
                let sum = digamma(first[component] + second[component])
                let freedom = freedoms[component]
                let precision = digamma(freedom / 2) + log(2.0) - log(freedom) - log(variances[component])
                offsets[component] =
                    sticks + digamma(first[component]) - sum
                    + 0.5 * (precision - 1 / precisions[component] - log(2 * .pi))
                sticks += digamma(second[component]) - sum
            }
            let scales = variances.map { -0.5 / $0 }
            var total = 0.0
            shares.withUnsafeMutableBufferPointer { shares in
                for (index, value) in values.enumerated() {
                    let row = index * count
                    var largest = -Double.infinity
                    for component in 0..<count {
                        let distance = value - means[component]
                        let logarithm = offsets[component] + scales[component] * distance * distance
                        shares[row + component] = logarithm
                        largest = max(largest, logarithm)
                    }
                    var sum = 0.0
                    for component in 0..<count {
                        let logarithm = shares[row + component] - largest
                        // What is so small has no share, and an exponential costs most of the time.
                        let share = logarithm > -30 ? exp(logarithm) : 0
                        shares[row + component] = share
                        sum += share
                    }
                    for component in 0..<count { shares[row + component] /= sum }
                    total += largest + log(sum)
                }
            }
            return total
        }

        /// Expected weights of the broken stick.
        private func stickWeights() -> [Double] {
            var left = 1.0
            return (0..<count).map { component in
                let sum = first[component] + second[component]
                defer { left *= second[component] / sum }
                return left * first[component] / sum
            }
        }

        /// The logarithmic derivative of the gamma function, for positive arguments, by its asymptotic series (Abramowitz and
        /// Stegun 1964, 6.3.18) after the recurrence 6.3.5.
        private func digamma(_ argument: Double) -> Double {
            var (x, result) = (argument, 0.0)
            while x < 6 {
                result -= 1 / x
                x += 1
            }
            let square = 1 / (x * x)
            return result + log(x) - 0.5 / x - square * (1.0 / 12 - square * (1.0 / 120 - square / 252))
        }
    }
}
