extension ValueForm {
    /// Adds a number with at most as many decimals as the form has, or a time in its format.
    ///
    /// Zeros at the end of a fraction are left out, unless all of the column's numbers are whole and written with them,
    /// as 39.0. A number has an exponent only beyond 10²⁰, or where it would need more than 20 zeros. Nothing is added
    /// for what isn't finite, or where cells are indices.
    package func append(_ value: Double, dialect: TableDialect, to bytes: inout [UInt8]) {
        append(value, mark: UInt8(ascii: dialect.hasDecimalComma ? "," : "."), to: &bytes)
    }

    /// The same with any decimal mark.
    func append(_ value: Double, mark: UInt8, to bytes: inout [UInt8]) {
        guard value.isFinite else { return }
        switch self {
        case .text: break
        case .time(let form): form.append(value, to: &bytes)
        case .number(let decimals, let isWhole):
            let rounded = isWhole ? value.rounded() : value
            let magnitude = abs(rounded)
            // A product that small is off by less than a half, so that rounding gives the digits that were read.
            let scaled = decimals < Self.mostDecimals ? magnitude * NumberText.powers[decimals] : .infinity
            if scaled < 0x1p51 {
                let digits = UInt64(scaled.rounded())
                if rounded < 0, digits > 0 { bytes.append(UInt8(ascii: "-")) }
                bytes.appendFixed(digits, decimals: decimals, mark: mark, keepsZeros: isWhole)
            } else {
                Self.appendShortest(rounded, mark: mark, to: &bytes)
                if isWhole, decimals > 0, magnitude < 1e20 {
                    bytes.append(mark)
                    bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: decimals))
                }
            }
        }
    }

    /// The shortest text that reads back as the same number, without an exponent where that is possible.
    private static func appendShortest(_ value: Double, mark: UInt8, to bytes: inout [UInt8]) {
        // Swift writes 5e-324, 1.5e-05, 100.0, 1e+16.
        let text = Array(value.description.utf8)
        let letter = text.firstIndex(of: UInt8(ascii: "e")) ?? text.count
        let point = text[..<letter].firstIndex(of: UInt8(ascii: ".")) ?? letter
        let sign = text[0] == UInt8(ascii: "-") ? 1 : 0
        var digits = text[sign..<point] + text[min(point + 1, letter)..<letter]
        var exponent =
            (letter < text.count ? Int(String(decoding: text[(letter + 1)...], as: UTF8.self)) ?? 0 : 0)
            - (letter - min(point + 1, letter))
        while digits.count > 1, digits.last == UInt8(ascii: "0") {
            digits.removeLast()
            exponent += 1
        }
        while digits.count > 1, digits.first == UInt8(ascii: "0") { digits.removeFirst() }
        guard digits.count + exponent <= 21, digits.count + exponent > -20 else {
            bytes.append(contentsOf: text.map { $0 == UInt8(ascii: ".") ? mark : $0 })
            return
        }
        if sign == 1 { bytes.append(UInt8(ascii: "-")) }
        if exponent >= 0 {
            bytes.append(contentsOf: digits)
            bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: exponent))
        } else if digits.count + exponent > 0 {
            bytes.append(contentsOf: digits.dropLast(-exponent))
            bytes.append(mark)
            bytes.append(contentsOf: digits.suffix(-exponent))
        } else {
            bytes.append(contentsOf: [UInt8(ascii: "0"), mark])
            bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: -exponent - digits.count))
            bytes.append(contentsOf: digits)
        }
    }
}

extension [UInt8] {
    /// Adds a number of so many decimals, given without its mark.
    ///
    /// - Parameter keepsZeros: whether zeros at the fraction's end are written.
    fileprivate mutating func appendFixed(_ digits: UInt64, decimals: Int, mark: UInt8, keepsZeros: Bool) {
        var rest = digits
        var fraction = decimals
        if !keepsZeros {
            while fraction > 0, rest.isMultiple(of: 10) {
                rest /= 10
                fraction -= 1
            }
        }
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
}
