import Codecs
import Store

/// A job's curves as plots: those that mean the same of both networks, or of samples and real items, in one panel.
enum CurvePicture {
    static func plot(_ curve: Curve) -> LinePlot {
        var panels: [LinePlot.Panel] = []
        let dense = curve.series.map { (name: $0.name, points: points(curve.steps, $0.values)) }
        let sparse = curve.sparse.map { (name: $0.name, points: points($0.steps, $0.values)) }
        for (name, points) in dense + sparse {
            let (title, side) = place(of: name)
            let line = LinePlot.Line(name: side, points: points)
            if let index = panels.firstIndex(where: { $0.title == title }) {
                panels[index].lines.append(line)
            } else {
                panels.append(LinePlot.Panel(title: title, lines: [line]))
            }
        }
        return LinePlot(panels: panels)
    }

    private static func points(_ steps: [Int], _ values: [Float?]) -> [(x: Double, y: Double?)] {
        zip(steps, values).map { (Double($0), $1.map { Double($0) }) }
    }

    /// The panel that a curve belongs into, and whose curve of those it is.
    private static func place(of name: String) -> (title: String, side: String) {
        if name.hasPrefix("quality/real/") { return ("quality/" + name.dropFirst(13), "real") }
        if name.hasPrefix("quality/") { return (name, "samples") }
        for side in ["generator", "discriminator", "real", "fake"] where name.hasPrefix(side + "_") {
            return (String(name.dropFirst(side.count + 1)), side)
        }
        return (name, "")
    }
}
