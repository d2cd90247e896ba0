/// What a column is taken for after the first pass, and how the second reads its cells.
///
/// The rules, over all rows of a column, in this order; "missing" are empty fields, and in all but the last kind also
/// words for nothing such as NA, null or ?:
///
/// 1. nothing but missing: constant, without categories;
/// 2. numbers of one form (`NumberForm`) — all values but the missing, or more than 95 % of them where there are more than 20
///    different ones; what isn't a number is then missing, and a problem is noted. Whole numbers with zeros in front, as 007, are
///    words, and some are times (`DigitTimes`);
/// 3. dates and times of one form (`TimeForm`), by the same measure;
/// 4. words.
///
/// Numbers are boolean where they are 0 and 1 alone; constant where there is one and none is missing; identifiers where
/// they are whole, all different, at least 50, and run without gaps, have such a name as `user_id`, or exceed what a
/// `Double` holds; ordinal where they are whole, of 2 to 20 different values with at least 20 rows each on average; integer
/// where they are whole; real otherwise.
///
/// Words are boolean where they are true and false, yes and no, y and n, or t and f in any case; constant as above;
/// identifiers where at least 50 are all different and built alike (`IdentifierShape`); text where more than half are
/// different with three words or more on average, or there are more than are kept. Where of at least 50 rows more than half hold
/// values that fewer than five rows share, and there are more than 20 different ones, they are somebody's own: identifiers
/// where nine of ten are different, built in ways that five rows or more share, and codes rather than words, or in a column
/// with such a name as `phone` or `user_name`; else text. Categorical otherwise.
///
/// Numbers are identifiers, too, where they are whole and nine of ten are different in a column with such a name as `phone`.
struct ColumnPlan {
    static let fewDistinct = 20
    static let leastIdentifiers = 50
    static let commonestKept = 20
    /// Memory that the values of text may take to be kept for those who ask for them.
    static let mostTextMemory = 32 << 20

    var column: TableColumn
    let reading: CellReader.Reading
    /// The dictionary's numbers of the categories, commonest first.
    let categories: [Int]
    /// Whether the first blank of a field is no part of it.
    let stripsBlank: Bool
    /// How identifiers are built that don't count on from the last; nil for other columns.
    var identifiers: IdentifierLearning?

    /// Whether a job's `data.columns` can have it learned.
    var canBeAskedFor: Bool { column.isCoded ? column.canBeAskedFor : identifiers != nil }

    /// Bytes of a category.
    func category(_ index: Int) -> [UInt8] {
        guard case .codes(let codes) = reading else { return [] }
        return codes.dictionary.withValue(categories[index]) { Array(stripsBlank ? $0.withoutFirstBlank : $0) }
    }
}

extension UnsafeBufferPointer<UInt8> {
    var withoutFirstBlank: UnsafeBufferPointer<UInt8> {
        count > 0 && self[0] == 0x20 ? UnsafeBufferPointer(rebasing: dropFirst()) : self
    }
}

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

    private var dictionary: ValueDictionary { survey.dictionary }

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
    private var numberForm: NumberEvidence.Found? {
        let plain = figures.plain(mark: mark)
        if let found = figures.numbers.form(beside: plain), found.rows > plain.rows { return found }
        return plain.rows > 0 ? NumberEvidence.Found(form: figures.numbers.form(of: plain), rows: plain.rows) : nil
    }

    /// The form of numbers that are times; nil where they are none.
    private func digitTimes(_ found: NumberEvidence.Found) -> TimeForm? {
        guard found.rows == figures.numberRows, found.form.grouping == nil, figures.minimum < figures.maximum else {
            return nil
        }
        if found.rows == figures.valueRows, let form = figures.digitTimes.dates { return form }
        let entries = survey.isOverflowing ? [] : entries(.value)
        let unit = figures.maximum < 1e11 ? 100.0 : 100_000
        let round = entries.reduce(0) {
            $0 + (value($1, found.form).map { $0.remainder(dividingBy: unit) == 0 } == true ? 1 : 0)
        }
        return DigitTimes.epoch(
            DigitTimes.Numbers(
                name: name, minimum: figures.minimum, maximum: figures.maximum, decimals: figures.decimals,
                isWhole: figures.isWhole, distinct: survey.isOverflowing ? limit + 1 : entries.count,
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

    /// Whole numbers that are made anew.
    private func numberedOnes(
        _ form: NumberForm, distinct: Int, _ learned: IdentifierLearning, _ frequent: TableColumn.Frequent?
    ) -> ColumnPlan {
        var column = column(.identifier, .number(form), distinct: distinct, missingWords: true, frequent: frequent)
        column.note = ColumnNote.identifiers(learned.form)
        return ColumnPlan(
            column: column, reading: .number(form), categories: [], stripsBlank: stripsBlank, identifiers: learned)
    }

    private func words() -> ColumnPlan {
        // Times of a form that isn't known are built alike, too.
        let isAlike = !looksLikeTimes && figures.shape.isShared && figures.valueRows >= ColumnPlan.leastIdentifiers
        if survey.isOverflowing { return manyWords(isAlike: isAlike) }
        let meant = entries(.value)
        if isPair(meant) { return coded(.boolean, meant) }
        let all = entries(.word)
        if isAlike, meant.count == figures.valueRows { return ownWords(meant, all, isIdentifier: true) }
        let present = all.reduce(0) { $0 + dictionary.counts[$1] }
        if all.count == 1, present == rows { return coded(.constant, all) }
        // Numbers among which there are too many words for faults are no names.
        let isOfNumbers = figures.numberRows * 10 > figures.valueRows * 9 && !figures.hasCodes
        if !isOfNumbers, isSomebodysOwn(meant) { return ownWords(meant, all, isIdentifier: false) }
        if all.count * 2 > present, figures.wordCount >= 3 * max(1, figures.wordRows) {
            return text(all)
        }
        return coded(.categorical, all)
    }

    // MARK: What is somebody's own

    /// Whether more than half of the rows have a value that few rows share.
    private func isSomebodysOwn(_ entries: [Int]) -> Bool {
        var (own, rows) = (0, 0)
        for entry in entries {
            let count = dictionary.counts[entry]
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
    private func ownWords(_ meant: [Int], _ all: [Int], isIdentifier: Bool) -> ColumnPlan {
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
    private func manyWords(isAlike: Bool) -> ColumnPlan {
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
    private func text(_ entries: [Int]) -> ColumnPlan {
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

    private func coded(_ type: ColumnType, _ entries: [Int], _ learned: IdentifierLearning? = nil) -> ColumnPlan {
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
            if let number = value(entry, form) { rows[number, default: 0] += dictionary.counts[entry] }
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
        survey.isOverflowing ? nil : TableColumn.Frequent(counts: entries.map { dictionary.counts[$0] })
    }

    private func commonest(of entries: [Int]) -> [TableColumn.Commonest] {
        byFrequency(entries).prefix(ColumnPlan.commonestKept).map { index in
            dictionary.withValue(index) { field in
                var text = String(decoding: field.trimmed.prefix(200), as: UTF8.self)
                // Cut within a character.
                if field.trimmed.count > 200, text.hasSuffix("\u{FFFD}") { text.removeLast() }
                return TableColumn.Commonest(value: text, count: dictionary.counts[index])
            }
        }
    }

    private func column(
        _ type: ColumnType, _ form: ValueForm, distinct: Int, missingWords: Bool,
        commonest: [TableColumn.Commonest] = [], frequent: TableColumn.Frequent? = nil
    ) -> TableColumn {
        TableColumn(
            name: name, type: type, form: form,
            missing: survey.emptyRows + figures.blankRows
                + (missingWords ? figures.nothingRows.values.reduce(0, +) : 0),
            missingText: missingWords ? missingText : "", distinct: distinct, commonest: commonest, hasBlank: hasBlank,
            frequent: frequent, note: form == .text ? note(type) : nil, numbers: form == .text ? numbersAmongWords : nil
        )
    }

    // MARK: Notes

    /// Whether most of a column's words are times, of several forms or of none that is known.
    private var looksLikeTimes: Bool { 2 * (figures.times.count + figures.times.unknownCount) > figures.valueRows }

    /// What the owner should know of a column of words.
    private func note(_ type: ColumnType) -> String? {
        guard looksLikeTimes else { return nil }
        let taken = "The column is taken as \(type == .text ? "text" : type.rawValue)."
        let formats = figures.times.formats.prefix(3)
        guard figures.times.count >= figures.times.unknownCount, !formats.isEmpty else {
            return "Its values look like dates or times of no form that is read. \(taken)"
        }
        return "Its values look like dates or times, of which too few have one form (such as "
            + "\(formats.joined(separator: " or "))). \(taken)"
    }

    /// The numbers among a column's words; nil where there are none, or where their form would say nothing.
    private var numbersAmongWords: TableColumn.Numbers? {
        guard let found = numberForm else { return nil }
        let misfit = found.rows == figures.valueRows ? nil : figures.firstWord
        return misfit == nil && found.form.isPlain ? nil : TableColumn.Numbers(form: found.form, misfit: misfit)
    }

    /// The commonest spelling of nothing.
    private var missingText: String {
        let empty = (key: "", value: survey.emptyRows + figures.blankRows)
        let word = figures.nothingRows.max { $0.value != $1.value ? $0.value < $1.value : $0.key > $1.key }
        guard let word, word.value > empty.value else { return "" }
        return word.key
    }
}
