import Adversarial
import Codecs

/// What a report's page has on a table beside the figures: its columns drawn, each column's and each pair's likeness, and what
/// models learned of the rows.
///
/// All of it comes from the report's result (`TableReport.json`); what is missing there is left out.
struct TableReportSections {
    let result: JSON

    /// Columns that are drawn at most, and columns of the map.
    static let mostColumns = 40
    /// Pairs that are listed at most, least alike first.
    static let mostPairs = 20

    func write(to html: inout HTMLText) {
        writeColumns(to: &html)
        writePairs(to: &html)
        writeEfficacy(to: &html)
    }

    // MARK: Columns

    private func writeColumns(to html: inout HTMLText) {
        guard let columns = result["columns"]?.array, !columns.isEmpty else { return }
        html.markup("<h2>Columns</h2>\n<p>Real rows are grey, samples orange.</p>\n")
        let charts = columns.prefix(Self.mostColumns).compactMap(Self.chart)
        if !charts.isEmpty, let png = Self.png({ try ComparisonCharts.draw(charts) }) {
            html.picture(png: png, description: "The columns of real rows and of samples")
        }
        html.markup("<table>\n<thead><tr><th>Column</th><th>Likeness of its values</th><th>Held-out rows</th>")
        html.markup("<th>Values as real ones could be</th><th>Values that one or two training rows have</th>")
        html.markup("<th>By chance</th></tr></thead>\n<tbody>\n")
        let named = Dictionary(
            columns.compactMap { column in column["name"]?.string.map { ($0, column) } },
            uniquingKeysWith: { first, _ in first })
        for shape in result["shapes"]?.array ?? [] {
            let name = shape["column"]?.string ?? ""
            html.row([
                name, Self.number(shape["samples"]), Self.number(shape["real"]),
                Self.percent(named[name]?["adherence"]?["samples"]),
                Self.percent(named[name]?["copied_values"]?["samples"]),
                Self.percent(named[name]?["copied_values"]?["real"]),
            ])
        }
        html.markup("</tbody>\n</table>\n")
    }

    private static func chart(of column: JSON) -> ComparisonCharts.Chart? {
        guard let name = column["name"]?.string, let real = shares(column["real"]),
            let samples = shares(column["samples"])
        else { return nil }
        let content: ComparisonCharts.Content
        if let words = column["words"]?.array {
            content = .words(words.map { $0.string ?? "" })
        } else {
            content = .ranges(from: number(column["minimum"]), to: number(column["maximum"]))
        }
        return ComparisonCharts.Chart(title: name, note: "", content: content, real: real, samples: samples)
    }

    /// Each count's share of all rows, also of those that it isn't drawn for.
    private static func shares(_ tally: JSON?) -> [Double]? {
        guard let counts = tally?["counts"]?.array?.map({ $0.number ?? 0 }) else { return nil }
        let all = counts.reduce(0, +) + (tally?["others"]?.number ?? 0) + (tally?["missing"]?.number ?? 0)
        return all > 0 ? counts.map { $0 / all } : counts
    }

    // MARK: Pairs

    private struct Pair {
        let first: String
        let second: String
        let samples: Double
        let real: Double?
    }

    /// Those that hang together in the real rows.
    private var pairs: [Pair] {
        (result["trends"]?.array ?? []).compactMap { trend in
            guard let first = trend["first"]?.string, let second = trend["second"]?.string,
                let samples = trend["samples"]?.number
            else { return nil }
            return Pair(first: first, second: second, samples: samples, real: trend["real"]?.number)
        }
    }

    private func writePairs(to html: inout HTMLText) {
        let pairs = pairs
        guard !pairs.isEmpty else { return }
        html.markup("<h2>Pairs of columns</h2>\n<p>How like in real rows two columns hang together: blue is alike, ")
        html.markup("orange isn't, grey pairs don't hang together in the real rows.</p>\n")
        let paired = Set(pairs.flatMap { [$0.first, $0.second] })
        let names = (result["shapes"]?.array ?? []).compactMap { $0["column"]?.string }.filter(paired.contains)
        let scores = Dictionary(
            pairs.flatMap { [([$0.first, $0.second], $0.samples), ([$0.second, $0.first], $0.samples)] },
            uniquingKeysWith: { first, _ in first })
        if (2...Self.mostColumns).contains(names.count),
            let png = Self.png({ try HeatMap.draw(names) { scores[[names[$0], names[$1]]] } })
        {
            html.picture(png: png, description: "How like in real rows each two columns hang together")
        }
        html.markup("<table>\n<thead><tr><th>Least alike</th><th>Samples</th><th>Held-out rows</th></tr></thead>\n")
        html.markup("<tbody>\n")
        for pair in pairs.sorted(by: { $0.samples < $1.samples }).prefix(Self.mostPairs) {
            html.row([
                "\(pair.first), \(pair.second)", ReportNumber.text(pair.samples),
                pair.real.map(ReportNumber.text) ?? "–",
            ])
        }
        html.markup("</tbody>\n</table>\n")
    }

    // MARK: Efficacy

    private func writeEfficacy(to html: inout HTMLText) {
        guard let efficacy = result["efficacy"], let models = efficacy["models"]?.array, !models.isEmpty else { return }
        html.markup("<h2>What models learn of the rows</h2>\n<p>")
        html.text(
            "Models predict \(efficacy["target"]?.string ?? "the target") of held-out real rows, after they were trained on "
                + "samples, or on as many real rows; the measure is \(efficacy["measure"]?.string ?? "their score").")
        html.markup("</p>\n<table>\n<thead><tr><th>Model</th><th>Trained on samples</th>")
        html.markup("<th>Trained on real rows</th></tr></thead>\n<tbody>\n")
        for model in models {
            html.row([
                (model["name"]?.string ?? "").split(separator: "_").joined(separator: " "),
                Self.number(model["samples"]), Self.number(model["real"]),
            ])
        }
        html.markup("</tbody>\n</table>\n")
    }

    // MARK: Words and pictures

    private static func number(_ value: JSON?) -> String { value?.number.map(ReportNumber.text) ?? "–" }

    private static func percent(_ share: JSON?) -> String {
        share?.number.map { "\(ReportNumber.text($0 * 100)) %" } ?? "–"
    }

    /// A page without a picture is better than none.
    private static func png(_ draw: () throws -> PixelImage) -> [UInt8]? {
        try? PNG.encode(draw())
    }
}
