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
    /// Rows whose number has a decimal mark, and those that would have one if a comma were it.
    private(set) var pointRows = 0
    private(set) var commaRows = 0
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
        if let number = NumberText(value, mark: mark), abs(number.value) <= PointsWriter.largestMagnitude {
            add(number, count)
            shape.add(value)
            return
        }
        if NothingWords.contains(value) {
            // At most a few hundred spellings, as each letter may be in two cases.
            nothingRows[String(decoding: value, as: UTF8.self), default: 0] += count
            return
        }
        shape.add(value)
        if times.add(value, count: count) { return }
        wordRows += count
        wordCount += count * Self.words(value)
        if mark == UInt8(ascii: "."), value.contains(UInt8(ascii: ",")),
            NumberText(value, mark: UInt8(ascii: ",")) != nil
        {
            commaRows += count
        }
    }

    private mutating func add(_ number: NumberText, _ count: Int) {
        numberRows += count
        minimum = min(minimum, number.value)
        maximum = max(maximum, number.value)
        decimals = max(decimals, number.decimals)
        let isWhole = number.value == number.value.rounded()
        self.isWhole = self.isWhole && isWhole
        isExact = isExact && (!isWhole || number.isExact)
        hasCodes = hasCodes || number.isCode
        if number.hasMark { pointRows += count }
        isConsecutive = isConsecutive && count == 1 && (previous.map { $0 + 1 == number.value } ?? true)
        previous = number.value
    }

    private static func words(_ value: UnsafeBufferPointer<UInt8>) -> Int {
        var count = 1
        for place in 1..<max(1, value.count) where value[place] == 0x20 && value[place - 1] != 0x20 { count += 1 }
        return count
    }
}
