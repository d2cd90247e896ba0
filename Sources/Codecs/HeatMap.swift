/// A square of coloured cells, one for each pair of some things.
package enum HeatMap {
    private static let cell = 26.0
    private static let grey: PlotCanvas.Colour = (0.92, 0.92, 0.92, 1)

    /// Draws the lower half: from orange at 0.5 and below over white to blue at 1; grey where there is no number.
    ///
    /// - Parameters:
    ///   - names: the rows' labels, each with its number; the columns are labelled with the numbers.
    ///   - value: the value for two indices of `names`, of which the first is the greater.
    package static func draw(_ names: [String], value: (Int, Int) -> Double?) throws(CodecError) -> PixelImage {
        let labels = names.enumerated().map { "\($0.offset + 1)  \(shortened($0.element, to: 22))" }
        let left = 190.0
        let side = Int(Double(names.count) * cell)
        let canvas = PlotCanvas(width: Int(left) + side + 12, height: side + 34)
        for (row, label) in labels.enumerated() {
            let top = 8 + Double(row) * cell
            canvas.text(label, at: (10, top + 17), PlotCanvas.text)
            for column in 0..<row {
                let colour = value(row, column).flatMap { $0.isFinite ? Self.colour($0) : nil } ?? grey
                canvas.bar(x: left + Double(column) * cell, y: top, width: cell - 1, height: cell - 1, colour)
            }
            let number = "\(row + 1)"
            let middle = left + (Double(row) + 0.5) * cell - canvas.textWidth(number) / 2
            canvas.text(number, at: (middle, 8 + Double(names.count) * cell + 14), PlotCanvas.text)
        }
        return try canvas.image()
    }

    private static func colour(_ value: Double) -> PlotCanvas.Colour {
        let (low, middle, high) = ((0.90, 0.35, 0.05), (1.0, 0.98, 0.94), (0.00, 0.45, 0.70))
        let place = min(1, max(0, (value - 0.5) / 0.5))
        let (from, to, part) = place < 0.5 ? (low, middle, place * 2) : (middle, high, place * 2 - 1)
        return (
            from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part, from.2 + (to.2 - from.2) * part, 1
        )
    }

    private static func shortened(_ text: String, to count: Int) -> String {
        text.count <= count ? text : text.prefix(count - 1) + "…"
    }
}
