/// What in a column is somebody's own, and is not to be given out as it is.
extension ColumnDecision {
    /// Whether more than half of the rows have a value that few rows share.
    func isSomebodysOwn(_ entries: [Int]) -> Bool {
        var (own, rows) = (0, 0)
        for entry in entries {
            let count = dictionary.count(of: entry)
            rows += count
            if count < IdentifierParts.fewestRows { own += count }
        }
        return rows >= ColumnPlan.leastIdentifiers && entries.count > ColumnPlan.fewDistinct && own * 2 > rows
    }

    /// Whether nine of ten values are different.
    private func isNearlyDistinct(_ distinct: Int) -> Bool {
        figures.valueRows >= ColumnPlan.leastIdentifiers && distinct * 10 >= figures.valueRows * 9
    }

    /// Words of which none is to be given out: identifiers where they are built like such, else text.
    ///
    /// - Parameter isIdentifier: whether it is known already that they are all different and built alike.
    func ownWords(_ meant: [Int], _ all: [Int], isIdentifier: Bool) -> ColumnPlan {
        guard isIdentifier || isNearlyDistinct(meant.count),
            let learned = IdentifierLearning(dictionary, meant, isNumber: false), isMade(learned, isIdentifier)
        else { return text(all) }
        return coded(.identifier, meant, learned)
    }

    /// Whether such identifiers are made anew.
    ///
    /// Times in a form that isn't known would come out as nonsense.
    private func isMade(_ learned: IdentifierLearning, _ isAlike: Bool) -> Bool {
        guard !learned.form.isOfTimes else { return false }
        return isAlike || learned.coverage >= 0.8 && (learned.form.isOfCodes || IdentifierShape.isOfOne(name))
    }

    /// More different words than are kept.
    func manyWords(isAlike: Bool) -> ColumnPlan {
        let learned = survey.learned ?? IdentifierLearning(dictionary, dictionary.meant, isNumber: false)
        guard let learned, isMade(learned, isAlike && survey.isDistinct) else { return text([]) }
        var column = column(.identifier, .text, distinct: limit + 1, missingWords: true)
        column.note = ColumnNote.identifiers(learned.form)
        return ColumnPlan(
            column: column, reading: .nothing, categories: [], stripsBlank: stripsBlank, identifiers: learned)
    }

    /// Words that samples leave empty.
    ///
    /// They are kept unless they are too many, for those who ask for them.
    func text(_ entries: [Int]) -> ColumnPlan {
        let isKept = !survey.isOverflowing && dictionary.footprint <= ColumnPlan.mostTextMemory
        guard isKept else {
            var column = column(
                .text, .text, distinct: survey.isOverflowing ? limit + 1 : entries.count, missingWords: false)
            column.note = [column.note, ColumnNote.text(isKept: false)].compactMap(\.self).joined(separator: " ")
            return ColumnPlan(column: column, reading: .nothing, categories: [], stripsBlank: stripsBlank)
        }
        var plan = coded(.text, entries)
        plan.column.isKept = true
        plan.column.note = [plan.column.note, ColumnNote.text(isKept: true)].compactMap(\.self).joined(separator: " ")
        return plan
    }

    /// Whole numbers that are made anew.
    func numberedOnes(
        _ form: NumberForm, distinct: Int, _ learned: IdentifierLearning, _ frequent: TableColumn.Frequent?
    ) -> ColumnPlan {
        var column = column(.identifier, .number(form), distinct: distinct, missingWords: true, frequent: frequent)
        column.note = ColumnNote.identifiers(learned.form)
        return ColumnPlan(
            column: column, reading: .number(form), categories: [], stripsBlank: stripsBlank, identifiers: learned)
    }
}
