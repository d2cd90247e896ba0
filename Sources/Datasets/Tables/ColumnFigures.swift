/// What is known of a column's values after all of them were seen, each at least once.
struct ColumnFigures {
    /// Rows in which there are only blanks.
    private(set) var blankRows = 0
    /// Rows in which a word for nothing stands, by that word.
    private(set) var nothingRows: [String: Int] = [:]
    private(set) var numberRows = 0
    private(set) var wordRows = 0
    private(set) var times = TimeEvidence()
    private(set) var minimum = Double.infinity
    private(set) var maximum = -Double.infinity
    private(set) var decimals = 0
    private(set) var isWhole = true
    private(set) var isExact = true
    private(set) var hasCodes = false
    /// Rows whose number has a decimal mark, and those that would have one if a comma were it; of these those in which it may as
    /// well stand between thousands, as in 1,234.
    private(set) var pointRows = 0
    private(set) var commaRows = 0
    private(set) var groupedPointRows = 0
    private(set) var groupedCommaRows = 0
    private(set) var numbers = NumberEvidence()
    /// Digits behind the mark of numbers without an exponent.
    private(set) var leastDecimals = Int.max
    /// Magnitudes of numbers without an exponent: the least but 0, and the greatest.
    private(set) var leastMagnitude = Double.infinity
    private(set) var mostMagnitude = 0.0
    /// Whether a number above zero has no sign.
    private(set) var hasBarePositive = false
    private(set) var digitTimes = DigitTimes()
    /// The first value that is neither a number nor nothing.
    private(set) var firstWord: String?
    /// Words that blanks separate, of all rows with words.
    private(set) var wordCount = 0
    private(set) var shape = IdentifierShape()
    /// Fields that begin with a blank, and others; empty ones aren't counted.
    private(set) var blankedRows = 0
    private(set) var bareRows = 0
    private var previous: Double?
    /// Whether each number is the one before it plus one.
    private(set) var isConsecutive = true

    /// Rows with a number, time or word.
    var valueRows: Int { numberRows + wordRows + times.count }
    var isEmpty: Bool { valueRows == 0 }

    /// Takes a value in that occurs in so many rows.
    mutating func add(_ field: UnsafeBufferPointer<UInt8>, count: Int, mark: UInt8) {
        if field[0] == 0x20 { blankedRows += count } else { bareRows += count }
        let value = field.trimmed
        guard value.count > 0 else {
            blankRows += count
            return
        }
        if let number = NumberText(value, mark: mark), abs(number.value) <= NumberForm.largestMagnitude {
            add(number, count)
            if number.hasExponent || number.hasPlus { numbers.addUnusual(value, number, mark: mark, count: count) }
            if digitTimes.isPossible { digitTimes.add(value, number) }
            shape.add(value)
            return
        }
        if NothingWords.contains(value) {
            // At most a few hundred spellings, as each letter may be in two cases.
            nothingRows[String(decoding: value, as: UTF8.self), default: 0] += count
            return
        }
        shape.add(value)
        if times.add(value, count: count) {
            noteWord(value)
            return
        }
        wordRows += count
        wordCount += count * Self.words(value)
        if !numbers.add(value, count: count) { noteWord(value) }
        if mark == UInt8(ascii: "."), value.contains(UInt8(ascii: ",")),
            let number = NumberText(value, mark: UInt8(ascii: ","))
        {
            commaRows += count
            if number.mayBeGrouped { groupedCommaRows += count }
        }
    }

    private mutating func noteWord(_ value: UnsafeBufferPointer<UInt8>) {
        if firstWord == nil { firstWord = String(decoding: value.prefix(64), as: UTF8.self) }
    }

    private mutating func add(_ number: NumberText, _ count: Int) {
        numberRows += count
        minimum = min(minimum, number.value)
        maximum = max(maximum, number.value)
        decimals = max(decimals, number.decimals)
        let isWhole = number.isWhole
        self.isWhole = self.isWhole && isWhole
        isExact = isExact && (!isWhole || number.isExact)
        hasCodes = hasCodes || number.isCode
        if number.hasMark {
            pointRows += count
            if number.mayBeGrouped { groupedPointRows += count }
        }
        if !number.hasExponent {
            let magnitude = abs(number.value)
            leastDecimals = min(leastDecimals, number.decimals)
            if magnitude > 0 { leastMagnitude = min(leastMagnitude, magnitude) }
            mostMagnitude = max(mostMagnitude, magnitude)
        }
        hasBarePositive = hasBarePositive || !number.hasPlus && number.value > 0
        isConsecutive = isConsecutive && count == 1 && (previous.map { $0 + 1 == number.value } ?? true)
        previous = number.value
    }

    /// What is known of the numbers that are digits alone.
    func plain(mark: UInt8) -> NumberEvidence.Plain {
        NumberEvidence.Plain(
            rows: numberRows, markedRows: pointRows, groupedRows: groupedPointRows, leastDecimals: leastDecimals,
            decimals: decimals, isWhole: isWhole, hasBarePositive: hasBarePositive,
            magnitudes: leastMagnitude.isFinite ? leastMagnitude...mostMagnitude : nil,
            digits: DecimalDigits(mostMagnitude).first + 1, mark: mark == UInt8(ascii: ",") ? .comma : .point)
    }

    private static func words(_ value: UnsafeBufferPointer<UInt8>) -> Int {
        var count = 1
        for place in 1..<max(1, value.count) where value[place] == 0x20 && value[place - 1] != 0x20 { count += 1 }
        return count
    }
}
