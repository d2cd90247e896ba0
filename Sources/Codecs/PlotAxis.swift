import Glibc

/// One axis of a plot: the range that it covers, and its ticks.
struct PlotAxis: Equatable {
    let lower: Double
    let upper: Double
    /// The distance between two ticks: 1, 2 or 5 times a power of ten.
    let step: Double

    /// An axis over finite values, with a twentieth of their range to spare at both ends.
    init(covering values: [Double]) {
        let smallest = values.min() ?? -1
        let largest = values.max() ?? 1
        // Values that are equal, or differ only by rounding, still need an axis of some length.
        let range = max(largest - smallest, max(abs(smallest), abs(largest)) * 1e-6, 1e-30)
        lower = (smallest + largest - range * 1.1) / 2
        upper = (smallest + largest + range * 1.1) / 2
        let rough = (upper - lower) / 6
        let magnitude = pow(10, floor(log10(rough)))
        step =
            magnitude * (rough / magnitude < 1.5 ? 1 : rough / magnitude < 3.5 ? 2 : rough / magnitude < 7.5 ? 5 : 10)
    }

    var ticks: [Double] {
        let first = (lower / step).rounded(.up)
        return (0..<16).map { (first + Double($0)) * step }.filter { $0 <= upper }
    }

    /// A tick as text, with the decimals that its step needs.
    func label(_ tick: Double) -> String {
        let decimals = Int(max(0, -floor(log10(step) + 1e-9)))
        if decimals > 4 || abs(tick) >= 1e6 { return Float(tick).description }
        let scale = pow(10, Double(decimals))
        let scaled = Int((abs(tick) * scale).rounded())
        let whole = "\(scaled / Int(scale))"
        let sign = tick < 0 && scaled != 0 ? "-" : ""
        guard decimals > 0 else { return sign + whole }
        let fraction = "\(scaled % Int(scale))"
        return sign + whole + "." + String(repeating: "0", count: decimals - fraction.count) + fraction
    }
}

/// Where the axes are in a picture, in pixels.
struct PlotFrame {
    let horizontal: PlotAxis
    let vertical: PlotAxis
    let left: Double
    let top: Double
    let right: Double
    let bottom: Double

    /// A frame within a part of a picture, with room for the labels of its axes.
    ///
    /// - Parameters:
    ///   - origin: the part's upper left corner.
    ///   - header: the space to leave free above the frame.
    init(
        horizontal: PlotAxis, vertical: PlotAxis, origin: (x: Double, y: Double) = (0, 0), width: Double,
        height: Double,
        header: Double = 0
    ) {
        self.horizontal = horizontal
        self.vertical = vertical
        left = origin.x + 48
        top = origin.y + 12 + header
        right = max(left + 1, origin.x + width - 12)
        bottom = max(top + 1, origin.y + height - 28)
    }

    func x(_ value: Double) -> Double {
        left + (value - horizontal.lower) / (horizontal.upper - horizontal.lower) * (right - left)
    }

    func y(_ value: Double) -> Double {
        bottom - (value - vertical.lower) / (vertical.upper - vertical.lower) * (bottom - top)
    }
}
