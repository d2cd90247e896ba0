/// One column during the first pass: its different values, or once those are too many, what is known of them.
final class ColumnSurvey {
    private(set) var dictionary = ValueDictionary()
    /// Rows whose field is empty.
    private(set) var emptyRows = 0
    /// Since the dictionary was given up.
    private var running: ColumnFigures?
    /// Whether the values seen are all different, as far as that is known.
    private(set) var isDistinct = true
    /// What the values told that were kept when they were given up, where they may be identifiers.
    private(set) var learned: IdentifierLearning?
    private let limit: Int
    private let mark: UInt8
    private let isOfOne: Bool
    /// Of the rows that had been seen when the values were given up, which part had another value than those before.
    private(set) var distinctShare = 1.0

    /// - Parameters:
    ///   - name: of the column, which may say that it holds identifiers.
    ///   - limit: different values that are kept.
    ///   - mark: what stands between a number's whole and its fraction.
    init(name: String = "", limit: Int, mark: UInt8) {
        self.limit = limit
        self.mark = mark
        isOfOne = IdentifierShape.isOfOne(name) || IdentifierShape.isName(name)
    }

    /// Whether there are more different values than are kept.
    var isOverflowing: Bool { running != nil }

    func add(_ field: UnsafeBufferPointer<UInt8>) {
        guard field.count > 0 else {
            emptyRows += 1
            return
        }
        if running == nil {
            if dictionary.add(field, limit: limit) { return }
            giveUp()
        }
        running?.add(field, count: 1, mark: mark)
        guard isDistinct, dictionary.count > 0, dictionary.find(field) != nil else { return }
        isDistinct = false
        release()
    }

    /// Stops keeping the values.
    ///
    /// Those kept so far only serve to notice that one comes again.
    private func giveUp() {
        running = summary()
        distinctShare = Double(dictionary.count) / Double(max(1, running?.valueRows ?? 0))
        isDistinct = dictionary.counts.allSatisfy { $0 == 1 } && running?.hasFractions == false
        if !isDistinct { release() }
    }

    /// Frees what the values take.
    func release() {
        if running == nil { giveUp() }
        if learned == nil, let running, dictionary.count >= ColumnPlan.leastIdentifiers {
            learned = IdentifierLearning(dictionary, running, isOfOne: isOfOne, mark: mark)
        }
        dictionary = ValueDictionary()
    }

    /// Frees values of which there are more than are kept, once it is decided what the column is.
    func forget() {
        if running != nil { dictionary = ValueDictionary() }
    }

    /// What is known of all values.
    func figures() -> ColumnFigures { running ?? summary() }

    private func summary() -> ColumnFigures {
        var figures = ColumnFigures()
        for index in 0..<dictionary.count {
            dictionary.withValue(index) { figures.add($0, count: dictionary.count(of: index), mark: mark) }
        }
        return figures
    }
}

extension ColumnFigures {
    /// Whether numbers have fractions, so that they are no identifiers.
    var hasFractions: Bool { numberRows > 0 && !isWhole }
}
