/// Points in the plane as a picture.
package enum ScatterPlot {
    /// Draws generated points over real ones, with axes over the range of the real ones.
    ///
    /// Real points are grey, generated ones orange; both are translucent, so that density shows. Points that aren't
    /// finite are left out, and those far outside are cut off at the frame.
    ///
    /// - Parameters:
    ///   - real: x and y; where there are none, the generated points set the range.
    ///   - width, height: pixels, clamped to 64…4,096.
    package static func draw(
        real: [(Double, Double)], generated: [(Double, Double)], width: Int = 640, height: Int = 640
    ) throws(CodecError) -> PixelImage {
        let width = min(max(width, 64), 4_096)
        let height = min(max(height, 64), 4_096)
        let real = real.filter { $0.0.isFinite && $0.1.isFinite }
        let generated = generated.filter { $0.0.isFinite && $0.1.isFinite }
        let reference = real.isEmpty ? generated : real
        let frame = PlotFrame(
            horizontal: PlotAxis(covering: reference.map(\.0)),
            vertical: PlotAxis(covering: reference.map(\.1)), width: Double(width), height: Double(height))
        let canvas = PlotCanvas(width: width, height: height)
        canvas.axes(frame)
        canvas.clipped(to: frame) {
            for (points, colour) in [(real, (0.35, 0.37, 0.40, 0.45)), (generated, (0.90, 0.35, 0.05, 0.65))] {
                canvas.dots(
                    points.map { (frame.x($0.0), frame.y($0.1)) },
                    radius: points.count > 2_000 ? 1.5 : 2.5, colour)
            }
        }
        return try canvas.image()
    }
}
