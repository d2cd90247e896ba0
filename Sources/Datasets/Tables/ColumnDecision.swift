/// Decides what a column is.
struct ColumnDecision {
    let name: String
    let rows: Int
    let survey: ColumnSurvey
    let figures: ColumnFigures
    let limit: Int
    let mark: UInt8
    let stripsBlank: Bool
    let hasBlank: Bool

    var dictionary: ValueDictionary { survey.dictionary }

    func plan() -> ColumnPlan {
        if figures.isEmpty { return empty() }
        let hasCodes = figures.hasCodes && figures.pointRows == 0
        if let found = numberForm, isMostly(found.rows), !hasCodes {
            if let form = digitTimes(found) { return times(form) }
            return numbers(found.form, rows: found.rows)
        }
        if let found = figures.times.form, isMostly(found.rows) { return times(found.form) }
        return words()
    }

    /// The form that most numbers have, and how many rows have one; nil where there are no numbers.
    var numberForm: NumberEvidence.Found? {
        let plain = figures.plain(mark: mark)
        if let found = figures.numbers.form(beside: plain), found.rows > plain.rows { return found }
        return plain.rows > 0 ? NumberEvidence.Found(form: figures.numbers.form(of: plain), rows: plain.rows) : nil
    }

    /// The form of numbers that are times; nil where they are none.
    private func digitTimes(_ found: NumberEvidence.Found) -> TimeForm? {
        guard found.rows == figures.numberRows, found.form.grouping == nil, figures.minimum < figures.maximum,
            figures.numbers.exponents.rows == 0
        else { return nil }
        if found.rows == figures.valueRows, let form = figures.digitTimes.dates { return form }
        let entries = survey.isOverflowing ? [] : entries(.value)
        let unit = figures.maximum < 1e11 ? 100.0 : 100_000
        let round = entries.reduce(0) {
            $0 + (value($1, found.form).map { $0.remainder(dividingBy: unit) == 0 } == true ? 1 : 0)
        }
        return DigitTimes.epoch(
            DigitTimes.Numbers(
                name: name, minimum: figures.minimum, maximum: figures.maximum, decimals: figures.decimals,
                leastDecimals: figures.leastDecimals, mark: mark, isWhole: figures.isWhole,
                distinct: survey.isOverflowing ? limit + 1 : entries.count,
                isGapless: isGapless,
                roundShare: entries.isEmpty ? nil : Double(round) / Double(entries.count)))
    }

    /// Whether values of one kind are all, or so many that the others are faults.
    private func isMostly(_ count: Int) -> Bool {
        guard count > 0 else { return false }
        if count == figures.valueRows { return true }
        return Double(count) > 0.95 * Double(figures.valueRows)
            && (survey.isOverflowing || entries(.word).count > ColumnPlan.fewDistinct)
    }

    // MARK: Kinds

    private func empty() -> ColumnPlan {
        ColumnPlan(
            column: column(.constant, .text, distinct: 0, missingWords: true), reading: .nothing, categories: [],
            stripsBlank: stripsBlank)
    }

    private func numbers(_ form: NumberForm, rows count: Int) -> ColumnPlan {
        let entries = survey.isOverflowing ? [] : entries(.value)
        // What a Double can't tell apart, its digits can.
        let distinct =
            survey.isOverflowing ? limit + 1 : figures.isExact ? distinctNumbers(entries, form) : entries.count
        let isPure = count == figures.valueRows
        let isDistinct =
            isPure && form.isWhole && count >= ColumnPlan.leastIdentifiers
            && (survey.isOverflowing ? survey.isDistinct : distinct == count)
        var type = form.isWhole ? ColumnType.integer : .real
        if !survey.isOverflowing, isPure {
            if entries.count == 2, distinct == 2, figures.minimum == 0, figures.maximum == 1, form.isWhole,
                count == figures.numberRows
            {
                return coded(.boolean, entries)
            }
            if entries.count == 1, count == rows { return coded(.constant, entries) }
            if !figures.isExact, form.isWhole {
                if isDistinct || isSomebodysOwn(entries) { return ownWords(entries, entries, isIdentifier: isDistinct) }
                return coded(.categorical, entries)
            }
        }
        // A Double doesn't tell them apart.
        if survey.isOverflowing, isDistinct, !figures.isExact { return manyWords(isAlike: true) }
        // A number that came twice by mistake, or by chance, makes no measure of them.
        let isWholeAlone = isPure && form.isWhole && count >= ColumnPlan.leastIdentifiers
        let share = survey.isOverflowing ? survey.distinctShare : Double(distinct) / Double(max(1, count))
        let isNamed = isWholeAlone && IdentifierShape.isName(name) && share >= 0.99
        let isOne = isWholeAlone && IdentifierShape.isOfOne(name) && share >= 0.9
        if isDistinct, isGapless {
            type = .identifier
        } else if isNamed || isOne, form.isPlain,
            let learned = survey.learned ?? IdentifierLearning(numbers: dictionary, dictionary.meant, mark: mark)
        {
            return numberedOnes(form, distinct: distinct, learned, frequent(of: entries))
        } else if form.isWhole, (2...ColumnPlan.fewDistinct).contains(distinct), count >= 20 * distinct {
            type = .ordinal
        }
        var column = column(
            type, .number(form), distinct: distinct, missingWords: true,
            commonest: type == .identifier ? [] : commonest(of: entries), frequent: frequent(of: entries))
        column.isOfLevels = type == .ordinal && areLevels(entries, form)
        return ColumnPlan(column: column, reading: .number(form), categories: [], stripsBlank: stripsBlank)
    }

    private func times(_ form: TimeForm) -> ColumnPlan {
        let type: ColumnType = !form.hasDate ? .time : form.hasClock ? .datetime : .date
        let entries = survey.isOverflowing ? [] : entries(.value)
        return ColumnPlan(
            column: column(
                type, .time(form), distinct: survey.isOverflowing ? limit + 1 : entries.count, missingWords: true,
                commonest: commonest(of: entries), frequent: frequent(of: entries)),
            reading: .time(form), categories: [], stripsBlank: stripsBlank)
    }

    private func words() -> ColumnPlan {
        // Times of a form that isn't known are built alike, too.
        let isAlike = !looksLikeTimes && figures.shape.isShared && figures.valueRows >= ColumnPlan.leastIdentifiers
        if survey.isOverflowing { return manyWords(isAlike: isAlike) }
        let meant = entries(.value)
        if isPair(meant) { return coded(.boolean, meant) }
        let all = entries(.word)
        if isAlike, meant.count == figures.valueRows { return ownWords(meant, all, isIdentifier: true) }
        let present = all.reduce(0) { $0 + dictionary.count(of: $1) }
        if all.count == 1, present == rows { return coded(.constant, all) }
        // Numbers among which there are too many words for faults are no names.
        let isOfNumbers = figures.numberRows * 10 > figures.valueRows * 9 && !figures.hasCodes
        if !isOfNumbers, isSomebodysOwn(meant) { return ownWords(meant, all, isIdentifier: false) }
        if all.count * 2 > present, figures.wordCount >= 3 * max(1, figures.wordRows) {
            return text(all)
        }
        return coded(.categorical, all)
    }

    // MARK: Codes

    func coded(_ type: ColumnType, _ entries: [Int], _ learned: IdentifierLearning? = nil) -> ColumnPlan {
        var codes = [Int32](repeating: -1, count: dictionary.count)
        let order = byFrequency(entries)
        for (code, entry) in order.enumerated() { codes[entry] = Int32(code) }
        // The commonest identifiers and texts are somebody's, too.
        let isShown = type != .identifier && type != .text
        var column = column(
            type, .text, distinct: entries.count, missingWords: type == .boolean || type == .identifier,
            commonest: isShown ? commonest(of: entries) : [])
        if let learned { column.note = ColumnNote.identifiers(learned.form) }
        return ColumnPlan(
            column: column, reading: .codes(CategoryCodes(dictionary: dictionary, codes: codes)), categories: order,
            stripsBlank: stripsBlank, identifiers: learned)
    }

    // MARK: Values

    private enum Sort {
        /// Whatever isn't blank.
        case word
        /// Neither blank nor a word for nothing.
        case value
    }

    /// The dictionary's numbers of such values, by their first appearance.
    private func entries(_ sort: Sort) -> [Int] {
        (0..<dictionary.count).filter { index in
            dictionary.withValue(index) { field in
                let value = field.trimmed
                return value.count > 0 && (sort == .word || !NothingWords.contains(value))
            }
        }
    }

    private func byFrequency(_ entries: [Int]) -> [Int] {
        let counts = dictionary.counts
        return entries.sorted { counts[$0] != counts[$1] ? counts[$0] > counts[$1] : $0 < $1 }
    }

    private func distinctNumbers(_ entries: [Int], _ form: NumberForm) -> Int {
        Set(entries.compactMap { value($0, form) }).count
    }

    private func value(_ entry: Int, _ form: NumberForm) -> Double? {
        dictionary.withValue(entry) { form.value($0.trimmed, mark: mark) }
    }

    /// Whether few whole numbers may each be given out as they are.
    ///
    /// They lie close together, as those of a scale do, or enough rows have each: the one customer with 400 orders, where all
    /// others have up to three, would be given away.
    private func areLevels(_ entries: [Int], _ form: NumberForm) -> Bool {
        guard figures.maximum - figures.minimum > Double(ColumnPlan.fewDistinct) else { return true }
        var rows: [Double: Int] = [:]
        for entry in entries {
            if let number = value(entry, form) { rows[number, default: 0] += dictionary.count(of: entry) }
        }
        return rows.values.allSatisfy { $0 >= TableColumn.Frequent.fewestRows }
    }

    /// Whether numbers, all different and whole, fill their range.
    private var isGapless: Bool {
        figures.numberRows > 0
            && (figures.isConsecutive || figures.maximum - figures.minimum + 1 == Double(figures.numberRows))
    }

    private func isPair(_ entries: [Int]) -> Bool {
        guard entries.count == 2 else { return false }
        let words = entries.map { index in
            dictionary.withValue(index) { String(decoding: $0.trimmed.prefix(8), as: UTF8.self).lowercased() }
        }
        return [["false", "true"], ["no", "yes"], ["n", "y"], ["f", "t"]].contains(words.sorted())
    }

    private func frequent(of entries: [Int]) -> TableColumn.Frequent? {
        survey.isOverflowing ? nil : TableColumn.Frequent(counts: entries.map { dictionary.count(of: $0) })
    }

    private func commonest(of entries: [Int]) -> [TableColumn.Commonest] {
        byFrequency(entries).prefix(ColumnPlan.commonestKept).map { index in
            dictionary.withValue(index) { field in
                var text = String(decoding: field.trimmed.prefix(200), as: UTF8.self)
                // Cut within a character.
                if field.trimmed.count > 200, text.hasSuffix("\u{FFFD}") { text.removeLast() }
                return TableColumn.Commonest(value: text, count: dictionary.count(of: index))
            }
        }
    }

    func column(
        _ type: ColumnType, _ form: ValueForm, distinct: Int, missingWords: Bool,
        commonest: [TableColumn.Commonest] = [], frequent: TableColumn.Frequent? = nil
    ) -> TableColumn {
        TableColumn(
            name: name, type: type, form: form,
            missing: survey.emptyRows + figures.blankRows
                + (missingWords ? figures.nothingRows.values.reduce(0, +) : 0),
            missingText: missingWords ? missingText : "", distinct: distinct, commonest: commonest, hasBlank: hasBlank,
            frequent: frequent, note: form == .text ? note(type) : nil,
            numbers: form == .text ? numbersAmongWords(type) : nil
        )
    }
}
