/// What a column's values tell of the form in which they are numbers, beside those that are nothing but digits.
///
/// Two readings are kept side by side, one by decimal point and one by decimal comma, each by what stands between thousands
/// and around the number. The one that fits most values is the column's; where both fit as many, as in a column of nothing but
/// `1,234` and `999`, the dialect's decimal mark decides, which most of the table's columns have shown.
struct NumberEvidence {
    /// What stands around a number.
    private struct Decoration {
        let prefix: [UInt8]
        let suffix: [UInt8]
        /// Whether it is a currency, a part or nothing, which values may do without; a unit stands in every row.
        let isOptional: Bool
    }

    /// Values of one reading.
    private struct Tally {
        var rows = 0
        var leastDecimals = Int.max
        var decimals = 0
        var isWhole = true
        /// Those whose groups are of two digits, less those whose groups are of three, where that shows.
        var indianRows = 0
        var fewestDigits = Int.max
        var mostDigits = 0
    }

    private static let mostDecorations = 4
    private static let separators = NumberForm.Separator.allCases.count + 1

    private var decorations: [Decoration] = []
    /// For each decoration, mark and separator, of which the first is none.
    private var tallies: [Tally] = []
    private var negatives = [Int](repeating: 0, count: NumberForm.Negative.allCases.count)
    private var minusSigns = 0
    private var plusRows = 0
    private var hasBarePositive = false
    private(set) var exponents = ExponentEvidence()

    /// Takes a value in that isn't digits alone.
    ///
    /// - Parameter field: without blanks around it.
    /// - Returns: whether it may be a number.
    mutating func add(_ field: UnsafeBufferPointer<UInt8>, count: Int) -> Bool {
        guard let number = DecoratedNumber(field), let decoration = place(of: number) else { return false }
        var isNumber = false
        for mark in NumberForm.Mark.allCases {
            guard let reading = number.reading(mark), let value = number.value(reading),
                abs(value.value) <= NumberForm.largestMagnitude
            else { continue }
            let index = Self.index(decoration, mark, reading.separator)
            tallies[index].rows += count
            tallies[index].decimals = max(tallies[index].decimals, value.decimals)
            if !value.hasExponent {
                tallies[index].leastDecimals = min(tallies[index].leastDecimals, value.decimals)
            }
            tallies[index].isWhole = tallies[index].isWhole && value.isWhole
            if let isIndian = reading.isIndian { tallies[index].indianRows += isIndian ? count : -count }
            tallies[index].fewestDigits = min(tallies[index].fewestDigits, reading.wholeDigits)
            tallies[index].mostDigits = max(tallies[index].mostDigits, reading.wholeDigits)
            if !isNumber {
                isNumber = true
                addSign(of: number, value.value, count)
                if let text = number.withExponent {
                    exponents.add(text, value.value, mark: mark.byte, count: count)
                }
            }
        }
        return isNumber
    }

    private mutating func addSign(of number: DecoratedNumber, _ value: Double, _ count: Int) {
        if number.isNegative {
            negatives[NumberForm.Negative.allCases.firstIndex(of: number.negative) ?? 0] += count
            if number.hasMinusSign { minusSigns += count }
        } else if number.hasPlus {
            plusRows += count
        } else if value > 0 {
            hasBarePositive = true
        }
    }

    /// Takes in that a plain number has an exponent or a plus.
    mutating func addUnusual(_ field: UnsafeBufferPointer<UInt8>, _ number: NumberText, mark: UInt8, count: Int) {
        if number.hasExponent { exponents.add(field, number.value, mark: mark, count: count) }
        if number.hasPlus { plusRows += count }
    }

    /// The place of what stands around a number among the decorations; nil where there are too many already.
    private mutating func place(of number: DecoratedNumber) -> Int? {
        let found = decorations.firstIndex {
            number.prefixBytes.elementsEqual($0.prefix) && number.suffixBytes.elementsEqual($0.suffix)
        }
        if let found { return found }
        guard decorations.count < Self.mostDecorations else { return nil }
        let (prefix, suffix) = (Array(number.prefixBytes), Array(number.suffixBytes))
        decorations.append(
            Decoration(
                prefix: prefix, suffix: suffix,
                isOptional: suffix.isEmpty || NumberMarks.isKnown(String(decoding: suffix, as: UTF8.self))))
        tallies += [Tally](repeating: Tally(), count: NumberForm.Mark.allCases.count * Self.separators)
        return decorations.count - 1
    }

    private static func index(
        _ decoration: Int, _ mark: NumberForm.Mark, _ separator: NumberForm.Separator?
    ) -> Int {
        let place = separator.flatMap { NumberForm.Separator.allCases.firstIndex(of: $0) }.map { $0 + 1 } ?? 0
        return (decoration * 2 + (mark == .point ? 0 : 1)) * separators + place
    }

    // MARK: The form

    /// What is known of a column's plain numbers.
    struct Plain {
        var rows = 0
        /// Those with a decimal mark, and of these those that may as well be thousands.
        var markedRows = 0
        var groupedRows = 0
        var leastDecimals = Int.max
        var decimals = 0
        var isWhole = true
        /// Whether one above zero has no sign.
        var hasBarePositive = false
        /// Of those without an exponent that aren't 0.
        var magnitudes: ClosedRange<Double>?
        /// Digits before the mark at most.
        var digits = 0
        /// The dialect's decimal mark.
        var mark = NumberForm.Mark.point
    }

    /// A form, and how many of the column's values are of it.
    struct Found {
        let form: NumberForm
        let rows: Int
    }

    /// The form that most values have; nil where there are none but plain ones.
    func form(beside plain: Plain) -> Found? {
        var best: (found: Found, isDialects: Bool)?
        for decoration in decorations.indices {
            for mark in NumberForm.Mark.allCases {
                for separator in [nil] + NumberForm.Separator.allCases.map(Optional.some) {
                    guard let found = form(decoration, mark, separator, plain) else { continue }
                    let isDialects = mark == plain.mark
                    let isBetter = best.map {
                        found.rows > $0.found.rows || found.rows == $0.found.rows && isDialects && !$0.isDialects
                    }
                    if isBetter ?? true { best = (found, isDialects) }
                }
            }
        }
        return best?.found
    }

    private func form(
        _ decoration: Int, _ mark: NumberForm.Mark, _ separator: NumberForm.Separator?, _ plain: Plain
    ) -> Found? {
        guard separator?.rawValue != mark.rawValue else { return nil }
        let own = decorations[decoration]
        let bare = own.isOptional ? decorations.firstIndex { $0.prefix.isEmpty && $0.suffix.isEmpty } : nil
        let places = Set([decoration, bare].compactMap(\.self))
        let single = places.map { tallies[Self.index($0, mark, nil)] }.filter { $0.rows > 0 }
        let grouped =
            separator == nil
            ? [] : places.map { tallies[Self.index($0, mark, separator)] }.filter { $0.rows > 0 }
        // Without a value that has it, the separator is another form's.
        let isMarked = plain.mark.rawValue == separator?.rawValue && plain.groupedRows > 0
        guard separator == nil || !grouped.isEmpty || isMarked else { return nil }
        let tallied = single + grouped
        let plainRows = plainRows(mark, separator, plain)
        let ownRows = [nil, separator].reduce(0) { $0 + tallies[Self.index(decoration, mark, $1)].rows }
        guard ownRows > 0 else { return nil }
        let rows = tallied.reduce(0) { $0 + $1.rows } + (own.isOptional ? plainRows : 0)
        let isBare = own.prefix.isEmpty && own.suffix.isEmpty
        // What so few have is a fault of theirs.
        guard isBare || ownRows * 20 >= rows, isAmount(grouped, single, separator, plainRows) else { return nil }

        let isWhole = tallied.allSatisfy(\.isWhole) && (plainRows == 0 || mark != plain.mark || plain.isWhole)
        let plainDecimals = plainRows > 0 && mark == plain.mark ? plain.decimals : 0
        let plainLeast = plainRows > 0 ? (mark == plain.mark ? plain.leastDecimals : 0) : Int.max
        let decimals = tallied.reduce(plainDecimals) { max($0, $1.decimals) }
        let least = tallied.reduce(plainLeast) { min($0, $1.leastDecimals) }
        var form = NumberForm(
            decimals: decimals, isWhole: isWhole, leastDecimals: isWhole ? nil : min(least, decimals))
        form.mark = mark == plain.mark ? nil : mark
        if let separator {
            form.grouping = grouping(separator, grouped, single, plainRows > 0 && mark == plain.mark ? plain : nil)
        }
        form.prefix = String(decoding: own.prefix, as: UTF8.self)
        form.suffix = String(decoding: own.suffix, as: UTF8.self)
        addSigns(to: &form, plain)
        form.exponent = exponents.form(isAlways: exponents.rows >= rows, plain: plain.magnitudes)
        return Found(form: form, rows: rows)
    }

    /// Plain numbers that are such with that mark and that separator.
    private func plainRows(
        _ mark: NumberForm.Mark, _ separator: NumberForm.Separator?, _ plain: Plain
    ) -> Int {
        if mark == plain.mark { return plain.rows }
        return plain.rows - plain.markedRows + (separator?.rawValue == plain.mark.rawValue ? plain.groupedRows : 0)
    }

    /// Whether groups with blanks between them are numbers: telephone and card numbers have as many digits in each row.
    private func isAmount(
        _ grouped: [Tally], _ single: [Tally], _ separator: NumberForm.Separator?, _ plainRows: Int
    ) -> Bool {
        guard let separator, NumberMarks.blanks.contains(separator.rawValue), single.isEmpty, plainRows == 0
        else { return true }
        let least = grouped.map(\.fewestDigits).min() ?? 0, most = grouped.map(\.mostDigits).max() ?? 0
        return least < most || grouped.contains { $0.decimals > 0 }
    }

    private func grouping(
        _ separator: NumberForm.Separator, _ grouped: [Tally], _ single: [Tally], _ plain: Plain?
    ) -> NumberForm.Grouping {
        let without = max(single.map(\.mostDigits).max() ?? 0, plain?.digits ?? 0)
        let fewest = grouped.map(\.fewestDigits).min() ?? 4
        return NumberForm.Grouping(
            separator: separator, isIndian: grouped.reduce(0) { $0 + $1.indianRows } > 0,
            fewestDigits: without > 3 && without < fewest ? without + 1 : 4)
    }

    private func addSigns(to form: inout NumberForm, _ plain: Plain) {
        let count = negatives.reduce(0, +)
        let commonest = negatives.indices.max { negatives[$0] < negatives[$1] } ?? 0
        if count > 0 { form.negative = NumberForm.Negative.allCases[commonest] }
        // With nothing in front both are the same, as digits alone have it.
        if form.prefix.isEmpty, form.negative == .after { form.negative = .before }
        form.hasMinusSign = minusSigns * 2 > count
        form.showsPlus = plusRows > 0 && !hasBarePositive && !plain.hasBarePositive
    }

    /// The form of plain numbers alone.
    func form(of plain: Plain) -> NumberForm {
        var form = NumberForm(
            decimals: plain.decimals, isWhole: plain.isWhole,
            leastDecimals: plain.isWhole ? nil : min(plain.leastDecimals, plain.decimals))
        form.showsPlus = plusRows > 0 && !plain.hasBarePositive
        form.exponent = exponents.form(isAlways: exponents.rows >= plain.rows, plain: plain.magnitudes)
        return form
    }
}

/// What the exponents in a column look like, and when there is one.
struct ExponentEvidence {
    private(set) var rows = 0
    private var upperRows = 0
    private var hasPlus = false
    private var hasBare = false
    private var digits = Int.max
    private var leastDecimals = Int.max
    private var decimals = 0
    /// The power of ten of the first digit: of those below 1 the greatest, and of others the least.
    private var mostBelow: Int?
    private var leastAbove: Int?
    /// Takes in a number that has one.
    mutating func add(_ field: UnsafeBufferPointer<UInt8>, _ value: Double, mark: UInt8, count: Int) {
        guard let letter = field.lastIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) else { return }
        rows += count
        if field[letter] == UInt8(ascii: "E") { upperRows += count }
        let text = field[(letter + 1)...]
        let bare = text.drop { $0 &- 0x30 > 9 }
        if text.first == UInt8(ascii: "+") { hasPlus = true }
        if text.count == bare.count { hasBare = true }
        digits = min(digits, bare.count)
        let fraction = field[..<letter].lastIndex(of: mark).map { letter - $0 - 1 } ?? 0
        decimals = min(max(decimals, fraction), ValueForm.mostDecimals)
        leastDecimals = min(leastDecimals, decimals, fraction)
        guard value != 0 else { return }
        let first = DecimalDigits(abs(value)).first
        if first < 0 {
            mostBelow = max(mostBelow ?? first, first)
        } else {
            leastAbove = min(leastAbove ?? first, first)
        }
    }

    /// How they are written; nil where there are none, or no rule says when.
    ///
    /// - Parameters:
    ///   - isAlways: whether all numbers have one.
    ///   - plain: the magnitudes of those without one, but 0.
    func form(isAlways: Bool, plain: ClosedRange<Double>?) -> NumberForm.Exponent? {
        guard rows > 0 else { return nil }
        var form = NumberForm.Exponent(
            isUpper: upperRows * 2 > rows, hasPlus: hasPlus && !hasBare, digits: max(1, min(digits, 4)),
            leastDecimals: leastDecimals, decimals: decimals)
        guard !isAlways, let plain else { return form }
        if let mostBelow, DecimalDigits(plain.lowerBound).first > mostBelow { form.below = mostBelow + 1 }
        if let leastAbove, DecimalDigits(plain.upperBound).first < leastAbove { form.from = leastAbove }
        return form.isAlways ? nil : form
    }
}
