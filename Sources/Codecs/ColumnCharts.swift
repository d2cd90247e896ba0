/// Small charts side by side, one for each column of a table.
package enum ColumnCharts {
    /// One column's chart.
    package struct Chart {
        package var title: String
        /// A remark after the title.
        package var note: String
        package var content: Content

        package init(title: String, note: String, content: Content) {
            self.title = title
            self.note = note
            self.content = content
        }
    }

    /// What a chart shows.
    package enum Content {
        /// Vertical bars over equal parts of a range, whose ends are labelled.
        case histogram([Int], from: String, to: String)
        /// Horizontal bars with their names.
        case bars([(name: String, count: Int)])
        case nothing
    }

    private static let width = 240
    private static let height = 160
    private static let blue: PlotCanvas.Colour = (0.00, 0.45, 0.70, 1)
    private static let grey: PlotCanvas.Colour = (0.55, 0.55, 0.55, 1)

    /// Draws the charts in rows of at most five.
    package static func draw(_ charts: [Chart]) throws(CodecError) -> PixelImage {
        let columns = max(1, min(5, charts.count))
        let rows = max(1, (charts.count + columns - 1) / columns)
        let canvas = PlotCanvas(width: columns * width, height: rows * height)
        for (index, chart) in charts.enumerated() {
            draw(chart, left: Double(index % columns * width), top: Double(index / columns * height), on: canvas)
        }
        return try canvas.image()
    }

    private static func draw(_ chart: Chart, left: Double, top: Double, on canvas: PlotCanvas) {
        let end = canvas.text(shortened(chart.title, to: 18), at: (left + 10, top + 16), PlotCanvas.text)
        canvas.text(chart.note, at: (end + 8, top + 16), grey)
        let bottom = top + Double(height) - 20
        switch chart.content {
        case .histogram(let counts, let lower, let upper):
            let most = Double(max(1, counts.max() ?? 0))
            let step = (Double(width) - 20) / Double(max(1, counts.count))
            for (place, count) in counts.enumerated() {
                let size = Double(count) / most * (bottom - top - 26)
                canvas.bar(x: left + 10 + Double(place) * step, y: bottom - size, width: step - 1, height: size, blue)
            }
            canvas.text(shortened(lower, to: 15), at: (left + 10, bottom + 14), grey)
            let room = canvas.textWidth(shortened(upper, to: 15))
            canvas.text(shortened(upper, to: 15), at: (left + Double(width) - 10 - room, bottom + 14), grey)
        case .bars(let bars):
            let most = Double(max(1, bars.map(\.count).max() ?? 0))
            for (place, bar) in bars.enumerated() {
                let y = top + 26 + Double(place) * 15.5
                canvas.text(shortened(bar.name, to: 15), at: (left + 10, y + 10), PlotCanvas.text)
                canvas.bar(
                    x: left + 110, y: y + 1, width: Double(bar.count) / most * (Double(width) - 120), height: 11, blue)
            }
        case .nothing: break
        }
    }

    private static func shortened(_ text: String, to count: Int) -> String {
        text.count <= count ? text : text.prefix(count - 1) + "…"
    }
}
