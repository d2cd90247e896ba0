/// A number as people write it: with a currency, a unit, marks between thousands, or parentheses for what is below zero.
///
/// What its marks mean, one number alone doesn't tell: 1,234 may be more than a thousand or little more than one. So it is
/// taken apart here, and read as soon as it is known what they are in its column.
struct DecoratedNumber {
    /// What stands before and behind it, blanks between included.
    let prefix: Range<Int>
    let suffix: Range<Int>
    let isNegative: Bool
    /// Where the sign stands; `before` where there is none.
    let negative: NumberForm.Negative
    let hasMinusSign: Bool
    let hasPlus: Bool
    private let field: UnsafeBufferPointer<UInt8>
    /// From the first digit to behind the last, and to behind the exponent.
    private let digits: Range<Int>
    private let end: Int
    /// How many groups of digits there are, how long each is, and what stands behind all but the last.
    private let groups: Int
    private var lengths = SIMD16<UInt8>()
    private var marks = SIMD16<UInt8>()

    private static let longest = 64
    private static let mostGroups = 12
    private static let longestSuffix = 16

    /// Takes a whole field apart, blanks around it left out.
    ///
    /// - Returns: nil where it is no such number. What has zeros in front is none, as 007 is a code.
    init?(_ field: UnsafeBufferPointer<UInt8>) {
        guard (1...Self.longest).contains(field.count), NumberMarks.beginnings[Int(field[0])],
            field.contains(where: { $0 &- 0x30 <= 9 })
        else { return nil }
        self.field = field
        var place = 0
        var last = field.count
        var sign: NumberForm.Negative?
        var isMinus = false
        var isWide = false
        func takeSign(_ kind: NumberForm.Negative) {
            guard sign == nil, place < last else { return }
            if field[place] == UInt8(ascii: "-") || field[place] == UInt8(ascii: "+") {
                (sign, isMinus) = (kind, field[place] == UInt8(ascii: "-"))
                place += 1
            } else if NumberMarks.stands([0xE2, 0x88, 0x92], in: field, at: place) {
                (sign, isMinus, isWide) = (kind, true, true)
                place += 3
            }
        }
        func takeParenthesis(_ kind: NumberForm.Negative) {
            guard sign == nil, field[place] == UInt8(ascii: "("), field[last - 1] == UInt8(ascii: ")") else { return }
            (sign, isMinus) = (kind, true)
            place += 1
            last -= 1
        }
        takeParenthesis(.parentheses)
        takeSign(.before)
        let prefixStart = place
        if let size = NumberMarks.known(field, at: place) {
            place += size
            place += NumberMarks.blank(field, at: place)
        }
        prefix = prefixStart..<place
        guard place < last else { return nil }
        takeSign(.after)
        if !prefix.isEmpty, place < last { takeParenthesis(.innerParentheses) }
        let start = place
        guard let count = Self.groups(field, &place, last, &lengths, &marks) else { return nil }
        // RM101 is a room; RM101.50 is money.
        guard count > 1 || prefix.isEmpty || !field[prefix].allSatisfy(Self.isLetter) else { return nil }
        groups = count
        digits = start..<place
        place = Self.exponentEnd(field, place, last)
        end = place
        if sign == nil, place == last - 1, field[place] == UInt8(ascii: "-") {
            (sign, isMinus) = (.trailing, true)
            last -= 1
        }
        // Behind the currency or the unit, too.
        if sign == nil, place < last, field[last - 1] == UInt8(ascii: "-") {
            (sign, isMinus) = (.trailing, true)
            last -= 1
        }
        suffix = place..<last
        guard suffix.isEmpty || Self.isSuffix(field, suffix) else { return nil }
        isNegative = isMinus
        negative = sign ?? .before
        hasMinusSign = isWide
        hasPlus = sign != nil && !isMinus
    }

    /// The groups of digits, of which all but the first have something before them.
    private static func groups(
        _ field: UnsafeBufferPointer<UInt8>, _ place: inout Int, _ last: Int, _ lengths: inout SIMD16<UInt8>,
        _ marks: inout SIMD16<UInt8>
    ) -> Int? {
        var count = 0
        let start = place
        while true {
            let first = place
            while place < last, field[place] &- 0x30 <= 9 { place += 1 }
            lengths[count] = UInt8(place - first)
            count += 1
            guard place < last, count <= mostGroups,
                let (separator, size) = NumberMarks.separator(field, at: place),
                place + size < last, field[place + size] &- 0x30 <= 9
            else { break }
            // .5 has nothing before its mark.
            guard place > start || separator == .point || separator == .comma else { return nil }
            marks[count - 1] = code(separator)
            place += size
        }
        guard place > start, count <= mostGroups else { return nil }
        return field[start] == 0x30 && lengths[0] > 1 ? nil : count
    }

    private static func exponentEnd(_ field: UnsafeBufferPointer<UInt8>, _ start: Int, _ last: Int) -> Int {
        var place = start
        guard place < last, field[place] | 0x20 == UInt8(ascii: "e") else { return start }
        place += 1
        if place < last, field[place] == UInt8(ascii: "+") || field[place] == UInt8(ascii: "-") { place += 1 }
        let first = place
        while place < last, field[place] &- 0x30 <= 9 { place += 1 }
        return place > first ? place : start
    }

    /// Whether what stands behind a number may be its unit: letters, with the marks of km/h, m², °C and m^3.
    private static func isSuffix(_ field: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
        let start = range.lowerBound + NumberMarks.blank(field, at: range.lowerBound)
        guard start < range.upperBound, range.count <= longestSuffix else { return false }
        if let size = NumberMarks.known(field, at: start), start + size == range.upperBound { return true }
        func isLetter(_ byte: UInt8) -> Bool { byte >= 0x80 || Self.isLetter(byte) }
        guard isLetter(field[start]) || field[start] == UInt8(ascii: "%") else { return false }
        for place in start + 1..<max(start + 1, range.upperBound) {
            switch field[place] {
            case let byte where isLetter(byte): break
            case UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "%"): break
            // One blank, as in sq ft.
            case 0x20:
                guard place + 1 < range.upperBound, isLetter(field[place + 1]),
                    !field[start..<place].contains(0x20)
                else { return false }
            // m2, CO2
            case 0x30...0x39:
                guard isLetter(field[place - 1]) || field[place - 1] == UInt8(ascii: "^") else { return false }
            default: return false
            }
        }
        return true
    }

    private static func isLetter(_ byte: UInt8) -> Bool { byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A }

    // MARK: Readings

    private static func code(_ separator: NumberForm.Separator) -> UInt8 {
        UInt8(NumberForm.Separator.allCases.firstIndex(of: separator) ?? 0) + 1
    }

    /// What its marks are, given the decimal mark.
    struct Reading {
        /// What stands between groups; nil where there is none.
        let separator: NumberForm.Separator?
        /// Whether groups are of two digits and of three, as in 12,34,567; nil where there are too few to tell.
        let isIndian: Bool?
        /// Groups of digits that belong to the whole.
        fileprivate let wholeGroups: Int
        let wholeDigits: Int
        let decimals: Int
        /// Whether there are marks that no other decimal mark would explain.
        let isCertain: Bool
    }

    /// What its marks are with that decimal mark; nil where that can't be the mark.
    func reading(_ mark: NumberForm.Mark) -> Reading? {
        let markCode = Self.code(mark == .point ? .point : .comma)
        let hasFraction = groups > 1 && marks[groups - 2] == markCode
        let whole = hasFraction ? groups - 1 : groups
        var wholeDigits = Int(lengths[0])
        for group in 1..<max(1, whole) { wholeDigits += Int(lengths[group]) }
        let decimals = hasFraction ? Int(lengths[groups - 1]) : 0
        guard whole > 1 else {
            return Reading(
                separator: nil, isIndian: nil, wholeGroups: 1, wholeDigits: wholeDigits, decimals: decimals,
                isCertain: hasFraction && (decimals != 3 || lengths[0] > 3 || field[digits.lowerBound] == 0x30))
        }
        let separator = marks[0]
        guard separator != markCode, (1...3).contains(lengths[0]), field[digits.lowerBound] != 0x30,
            lengths[whole - 1] == 3
        else { return nil }
        var isThree = true
        var isTwo = lengths[0] < 3
        for group in 1..<whole {
            if group < whole - 1 {
                guard marks[group] == separator else { return nil }
                isThree = isThree && lengths[group] == 3
                isTwo = isTwo && lengths[group] == 2
            }
        }
        guard isThree || isTwo else { return nil }
        return Reading(
            separator: NumberForm.Separator.allCases[Int(separator) - 1],
            isIndian: whole > 2 ? !isThree : nil, wholeGroups: whole, wholeDigits: wholeDigits, decimals: decimals,
            isCertain: whole > 2 || hasFraction)
    }

    /// Its value, sign included.
    func value(_ reading: Reading) -> NumberText? {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.longest + 2) { text in
            var count = 0
            func add(_ byte: UInt8) {
                text[count] = byte
                count += 1
            }
            if isNegative { add(UInt8(ascii: "-")) }
            var group = 0
            var left = Int(lengths[0])
            for place in digits where field[place] &- 0x30 <= 9 {
                while left == 0 {
                    group += 1
                    left = Int(lengths[group])
                    if group == reading.wholeGroups { add(UInt8(ascii: ".")) }
                }
                add(field[place])
                left -= 1
            }
            for place in digits.upperBound..<end { add(field[place]) }
            return NumberText(UnsafeBufferPointer(rebasing: text[..<count]), mark: UInt8(ascii: "."))
        }
    }

    var prefixBytes: Slice<UnsafeBufferPointer<UInt8>> { field[prefix] }
    var suffixBytes: Slice<UnsafeBufferPointer<UInt8>> { field[suffix] }
    /// From the exponent's number to the exponent's end; nil where there is no exponent.
    var withExponent: UnsafeBufferPointer<UInt8>? {
        end > digits.upperBound ? UnsafeBufferPointer(rebasing: field[digits.lowerBound..<end]) : nil
    }

    /// Whether it has a currency, a part, separators or parentheses: more than a unit that may be any word.
    var isUnmistakable: Bool {
        let isDecorated = !prefix.isEmpty || negative == .parentheses || groups > 1
        return suffix.isEmpty
            ? isDecorated : NumberMarks.isKnown(String(decoding: suffixBytes, as: UTF8.self))
    }
}
