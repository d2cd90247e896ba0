/// What forms of numbers and times are recognised, for people: the guide has the tables as they are here.
package enum RecognisedForms {
    /// A table in Markdown, line by line.
    package static var numbers: [String] {
        table([
            ("currencies, before or behind", list(NumberMarks.currencies)),
            ("parts, before or behind", list(NumberMarks.parts)),
            ("units, behind, the same in every row", "`5 kg`, `130 km/h`, `50 m²`, `21 °C`, `900 sq ft`"),
            ("between thousands", NumberForm.Separator.allCases.map(\.name).joined(separator: ", ")),
            (
                "groups",
                "of three digits; of two before the last three, as in `12,34,567`; from 1,000 or from 10,000 on"
            ),
            ("decimal marks", list(NumberForm.Mark.allCases.map(\.rawValue))),
            ("below zero", list(NumberForm.Negative.allCases.map(\.example)) + ", with `-` or `−`"),
            ("exponents", "`1.5E+10`, `1e-05`, up to ±1e308"),
        ])
    }

    /// A table in Markdown, line by line.
    package static var times: [String] {
        table([
            ("dates", list(TimeForms.dates)),
            ("times of day, seconds with or without a fraction", list(TimeForms.clocks)),
            ("between the two", TimeForms.separators.map { $0 == " " ? "a blank" : "`\($0)`" }.joined(separator: ", ")),
            (
                "behind them",
                list(TimeForms.zones.filter { !$0.isEmpty })
                    + "; offsets also as `+0200` and `+02`, names such as `UTC`, `GMT`, `CET`, `EST`"
            ),
            ("as a whole", list(TimeForms.whole)),
            ("in digits alone", list(TimeForms.digits)),
        ])
    }

    private static func table(_ rows: [(String, String)]) -> [String] {
        ["| what | forms |", "|---|---|"] + rows.map { "| \($0.0) | \($0.1) |" }
    }

    private static func list(_ words: [String]) -> String { words.map { "`\($0)`" }.joined(separator: ", ") }
}

extension NumberForm.Separator {
    fileprivate var name: String {
        switch self {
        case .comma, .point, .apostrophe, .typographicApostrophe: "`\(rawValue)`"
        case .blank: "a blank"
        case .noBreakSpace: "a no-break space"
        case .narrowNoBreakSpace: "a narrow no-break space"
        case .thinSpace: "a thin space"
        }
    }
}

extension NumberForm.Negative {
    fileprivate var example: String {
        var bytes: [UInt8] = []
        var form = NumberForm(decimals: 0, isWhole: true)
        form.prefix = "$"
        form.negative = self
        form.append(-5, mark: UInt8(ascii: "."), to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
