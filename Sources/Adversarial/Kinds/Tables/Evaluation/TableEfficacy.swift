internal import Datasets
internal import Torch

/// What models learn of synthetic rows about a column, tried on real rows: train on synthetic, test on real.
///
/// Esteban et al. 2017, section 4. The models and the encoding are those of SDGym's evaluation (Xu et al. 2019, section 5.2;
/// sdgym/evaluate.py), beside which the same models are trained on as many real rows.
package struct TableEfficacy: Sendable, Equatable {
    /// The column that the models predict.
    package var target: String
    package var measure: Measure
    /// Rows that the models were trained on, of each kind, and rows that they were tried on.
    package var trainingCount: Int
    package var testCount: Int
    package var models: [Score]

    /// What the scores are; 1 is perfect.
    package enum Measure: String, Sendable {
        /// Harmonic mean of precision and recall for the rarer of two classes.
        case f1
        /// The mean of the same over all classes.
        case macroF1 = "macro_f1"
        /// Share of the variance that is explained; below 0 where the mean would predict better.
        case r2
    }

    /// How well a model does.
    package struct Score: Sendable, Equatable {
        /// Such as `decision_tree`.
        package var name: String
        /// Trained on real rows.
        package var real: Double
        /// Trained on synthetic rows.
        package var synthetic: Double
    }

    package var realMean: Double { mean(\.real) }
    package var syntheticMean: Double { mean(\.synthetic) }

    private func mean(_ score: KeyPath<Score, Double>) -> Double {
        models.isEmpty ? .nan : models.reduce(0) { $0 + $1[keyPath: score] } / Double(models.count)
    }

    package static let mostRows = 30_000
    /// Rows to train on, and to be tried on, below which nothing is measured.
    package static let leastRows = 20
    /// Classes of a target that are told apart; rarer ones are left out.
    static let mostClasses = 50
    private static let mostSlots = 256

    /// Whether a column can be predicted at all: it is learned, and so is another one.
    package static func canMeasure(_ rows: TableRows, target: Int) -> Bool {
        rows.learned.contains(target) && rows.learned.count > 1
    }

    /// Whether models tell the values of a column apart, rather than reckon a number: words, ordinals (of 2 to 20 different whole
    /// numbers), and whatever has two values.
    package static func isOfClasses(_ rows: TableRows, target: Int) -> Bool {
        let column = rows.columns[target]
        return !rows.isOfNumbers(target) || column.type == .ordinal || column.distinct <= 2
    }

    /// How often `measure` calls `onPart`.
    package static func partCount(_ rows: TableRows, target: Int) -> Int {
        2 * (isOfClasses(rows, target: target) ? ClassModels.parts : NumberModels.parts)
    }

    /// Trains models and tries them.
    ///
    /// - Parameters:
    ///   - training: real rows that the generator was trained on; as many are used as there are synthetic ones, 30,000 at most.
    ///   - target: index of the column that is predicted.
    ///   - onPart: called `partCount` times; what it throws ends the work.
    /// - Returns: `nil` where there are too few rows that have the target, or nothing to tell apart.
    package static func measure(
        training: TableRows, heldOut: TableRows, synthetic: TableRows, target: Int, seed: UInt64,
        onPart: () throws -> Void
    ) throws -> TableEfficacy? {
        guard canMeasure(training, target: target) else { return nil }
        let features = TableFeatures(
            fitting: training.spread(atMost: mostRows), columns: training.learned.filter { $0 != target },
            scale: .range,
            mostSlots: mostSlots)
        let classes =
            isOfClasses(training, target: target) ? TargetClasses(training.values[target], most: mostClasses) : nil
        if let classes, classes.count < 2 { return nil }
        func usable(_ rows: TableRows) -> TableRows {
            let cells = rows.values[target]
            return rows.rows(cells.indices.filter { classes?.has(cells[$0]) ?? cells[$0].isFinite })
        }
        let real = usable(training), synthetic = usable(synthetic), test = usable(heldOut).spread(atMost: mostRows)
        let count = min(real.count, synthetic.count, mostRows)
        guard count >= leastRows, test.count >= leastRows else { return nil }
        let testRows = features.matrix(test)
        func scores(_ rows: TableRows) throws -> [Double] {
            let rows = rows.drawn(count, seed: seed, purpose: 0)
            let matrix = features.matrix(rows)
            guard let classes else {
                return try NumberModels(matrix, rows.values[target]).scores(
                    testRows, test.values[target], onPart: onPart)
            }
            return try ClassModels(
                matrix, rows.values[target].map(classes.index), classCount: classes.count, seed: seed
            ).scores(testRows, test.values[target].map(classes.index), rarest: classes.rarest, onPart: onPart)
        }
        let ofReal = try scores(real), ofSynthetic = try scores(synthetic)
        let names = classes == nil ? NumberModels.names : ClassModels.names
        return TableEfficacy(
            target: training.columns[target].name,
            measure: classes.map { $0.count == 2 ? .f1 : .macroF1 } ?? .r2, trainingCount: count, testCount: test.count,
            models: names.indices.map {
                Score(name: names[$0], real: ofReal[$0], synthetic: ofSynthetic[$0])
            })
    }
}

/// The classes that a column's words make, commonest first.
struct TargetClasses {
    private let indices: [UInt64: Int]
    /// The class that the fewest rows have.
    let rarest: Int

    var count: Int { indices.count }

    init(_ cells: [Double], most: Int) {
        var counts: [UInt64: Int] = [:]
        for cell in cells where !cell.isNaN { counts[TableCell.bits(cell), default: 0] += 1 }
        let ordered = counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(most)
        indices = Dictionary(uniqueKeysWithValues: ordered.enumerated().map { ($0.element.key, $0.offset) })
        rarest = max(ordered.count - 1, 0)
    }

    func has(_ cell: Double) -> Bool { indices[TableCell.bits(cell)] != nil }

    /// The class of a cell that has one.
    func index(_ cell: Double) -> Int { indices[TableCell.bits(cell)] ?? 0 }

    /// F1 of one class.
    static func f1(_ predicted: [Int], _ actual: [Int], of wanted: Int) -> Double {
        let both = zip(predicted, actual).count { $0 == wanted && $1 == wanted }
        let either = predicted.count { $0 == wanted } + actual.count { $0 == wanted }
        return either > 0 ? 2 * Double(both) / Double(either) : 0
    }

    /// The mean of F1 over the classes that occur, as scikit-learn takes it.
    static func macroF1(_ predicted: [Int], _ actual: [Int]) -> Double {
        let classes = Set(predicted).union(actual).sorted()
        return classes.reduce(0) { $0 + f1(predicted, actual, of: $1) } / Double(max(classes.count, 1))
    }
}

/// The models that predict classes.
struct ClassModels {
    let rows: FeatureMatrix
    let classes: [Int]
    let classCount: Int
    let seed: UInt64

    static let names = ["decision_tree", "adaboost", "logistic_regression", "mlp"]
    static let parts = 3 + network.epochs

    private static let network = SmallPerceptron.Configuration(
        hidden: [50], activation: .relu, batch: 200, epochs: 50, learningRate: 1e-3, weightDecay: 0)
    private static let depth = 15
    private static let rounds = 50

    init(_ rows: FeatureMatrix, _ classes: [Int], classCount: Int, seed: UInt64) {
        self.rows = rows
        self.classes = classes
        self.classCount = classCount
        self.seed = seed
    }

    /// Each model's predictions for some rows.
    func predictions(_ test: FeatureMatrix, onPart: () throws -> Void) throws -> [[Int]] {
        let bins = BinnedFeatures(rows)
        let tree = DecisionTree(
            bins, .classes(classes, count: classCount), weights: balancedWeights, depth: Self.depth
        ).predictions(test).map { Int($0) }
        try onPart()
        let boosted = BoostedStumps(bins, rows, classes: classes, classCount: classCount, rounds: Self.rounds)
            .classes(test)
        try onPart()
        let logistic = try LogisticRegression(
            rows, classes: classes, classCount: classCount, weights: balancedWeights
        ).classes(test)
        try onPart()
        let network = try SmallPerceptron(
            rows, classes: classes, classCount: classCount, Self.network, seed: seed, onPart: onPart
        ).classes(test)
        return [tree, boosted, logistic, network]
    }

    /// Each model's score: F1 of the rarest of two classes, or the mean of F1 over more.
    func scores(
        _ test: FeatureMatrix, _ actual: [Int], rarest: Int, onPart: () throws -> Void
    ) throws -> [Double] {
        try predictions(test, onPart: onPart).map {
            classCount == 2 ? TargetClasses.f1($0, actual, of: rarest) : TargetClasses.macroF1($0, actual)
        }
    }

    /// Weights by which all classes that occur weigh alike, 1 on average.
    private var balancedWeights: [Double] {
        var counts = [Int](repeating: 0, count: classCount)
        for wanted in classes { counts[wanted] += 1 }
        let occurring = counts.count { $0 > 0 }
        return classes.map { Double(classes.count) / (Double(occurring) * Double(counts[$0])) }
    }
}

/// The models that predict numbers.
struct NumberModels {
    let rows: FeatureMatrix
    /// Centred and scaled, which R² doesn't see.
    private let numbers: [Double]
    private let mean: Double
    private let deviation: Double

    static let names = ["regression_tree", "ridge_regression"]
    static let parts = 2
    private static let depth = 15

    init(_ rows: FeatureMatrix, _ numbers: [Double]) {
        self.rows = rows
        let mean = numbers.reduce(0, +) / Double(max(numbers.count, 1))
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(numbers.count, 1))
        let deviation = variance > 0 && variance.isFinite ? variance.squareRoot() : 1
        self.numbers = numbers.map { ($0 - mean) / deviation }
        (self.mean, self.deviation) = (mean, deviation)
    }

    /// Each model's R².
    func scores(_ test: FeatureMatrix, _ actual: [Double], onPart: () throws -> Void) throws -> [Double] {
        let actual = actual.map { ($0 - mean) / deviation }
        let tree = DecisionTree(
            BinnedFeatures(rows), .numbers(numbers), weights: [Double](repeating: 1, count: rows.count),
            depth: Self.depth
        ).predictions(test)
        try onPart()
        let ridge = try RidgeRegression(rows, numbers).predictions(test)
        try onPart()
        return [Self.determination(tree, actual), Self.determination(ridge, actual)]
    }

    /// R²; 0 where all numbers are the same.
    static func determination(_ predicted: [Double], _ actual: [Double]) -> Double {
        let mean = actual.reduce(0, +) / Double(max(actual.count, 1))
        let total = actual.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let rest = zip(predicted, actual).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return total > 0 ? 1 - rest / total : 0
    }
}
