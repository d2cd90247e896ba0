import Adversarial
import Datasets

/// Tables for the figures of synthetic rows.
enum TableRowsFixture {
    static func number(_ name: String) -> TableColumn {
        TableColumn(name: name, type: .real, form: .number(decimals: 3, isWhole: false), distinct: 100)
    }

    static func words(_ name: String) -> TableColumn {
        TableColumn(name: name, type: .categorical, form: .text, distinct: 5)
    }

    static func identifier(_ name: String) -> TableColumn {
        TableColumn(name: name, type: .identifier, form: .number(decimals: 0, isWhole: true), distinct: 100)
    }

    /// Two numbers that hang together, words that hang on the first, an identifier.
    ///
    /// - Parameter shift: of the first number, in standard deviations.
    static func rows(_ count: Int, seed: UInt64, shift: Double = 0) -> TableRows {
        var random = SplitMix64(seed: seed)
        let columns = [number("a"), number("b"), words("c"), identifier("id")]
        let cells = (0..<count).flatMap { row -> [Double] in
            let a = normal(&random), b = a + normal(&random)
            let word =
                a > 0 ? Double(Int.random(in: 0..<3, using: &random)) : Double(Int.random(in: 2..<5, using: &random))
            let isMissing = Int.random(in: 0..<10, using: &random) == 0
            return [a + shift, isMissing ? .nan : b, word, Double(row)]
        }
        return TableRows(columns: columns, cells: cells)
    }

    /// A sum of twelve uniform numbers is nearly normal, and has a standard deviation of 1.
    static func normal(_ random: inout SplitMix64) -> Double {
        (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &random) }
    }
}
