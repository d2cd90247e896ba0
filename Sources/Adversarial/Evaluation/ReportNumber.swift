internal import Glibc

/// A report's numbers for people.
package enum ReportNumber {
    /// Three significant digits, all of them before the point where there are more.
    package static func text(_ value: Double) -> String {
        guard value.isFinite else { return "nothing that can be measured" }
        guard value != 0 else { return "0" }
        let exponent = floor(log10(abs(value)))
        // Far from 1 the power of ten isn't a number any more.
        guard (-300...300).contains(exponent) else { return "\(value)" }
        let scale = pow(10, max(0, 2 - exponent))
        let text = "\((value * scale).rounded() / scale)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
