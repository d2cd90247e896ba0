import Adversarial
import Codecs
import Glibc

/// Numbers as tables show them.
enum Figures {
    /// The mean of several runs and its standard error.
    static func meanAndError(_ values: [Double], _ digits: Int) -> String {
        "\(rounded(mean(values), digits))±\(rounded(standardError(values), digits))"
    }

    static func percent(_ share: Double) -> String { rounded(share * 100, 1) + " %" }

    static func rounded(_ value: Double, _ digits: Int) -> String {
        let scale = pow(10, Double(digits))
        let text = "\((value * scale).rounded() / scale)"
        return digits == 0 ? String(text.prefix { $0 != "." }) : text
    }

    /// Verdicts with the steps at which they began.
    static func text(_ verdicts: [Health]) -> String {
        verdicts.map { "\($0.verdict.rawValue) at \($0.sinceStep)" }.joined(separator: ", ")
    }

    /// The same for a file.
    static func json(_ verdicts: [Health]) -> JSON {
        .array(
            verdicts.map { ["verdict": .string($0.verdict.rawValue), "since_step": .integer(Int64($0.sinceStep))] })
    }

    /// Prints at once, whoever reads.
    static func say(_ text: String) {
        print(text)
        fflush(nil)
    }

    private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }

    private static func standardError(_ values: [Double]) -> Double {
        guard values.count > 1 else { return 0 }
        let mean = mean(values)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
        return (variance / Double(values.count)).squareRoot()
    }
}
