/// Curves over a common axis as a picture, one panel for each group of them.
package struct LinePlot {
    /// Curves that share an axis.
    package struct Panel {
        package var title: String
        package var lines: [Line]

        package init(title: String, lines: [Line]) {
            self.title = title
            self.lines = lines
        }
    }

    /// One curve.
    package struct Line {
        /// The label above the panel; empty where the panel's title suffices.
        package var name: String
        /// The points in order; a value that is nil or not finite leaves a gap.
        package var points: [(x: Double, y: Double?)]

        package init(name: String, points: [(x: Double, y: Double?)]) {
            self.name = name
            self.points = points.map { ($0.x, $0.y.flatMap { $0.isFinite ? $0 : nil }) }
        }
    }

    private static let panelWidth = 520
    private static let panelHeight = 240
    /// Okabe and Ito's colours, which people with any kind of colour vision can distinguish.
    private static let colours: [PlotCanvas.Colour] = [
        (0.00, 0.45, 0.70, 1), (0.84, 0.37, 0.00, 1), (0.00, 0.62, 0.45, 1), (0.80, 0.47, 0.65, 1),
        (0.34, 0.71, 0.91, 1), (0.90, 0.62, 0.00, 1),
    ]

    private let panels: [Panel]

    /// - Parameter panels: at most 64 are drawn.
    package init(panels: [Panel]) {
        self.panels = Array(panels.prefix(64))
    }

    package func image() throws(CodecError) -> PixelImage {
        try drawn(isVector: false).image()
    }

    package func svg() throws(CodecError) -> [UInt8] {
        try drawn(isVector: true).svg()
    }

    private func drawn(isVector: Bool) -> PlotCanvas {
        let columns = max(1, min(2, panels.count))
        let rows = max(1, (panels.count + columns - 1) / columns)
        let canvas = PlotCanvas(
            width: columns * Self.panelWidth, height: rows * Self.panelHeight, isVector: isVector)
        let horizontal = PlotAxis(covering: panels.flatMap(\.lines).flatMap(\.points).map(\.x))
        for (index, panel) in panels.enumerated() {
            let origin = (
                x: Double(index % columns * Self.panelWidth), y: Double(index / columns * Self.panelHeight)
            )
            draw(panel, horizontal, at: origin, on: canvas)
        }
        return canvas
    }

    private func draw(_ panel: Panel, _ horizontal: PlotAxis, at origin: (x: Double, y: Double), on canvas: PlotCanvas)
    {
        let values = panel.lines.flatMap(\.points).compactMap(\.y)
        let frame = PlotFrame(
            horizontal: horizontal, vertical: PlotAxis(covering: values), origin: origin,
            width: Double(Self.panelWidth), height: Double(Self.panelHeight), header: 14)
        var x = canvas.text(panel.title, at: (frame.left, frame.top - 6), PlotCanvas.text)
        canvas.axes(frame)
        for (index, line) in panel.lines.enumerated() {
            let colour = Self.colours[index % Self.colours.count]
            if !line.name.isEmpty {
                x = canvas.text("— \(line.name)", at: (x + 14, frame.top - 6), colour)
            }
            canvas.clipped(to: frame) {
                canvas.line(line.points.map { point in point.y.map { (frame.x(point.x), frame.y($0)) } }, colour)
            }
        }
    }
}
