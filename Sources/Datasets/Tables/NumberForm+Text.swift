extension NumberForm {
    /// Adds a finite number as the form says, rounded to its decimals.
    ///
    /// A column without exponents gets one only beyond 10²⁰, or where a number would need more than 20 zeros.
    ///
    /// - Parameter mark: the dialect's, for forms that have none of their own.
    func append(_ value: Double, mark: UInt8, to bytes: inout [UInt8]) {
        let mark = self.mark?.byte ?? mark
        let rounded = isWhole ? value.rounded() : value
        let magnitude = abs(rounded)
        if let exponent, exponent.isWanted(magnitude) {
            return appendSigned(rounded, isZero: magnitude == 0, to: &bytes) {
                exponent.append(magnitude, mark: mark, to: &$0)
            }
        }
        // A product that small is off by less than a half, so that rounding gives the digits that were read.
        let scaled = decimals < ValueForm.mostDecimals ? magnitude * NumberText.powers[decimals] : .infinity
        guard scaled < 0x1p51 else {
            let digits = DecimalDigits(magnitude)
            return appendSigned(rounded, isZero: magnitude == 0, to: &bytes) {
                appendLong(digits, mark: mark, to: &$0)
            }
        }
        let digits = UInt64(scaled.rounded())
        guard !isPlain else {
            if rounded < 0, digits > 0 { bytes.append(UInt8(ascii: "-")) }
            return bytes.appendFixed(digits, self, mark: mark)
        }
        appendSigned(rounded, isZero: digits == 0, to: &bytes) { $0.appendFixed(digits, self, mark: mark) }
    }

    /// Adds what stands before and behind a number, and its sign.
    private func appendSigned(
        _ value: Double, isZero: Bool, to bytes: inout [UInt8], _ number: (inout [UInt8]) -> Void
    ) {
        let isNegative = value < 0 && !isZero
        func appendSign(_ place: Negative, to bytes: inout [UInt8]) {
            if isNegative, negative == place {
                bytes.append(contentsOf: (hasMinusSign ? "\u{2212}" : "-").utf8)
            } else if !isNegative, !isZero, showsPlus, place == (negative == .after ? .after : .before) {
                bytes.append(UInt8(ascii: "+"))
            }
        }
        if isNegative, negative == .parentheses { bytes.append(UInt8(ascii: "(")) }
        appendSign(.before, to: &bytes)
        bytes.append(contentsOf: prefix.utf8)
        appendSign(.after, to: &bytes)
        if isNegative, negative == .innerParentheses { bytes.append(UInt8(ascii: "(")) }
        number(&bytes)
        if isNegative, negative == .innerParentheses { bytes.append(UInt8(ascii: ")")) }
        bytes.append(contentsOf: suffix.utf8)
        appendSign(.trailing, to: &bytes)
        if isNegative, negative == .parentheses { bytes.append(UInt8(ascii: ")")) }
    }

    /// Adds a number with more digits than fit into 51 bits.
    private func appendLong(_ shortest: DecimalDigits, mark: UInt8, to bytes: inout [UInt8]) {
        var number = shortest
        guard number.first < 21, number.first >= -20 else {
            // Swift writes 5e-324, 1.5e-05, 1e+16.
            return Exponent.swift.append(number, mark: mark, to: &bytes)
        }
        if !isPlain { number.round(decimals: decimals) }
        let fraction = max(0, -number.exponent)
        let whole = number.digits.dropLast(fraction) + repeatElement(0x30, count: max(0, number.exponent))
        bytes.append(contentsOf: grouped(whole.isEmpty ? [0x30] : Array(whole)))
        guard fraction > 0 || leastDecimals > 0 && number.first < 20 else { return }
        bytes.append(mark)
        bytes.append(contentsOf: repeatElement(0x30, count: max(0, fraction - number.digits.count)))
        bytes.append(contentsOf: number.digits.suffix(fraction))
        bytes.append(contentsOf: repeatElement(0x30, count: max(0, leastDecimals - fraction)))
    }

    /// Digits with separators between them.
    private func grouped(_ digits: [UInt8]) -> [UInt8] {
        guard let grouping, digits.count >= grouping.fewestDigits else { return digits }
        var text: [UInt8] = []
        for (place, digit) in digits.enumerated() {
            if place > 0, grouping.separates(digits.count - place) {
                text.append(contentsOf: grouping.separator.rawValue.utf8)
            }
            text.append(digit)
        }
        return text
    }
}

extension NumberForm.Grouping {
    /// Whether a separator stands before the last so many digits.
    @inline(__always)
    func separates(_ digits: Int) -> Bool {
        isIndian ? digits == 3 || digits > 3 && !digits.isMultiple(of: 2) : digits > 0 && digits.isMultiple(of: 3)
    }
}

extension NumberForm.Exponent {
    /// As Swift writes numbers.
    fileprivate static let swift = NumberForm.Exponent(
        isUpper: false, hasPlus: true, digits: 2, leastDecimals: 0, decimals: ValueForm.mostDecimals)

    /// Whether a number of that magnitude has an exponent.
    fileprivate func isWanted(_ magnitude: Double) -> Bool {
        guard !isAlways else { return true }
        guard magnitude > 0 else { return false }
        let first = DecimalDigits(magnitude).first
        return below.map { first < $0 } ?? false || from.map { first >= $0 } ?? false
    }

    fileprivate func append(_ magnitude: Double, mark: UInt8, to bytes: inout [UInt8]) {
        append(DecimalDigits(magnitude), mark: mark, to: &bytes)
    }

    fileprivate func append(_ shortest: DecimalDigits, mark: UInt8, to bytes: inout [UInt8]) {
        var number = shortest
        number.round(digits: decimals + 1)
        bytes.append(number.digits[0])
        if number.digits.count > 1 || leastDecimals > 0 {
            bytes.append(mark)
            bytes.append(contentsOf: number.digits.dropFirst())
            bytes.append(contentsOf: repeatElement(0x30, count: max(0, leastDecimals - number.digits.count + 1)))
        }
        bytes.append(UInt8(ascii: isUpper ? "E" : "e"))
        if number.first < 0 || hasPlus { bytes.append(UInt8(ascii: number.first < 0 ? "-" : "+")) }
        bytes.appendDigits(abs(number.first), width: digits)
    }
}

/// The fewest decimal digits that read back as the same number, without zeros around them.
struct DecimalDigits {
    /// `0` to `9`, of which there is one at least; the first is no zero, unless it is the only one.
    private(set) var digits: [UInt8]
    /// The power of ten that the last digit stands for.
    private(set) var exponent: Int

    /// - Parameter magnitude: finite, not below zero.
    init(_ magnitude: Double) {
        // Swift writes 5e-324, 1.5e-05, 100.0, 1e+16.
        let text = Array(magnitude.description.utf8)
        let letter = text.firstIndex(of: UInt8(ascii: "e")) ?? text.count
        let point = text[..<letter].firstIndex(of: UInt8(ascii: ".")) ?? letter
        let fraction = text[min(point + 1, letter)..<letter]
        digits = Array((text[..<point] + fraction).drop { $0 == 0x30 })
        let given = letter < text.count ? Int(String(decoding: text[(letter + 1)...], as: UTF8.self)) ?? 0 : 0
        exponent = given - fraction.count
        trim()
    }

    /// The power of ten that the first digit stands for.
    var first: Int { digits.count + exponent - 1 }

    /// Leaves so many digits behind the decimal mark at most.
    mutating func round(decimals: Int) {
        let left = digits.count + exponent + decimals
        if left < 0 {
            (digits, exponent) = ([0x30], 0)
        } else if left < digits.count {
            round(digits: left)
        }
    }

    /// Leaves so many digits at most, half away from zero.
    mutating func round(digits most: Int) {
        guard digits.count > most else { return }
        let roundsUp = digits[most] >= UInt8(ascii: "5")
        exponent += digits.count - most
        digits.removeLast(digits.count - most)
        if roundsUp {
            var place = most - 1
            while place >= 0, digits[place] == UInt8(ascii: "9") {
                digits[place] = 0x30
                place -= 1
            }
            if place >= 0 { digits[place] += 1 } else { digits.insert(UInt8(ascii: "1"), at: 0) }
        }
        trim()
    }

    /// Without zeros at the end.
    private mutating func trim() {
        while digits.count > 0, digits.last == 0x30 {
            digits.removeLast()
            exponent += 1
        }
        if digits.isEmpty { (digits, exponent) = ([0x30], 0) }
    }
}

extension [UInt8] {
    /// Adds a number, given without its decimal mark, with the decimals and the groups of a form.
    @inline(__always)
    fileprivate mutating func appendFixed(_ digits: UInt64, _ form: NumberForm, mark: UInt8) {
        var rest = digits
        var fraction = form.decimals
        while fraction > form.leastDecimals, rest.isMultiple(of: 10) {
            rest /= 10
            fraction -= 1
        }
        guard form.grouping == nil else { return appendGrouped(rest, fraction: fraction, form, mark: mark) }
        // 2⁵¹ has 16 digits, and at most 17 decimals make zeros in front of few.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 40) { text in
            var start = text.count
            var written = 0
            while rest > 0 || written <= fraction {
                if written == fraction, fraction > 0 {
                    start -= 1
                    text[start] = mark
                }
                start -= 1
                text[start] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
                written += 1
            }
            append(contentsOf: text[start...])
        }
    }

    private mutating func appendGrouped(_ digits: UInt64, fraction: Int, _ form: NumberForm, mark: UInt8) {
        guard let grouping = form.grouping else { return }
        let scale = UInt64(NumberText.powers[fraction])
        let (whole, rest) = digits.quotientAndRemainder(dividingBy: scale)
        var left = 1
        var divisor: UInt64 = 1
        while whole / divisor >= 10 { (left, divisor) = (left + 1, divisor * 10) }
        let isGrouped = left >= grouping.fewestDigits
        let count = left
        while left > 0 {
            if isGrouped, left < count, grouping.separates(left) {
                append(contentsOf: grouping.separator.rawValue.utf8)
            }
            append(0x30 + UInt8(truncatingIfNeeded: whole / divisor % 10))
            (left, divisor) = (left - 1, divisor / 10)
        }
        if fraction > 0 {
            append(mark)
            appendDigits(Int(rest), width: fraction)
        }
    }
}
