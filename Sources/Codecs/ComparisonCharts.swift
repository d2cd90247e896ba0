/// Small charts side by side, each with the shares of real rows and of samples.
package enum ComparisonCharts {
    /// One column's chart.
    package struct Chart {
        package var title: String
        /// A remark after the title.
        package var note: String
        package var content: Content
        /// Shares of the real rows, 0…1, bar by bar.
        package var real: [Double]
        /// Shares of the samples, bar by bar.
        package var samples: [Double]

        package init(title: String, note: String, content: Content, real: [Double], samples: [Double]) {
            self.title = title
            self.note = note
            self.content = content
            self.real = real
            self.samples = samples
        }
    }

    /// What the bars stand for.
    package enum Content {
        /// Equal parts of a range, whose ends are labelled.
        case ranges(from: String, to: String)
        /// Words, as many of which are shown as fit.
        case words([String])
    }

    private static let width = 260
    private static let height = 180
    private static let margin = 10.0
    private static let rowHeight = 17.0
    private static let realColour: PlotCanvas.Colour = (0.62, 0.64, 0.67, 1)
    private static let sampleColour: PlotCanvas.Colour = (0.90, 0.35, 0.05, 1)
    private static let grey: PlotCanvas.Colour = (0.45, 0.45, 0.45, 1)

    /// Draws the charts in rows of at most four: real rows grey, samples orange.
    package static func draw(_ charts: [Chart]) throws(CodecError) -> PixelImage {
        let columns = max(1, min(4, charts.count))
        let rows = max(1, (charts.count + columns - 1) / columns)
        let canvas = PlotCanvas(width: columns * width, height: rows * height)
        for (index, chart) in charts.enumerated() {
            let corner = (x: Double(index % columns * width), y: Double(index / columns * height))
            let end = canvas.text(
                shortened(chart.title, to: 20), at: (corner.x + margin, corner.y + 16), PlotCanvas.text)
            canvas.text(chart.note, at: (end + 8, corner.y + 16), grey)
            switch chart.content {
            case .ranges(let lower, let upper): draw(chart, from: lower, to: upper, at: corner, on: canvas)
            case .words(let words): draw(chart, words, at: corner, on: canvas)
            }
        }
        return try canvas.image()
    }

    /// Wide grey bars with narrow orange ones in front of them.
    private static func draw(
        _ chart: Chart, from lower: String, to upper: String, at corner: (x: Double, y: Double), on canvas: PlotCanvas
    ) {
        let bottom = corner.y + Double(height) - 22
        let room = bottom - corner.y - 28
        let maximum = maximum(of: chart)
        let step = (Double(width) - 2 * margin) / Double(max(1, chart.real.count))
        for (shares, colour, part) in [(chart.real, realColour, 1.0), (chart.samples, sampleColour, 0.45)] {
            for (place, share) in shares.prefix(chart.real.count).enumerated() {
                let size = height(share, of: maximum) * room
                let left = corner.x + margin + Double(place) * step + (1 - part) / 2 * (step - 1)
                canvas.bar(x: left, y: bottom - size, width: (step - 1) * part, height: size, colour)
            }
        }
        canvas.text(shortened(lower, to: 16), at: (corner.x + margin, bottom + 14), grey)
        let upper = shortened(upper, to: 16)
        canvas.text(
            upper, at: (corner.x + Double(width) - margin - canvas.textWidth(upper), bottom + 14), grey)
    }

    /// For each word, a grey bar with an orange one below it.
    private static func draw(
        _ chart: Chart, _ words: [String], at corner: (x: Double, y: Double), on canvas: PlotCanvas
    ) {
        let shown = min(words.count, chart.real.count, Int((Double(height) - 32) / rowHeight))
        let maximum = maximum(of: chart)
        for place in 0..<max(0, shown) {
            let top = corner.y + 26 + Double(place) * rowHeight
            canvas.text(shortened(words[place], to: 16), at: (corner.x + margin, top + 11), PlotCanvas.text)
            for (shares, colour, offset) in [(chart.real, realColour, 1.0), (chart.samples, sampleColour, 7.0)]
            where place < shares.count {
                canvas.bar(
                    x: corner.x + 120, y: top + offset,
                    width: height(shares[place], of: maximum) * (Double(width) - 120 - margin), height: 6, colour)
            }
        }
    }

    /// The largest share in a chart.
    private static func maximum(of chart: Chart) -> Double {
        (chart.real + chart.samples).filter(\.isFinite).max() ?? 0
    }

    private static func height(_ share: Double, of maximum: Double) -> Double {
        maximum > 0 && share.isFinite ? max(0, share / maximum) : 0
    }

    private static func shortened(_ text: String, to count: Int) -> String {
        text.count <= count ? text : text.prefix(count - 1) + "…"
    }
}
