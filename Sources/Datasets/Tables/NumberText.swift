import Glibc

/// A number as it stands in a table's text.
///
/// Digits with or without a sign, a decimal mark and an exponent: neither hexadecimal nor a word. What else stands in a number
/// is read by `DecoratedNumber`.
struct NumberText {
    let value: Double
    /// Digits after the decimal mark, as they would be without an exponent; at most `ValueForm.mostDecimals`.
    let decimals: Int
    /// Whether there is a decimal mark or an exponent.
    let hasMark: Bool
    let hasExponent: Bool
    /// Whether there is a plus in front.
    let hasPlus: Bool
    /// Whether it is a whole number written like a code: with a zero in front, as in 007.
    let isCode: Bool

    /// Whether a `Double` holds exactly what stands there, of whole numbers.
    var isExact: Bool { abs(value) <= 0x1p53 }
    /// Whether it is a whole number; large ones with an exponent are measures.
    var isWhole: Bool { value == value.rounded() && (!hasExponent || isExact) }

    /// Whether its mark may as well stand between thousands, as in 1.234.
    var mayBeGrouped: Bool { decimals == 3 && !hasExponent && abs(value) >= 1 && abs(value) < 1_000 }

    /// Reads a whole field, blanks around it left out.
    ///
    /// - Parameter mark: what stands between a number's whole and its fraction.
    /// - Returns: nil where it isn't a number.
    init?(_ field: UnsafeBufferPointer<UInt8>, mark: UInt8) {
        let count = field.count
        guard count > 0, count <= Self.longest, let bytes = field.baseAddress else { return nil }
        var place = 0
        let isNegative = bytes[0] == UInt8(ascii: "-")
        if isNegative || bytes[0] == UInt8(ascii: "+") { place = 1 }
        let first = place
        var digits: UInt64 = 0
        var significant = 0
        var fraction = 0
        var markPlace = -1
        while place < count {
            let digit = bytes[place] &- 0x30
            if digit <= 9 {
                if significant < 19 {
                    digits = digits &* 10 &+ UInt64(digit)
                    if digits != 0 { significant += 1 }
                } else {
                    significant += 1
                }
                if markPlace >= 0 { fraction += 1 }
            } else if bytes[place] == mark, markPlace < 0 {
                markPlace = place
            } else {
                break
            }
            place += 1
        }
        guard place - first > (markPlace >= 0 ? 1 : 0) else { return nil }
        let exponentPlace = place
        var exponent = 0
        if place < count {
            guard let given = Self.exponent(bytes, from: place, count) else { return nil }
            exponent = given
        }
        hasExponent = exponentPlace < count
        hasMark = markPlace >= 0 || hasExponent
        hasPlus = bytes[0] == UInt8(ascii: "+")
        isCode = !hasMark && place - first > 1 && bytes[first] == 0x30
        decimals = min(max(0, fraction - exponent), ValueForm.mostDecimals)
        let scale = exponent - fraction
        if significant <= 19, digits <= 1 << 53, abs(scale) <= 22 {
            // Both are exact, so the one operation rounds once (Clinger, "How to read floating point numbers
            // accurately", PLDI 1990, section 5).
            let magnitude = Double(digits)
            let exact =
                scale == 0 ? magnitude : scale < 0 ? magnitude / Self.powers[-scale] : magnitude * Self.powers[scale]
            value = isNegative ? -exact : exact
        } else {
            guard let value = Self.slowValue(field, mark: mark) else { return nil }
            self.value = value
        }
    }

    private static let longest = 64
    /// 10⁰…10²², which a `Double` holds exactly.
    static let powers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    /// The exponent from its letter to the end; nil where that is none.
    private static func exponent(_ bytes: UnsafePointer<UInt8>, from start: Int, _ count: Int) -> Int? {
        guard bytes[start] | 0x20 == UInt8(ascii: "e") else { return nil }
        var place = start + 1
        guard place < count else { return nil }
        let isNegative = bytes[place] == UInt8(ascii: "-")
        if isNegative || bytes[place] == UInt8(ascii: "+") { place += 1 }
        guard place < count else { return nil }
        var value = 0
        while place < count {
            let digit = bytes[place] &- 0x30
            guard digit <= 9 else { return nil }
            value = min(value * 10 + Int(digit), 100_000)
            place += 1
        }
        return isNegative ? -value : value
    }

    /// Swift's own reading, which is exact and the same in every locale.
    private static func slowValue(_ field: UnsafeBufferPointer<UInt8>, mark: UInt8) -> Double? {
        Double(String(decoding: field.lazy.map { $0 == mark ? UInt8(ascii: ".") : $0 }, as: UTF8.self))
    }
}

/// Words that stand for no value where numbers or times are expected.
enum NothingWords {
    private static let words: Set<String> = [
        "nan", "+nan", "-nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity", "na", "n/a", "#n/a", "<na>",
        "#na", "null", "none", "nil", "nat", "?", "-", "--", ".", "..", "missing", "\\n",
    ]

    /// Whether a field is such a word, in any case; blanks around it left out.
    static func contains(_ field: UnsafeBufferPointer<UInt8>) -> Bool {
        // None begins with a digit, as most of what is asked about does.
        guard let first = field.first, first &- 0x30 > 9 else { return false }
        return field.count <= 9 && words.contains(String(decoding: field, as: UTF8.self).lowercased())
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Without the blanks and tabs around it.
    @inline(__always)
    var trimmed: UnsafeBufferPointer<UInt8> {
        var start = 0
        var end = count
        while start < end, self[start] == 0x20 || self[start] == 0x09 { start += 1 }
        while end > start, self[end - 1] == 0x20 || self[end - 1] == 0x09 { end -= 1 }
        return UnsafeBufferPointer(rebasing: self[start..<end])
    }
}
